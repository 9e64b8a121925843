import Foundation
import Rig
import TestSupport
import Testing

@Suite("Settings are refused by their names", .database)
struct SettingsTests {
    /// A line of `consilium settings`.
    private struct Listed {
        let name: String
        let kind: String
        let variable: String
        let fallback: String
    }

    /// What else must be set for a setting to be read.
    private static let companions = [
        "gateway.tlsProfile": ["CONSILIUM_GATEWAY_CERTIFICATE": "/nonexistent"],
        "gateway.trustsNetwork": ["CONSILIUM_GATEWAY_HOST": "0.0.0.0"],
        "mail.port": ["CONSILIUM_MAIL_CHANNEL": "smtp", "CONSILIUM_MAIL_HOST": "mail.example"],
        "mail.tls": ["CONSILIUM_MAIL_CHANNEL": "smtp", "CONSILIUM_MAIL_HOST": "mail.example"],
    ]

    private func listed() async throws -> [Listed] {
        let installation = try Installation()
        defer { installation.remove() }
        return try installation.run("settings").said
            .matches(of: #/(?m)^(\S+)  \((\w+), (\w+), default (.*)\)$/#)
            .map { Listed(name: String($0.1), kind: String($0.2), variable: String($0.3), fallback: String($0.4)) }
    }

    /// What a gateway or a worker says that does not start with these settings.
    /// - Parameter name: the setting that is not as it should be.
    private func refusal(of name: String, _ settings: [String: String] = [:], file: String? = nil) throws -> String {
        let installation = try Installation(settings)
        defer { installation.remove() }
        let reader = name.hasPrefix("worker.") || name.hasPrefix("mail.") || name == "calendars.minutes"
        let config = try file.map { ["--config", try installation.file($0)] } ?? []
        let refused = try installation.run([reader ? "worker" : "gateway"] + config)
        #expect(refused.code == 1)
        return refused.said
    }

    @Test("The list names each once, with its name in the environment and its default")
    func list() async throws {
        let all = try await listed()
        #expect(all.count > 50 && Set(all.map(\.name)).count == all.count)
        #expect(Set(all.map(\.variable)).count == all.count)
        let defaults = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.fallback) })
        #expect(defaults["keyring.path"] == "none: must be set")
        #expect(defaults["gateway.headSeconds"] == "15" && defaults["database.waitMilliseconds"] == "2000")
        #expect(defaults["offers.hours"] == "12" && defaults["gateway.addressRequestsPerMinute"] == "2400")
        #expect(defaults["identity.staffSecondFactor"] == "true" && defaults["gateway.certificate"] == "empty")
        let port = all.first { $0.name == "gateway.port" }
        #expect(port?.variable == "CONSILIUM_GATEWAY_PORT" && port?.kind == "integer")
    }

    @Test("Every number and every yes or no that is none, and every number out of bounds")
    func malformed() async throws {
        for setting in try await listed() where setting.kind != "text" {
            for value in setting.kind == "integer" ? ["many", "-1"] : ["perhaps"] {
                let said = try refusal(
                    of: setting.name,
                    (Self.companions[setting.name] ?? [:]).merging([setting.variable: value]) { $1 })
                #expect(said.contains("malformed setting \(setting.name): must be"), "\(value): \(said)")
            }
        }
    }

    @Test(
        "Every text that is none of the words or forms that it may have",
        arguments: [
            ("gateway.tlsProfile", "GATEWAY_TLS_PROFILE", "old"), ("join.form", "JOIN_FORM", "zoom"),
            ("mail.channel", "MAIL_CHANNEL", "pigeon"), ("mail.tls", "MAIL_TLS", "sometimes"),
            ("mail.from", "MAIL_FROM", "nobody"), ("mail.linkBase", "MAIL_LINK_BASE", "example.org"),
            ("log.format", "LOG_FORMAT", "xml"), ("log.level", "LOG_LEVEL", "loud"),
            ("gateway.trustedProxies", "GATEWAY_TRUSTED_PROXIES", "10.0.0.0/99"),
            ("database.conninfo", "DATABASE_CONNINFO", "host"),
        ])
    func words(name: String, variable: String, value: String) throws {
        let said = try refusal(
            of: name, (Self.companions[name] ?? [:]).merging(["CONSILIUM_\(variable)": value]) { $1 })
        #expect(said.contains("malformed setting \(name):"), "\(said)")
    }

    @Test(
        "One that must be set and is empty",
        arguments: [
            ("database.conninfo", "DATABASE_CONNINFO"), ("keyring.path", "KEYRING_PATH"),
            ("join.secretFile", "JOIN_SECRET_FILE"),
        ])
    func empty(name: String, variable: String) throws {
        let said = try refusal(of: name, ["CONSILIUM_\(variable)": ""])
        #expect(said.contains("missing setting \(name): "), "\(said)")
    }

    @Test(
        "One that must be set and is not",
        arguments: [
            ([:] as [String: String], "missing setting database.conninfo: "),
            (["CONSILIUM_DATABASE_CONNINFO": "dbname=none"], "missing setting keyring.path: "),
        ])
    func missing(settings: [String: String], says: String) throws {
        let refusal = #expect(throws: RigFailure.self) {
            try command([consilium, "keys", "rotate"], environment: settings)
        }
        #expect("\(try #require(refusal))".contains(says))
    }

    @Test(
        "One that there is not, in the environment or in the file",
        arguments: [
            (["CONSILIUM_GATEWAY_PRT": "1"], "{}", "unknown setting CONSILIUM_GATEWAY_PRT"),
            ([:], #"{"gateway": {"prt": 1}}"#, "unknown setting gateway.prt"),
            ([:], #"{"gateway.port": 1}"#, "malformed setting gateway.port"),
            ([:], #"{"gateways": 1}"#, "unknown setting gateways"),
        ])
    func unknown(settings: [String: String], file: String, says: String) throws {
        let said = try refusal(of: "gateway", settings, file: file)
        #expect(said.contains(says), "\(said)")
    }

    @Test(
        "One of another kind in the file",
        arguments: [
            (#"{"gateway": {"bodyBytes": "many"}}"#, "malformed setting gateway.bodyBytes: must be a valid integer"),
            (#"{"gateway": {"host": 7}}"#, "malformed setting gateway.host: must be text"),
            (#"{"gateway": {"synchronousStandby": "yes"}}"#, "malformed setting gateway.synchronousStandby"),
            (#"["gateway"]"#, "cannot be read as a JSON object"), ("{", "cannot be read as a JSON object"),
        ])
    func kind(file: String, says: String) throws {
        let said = try refusal(of: "gateway", file: file)
        #expect(said.contains(says), "\(said)")
    }

    @Test("The environment goes before the file")
    func environment() async throws {
        let installation = try Installation(["CONSILIUM_LOG_LEVEL": "loud"])
        defer { installation.remove() }
        let file = try installation.file(#"{"log": {"level": "info"}}"#)
        let refused = try installation.run("openings", "check", "--config", file)
        #expect(refused.code == 1 && refused.said.contains("malformed setting log.level"), "\(refused.said)")
    }
}
