import Foundation
import Rig
import Testing
import TestSupport

@Suite("A command that is told to do something unsafe does not start, and names the setting", .database)
struct StartTests {
    /// What an operator reads when the gateway does not start with these settings beside a database that is not there.
    private func refusal(_ settings: [String: String]) throws -> String {
        let environment = [
            "CONSILIUM_DATABASE_CONNINFO": "host=/nonexistent dbname=none", "CONSILIUM_GATEWAY_PORT": "0",
            "CONSILIUM_GATEWAY_OPS_PORT": "0",
        ].merging(settings) { $1 }
        do {
            try command([consilium, "gateway"], environment: environment)
            return ""
        } catch RigFailure.command(_, let output) {
            return output
        }
    }

    @Test(
        "Beyond this machine it wants TLS, or proxies on a network of one's own",
        arguments: [
            (["HOST": "0.0.0.0"], "malformed setting gateway.host"), (["HOST": "::"], "malformed setting gateway.host"),
            (["HOST": "gateway.example"], "malformed setting gateway.host"),
            (
                ["HOST": "0.0.0.0", "TRUSTED_PROXIES": "10.0.0.0/8"], "malformed setting gateway.host"
            ),
            (["HOST": "0.0.0.0", "TRUSTS_NETWORK": "true"], "missing setting gateway.trustedProxies"),
            (
                ["HOST": "0.0.0.0", "TRUSTS_NETWORK": "true", "TRUSTED_PROXIES": "10.0.0.0/8"],
                "database cannot be reached"
            ),
            (["HOST": "0.0.0.0", "CERTIFICATE": "a.pem", "CERTIFICATE_KEY": "b.pem"], "setting gateway.certificate:"),
            (["HOST": "127.0.0.1"], "database cannot be reached"), (["HOST": "::1"], "database cannot be reached"),
        ])
    func gateway(settings: [String: String], says: String) throws {
        let named = Dictionary(uniqueKeysWithValues: settings.map { ("CONSILIUM_GATEWAY_\($0)", $1) })
        let refusal = try refusal(named)
        #expect(refusal.contains(says), "\(refusal)")
    }

    @Test(
        "A database over a network must prove who it is",
        arguments: [
            ("host=192.0.2.1 connect_timeout=2", "false", "malformed setting database.conninfo"),
            ("host=192.0.2.1 connect_timeout=2 sslmode=require", "false", "malformed setting database.conninfo"),
            ("host=127.0.0.1 port=1", "false", "database cannot be reached"),
            ("host=db.invalid connect_timeout=2", "true", "database cannot be reached"),
        ])
    func database(conninfo: String, trusted: String, says: String) throws {
        let refusal = try refusal([
            "CONSILIUM_DATABASE_CONNINFO": conninfo, "CONSILIUM_DATABASE_TRUSTS_NETWORK": trusted,
        ])
        #expect(refusal.contains(says), "\(refusal)")
    }

    @Test(
        "Whom to tell of a weakness is an address that can be followed",
        arguments: ["security@example.org", "http://example.org", "mailto:", "mailto:a b"])
    func contact(contact: String) throws {
        let refusal = try refusal(["CONSILIUM_GATEWAY_SECURITY_CONTACT": contact])
        #expect(refusal.contains("malformed setting gateway.securityContact"), "\(refusal)")
    }

    @Test(
        "What a setting names and is not there, or is not what it should be, is refused by the setting's name",
        arguments: [
            ("gateway", "DATABASE_MIGRATIONS", "/nonexistent", "database.migrations: names a folder"),
            ("gateway", "GATEWAY_HOST", "192.0.2.1", "gateway.host"),
            ("gateway", "GATEWAY_OPS_HOST", "192.0.2.1", "gateway.opsHost: names an address that this machine"),
            ("gateway", "GATEWAY_CERTIFICATE", "/etc/hostname", "gateway.certificate: names a file"),
            ("gateway", "IDENTITY_BLOCKLIST", "/nonexistent", "identity.blocklist: names a file"),
            ("gateway", "KEYRING_PATH", "/nonexistent", "keyring.path: the keyring"),
            ("gateway", "JOIN_SECRET_FILE", "/nonexistent", "join.secretFile: names a file"),
            (
                "worker", "WORKER_CHECKPOINTS", "/nonexistent/heads",
                "worker.checkpoints: names a file that cannot be written"
            ),
            ("worker", "MAIL_DIRECTORY", "/proc/mail", "mail.directory: names a folder that cannot be written"),
            ("worker", "MAIL_CHANNEL", "smtp", "mail.host"),
        ])
    func place(command: String, name: String, value: String, says: String) throws {
        let installation = try Installation(["CONSILIUM_\(name)": value])
        defer { installation.remove() }
        let refused = try installation.run(command)
        #expect(refused.code == 1 && refused.said.contains("setting \(says)"), "\(refused.said)")
    }

    @Test("A port that somebody listens on is refused by the setting's name")
    func port() throws {
        let listener = try LoopbackListener()
        listener.serve { _ in }
        defer { listener.stop() }
        let installation = try Installation(["CONSILIUM_GATEWAY_PORT": "\(listener.port)"])
        defer { installation.remove() }
        let refused = try installation.run("gateway")
        #expect(
            refused.code == 1 && refused.said.contains("setting gateway.port: names a port that another process"),
            "\(refused.said)")
    }
}
