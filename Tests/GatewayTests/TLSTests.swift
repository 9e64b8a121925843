import AsyncHTTPClient
import Foundation
@testable import Gateway
@testable import HTTPServer
@testable import JSON
import NIOCore
import NIOHTTP1
import NIOSSL
@testable import ServiceAPI
import ServiceLifecycle
import Testing
import TestSupport

@Suite("With a certificate the gateway speaks HTTPS and HTTP/2", .database, .timeLimit(.minutes(1)))
struct TLSTests {
    /// A self-signed certificate for localhost, made for this test.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUcqYRvH61yi5HVyvcnTGXiZ29D0wwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjE2NDczNVoYDzIxMjYxMDI5
        MTY0NzM1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASRCEriomBILuw/w6JYvpDQBOECjCsRBGSYtglH5t1ZtDCeKhxViVaW
        h8ClwbwL8VKM8Qr+7plFN/qGV/DUpF2qo28wbTAdBgNVHQ4EFgQUlJAmtC9hD4KL
        o46oESUHjvzha1gwHwYDVR0jBBgwFoAUlJAmtC9hD4KLo46oESUHjvzha1gwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIhAIYGgPoTirgPHYHrCKc9yteSqkBFwlF0qIXW/dDK7PM1AiBT
        rC3A57yfb8ADPPYPpS7AEHY/CmUjqhpRpu2448Y1Sw==
        -----END CERTIFICATE-----
        """
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3TwRR1VOzwWRS3sR
        7+kg998U+mUEFQ1g/lDlvO9mbD6hRANCAASRCEriomBILuw/w6JYvpDQBOECjCsR
        BGSYtglH5t1ZtDCeKhxViVaWh8ClwbwL8VKM8Qr+7plFN/qGV/DUpF2q
        -----END PRIVATE KEY-----
        """

    private func with(
        _ settings: @Sendable (inout GatewaySettings) -> Void = { _ in },
        _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (chain, key) = (folder.appending(path: "chain.pem"), folder.appending(path: "key.pem"))
        try Data(Self.certificate.utf8).write(to: chain)
        try Data(Self.key.utf8).write(to: key)
        let tls = GatewaySettings.TLS(certificateChain: chain.path, privateKey: key.path, profile: .intermediate)
        try await TestGateway.with(
            testEndpoints(),
            settings: {
                $0.tls = tls
                settings(&$0)
            }, body)
        try FileManager.default.removeItem(at: folder)
    }

    private func ask(
        _ gateway: TestGateway, _ path: String, _ version: HTTPClient.Configuration.HTTPVersion,
        method: HTTPMethod = .GET, offering adjust: (inout TLSConfiguration) -> Void = { _ in }
    ) async throws -> (HTTPVersion, TestReply) {
        var configuration = HTTPClient.Configuration()
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        adjust(&tls)
        configuration.tlsConfiguration = tls
        configuration.httpVersion = version
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var request = HTTPClientRequest(url: "https://127.0.0.1:\(gateway.port)\(path)")
        request.method = method
        if method == .POST { request.body = .bytes(Array(repeating: 32, count: 100_000)) }
        do {
            let response = try await client.execute(request, timeout: .seconds(20))
            let reply = try await TestReply(response)
            try await client.shutdown()
            return (response.version, reply)
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    @Test("A client that can gets HTTP/2, with HSTS")
    func http2() async throws {
        try await with { gateway in
            let (version, reply) = try await ask(gateway, "/v1/public", .automatic)
            #expect(version == .http2)
            #expect(reply.status == 200)
            #expect(reply.header("Strict-Transport-Security") == "max-age=31536000; includeSubDomains")
        }
    }

    @Test("A client that cannot gets HTTP/1.1")
    func http1() async throws {
        try await with { gateway in
            let (version, reply) = try await ask(gateway, "/v1/public", .http1Only)
            #expect(version == .http1_1)
            #expect(reply.status == 200)
        }
    }

    @Test("TLS 1.2 is spoken with forward secrecy and authenticated encryption, and in no other way")
    func suites() async throws {
        try await with { gateway in
            func status(_ suites: String, _ newest: TLSVersion = .tlsv12) async -> Int? {
                try? await ask(gateway, "/v1/public", .automatic) { tls in
                    tls.minimumTLSVersion = newest
                    tls.maximumTLSVersion = newest
                    tls.cipherSuites = suites
                }.1.status
            }
            #expect(await status("ECDHE+AESGCM") == 200)
            #expect(await status("ECDHE+SHA") == nil)
            #expect(await status("ALL", .tlsv11) == nil)
        }
    }

    @Test("By its modern profile TLS 1.3 is spoken alone")
    func modern() async throws {
        try await with({ $0.tls?.profile = .modern }) { gateway in
            func status(_ version: TLSVersion) async -> Int? {
                try? await ask(gateway, "/v1/public", .automatic) { tls in
                    tls.minimumTLSVersion = version
                    tls.maximumTLSVersion = version
                }.1.status
            }
            #expect(await status(.tlsv13) == 200)
            #expect(await status(.tlsv12) == nil)
        }
    }

    @Test("A refusal before the body was read arrives over HTTP/2 too")
    func earlyRefusal() async throws {
        try await with { gateway in
            let (_, reply) = try await ask(gateway, "/v1/notes", .automatic, method: .POST)
            #expect(reply.status == 401)
            #expect(reply.header("Connection") == nil)
        }
    }

    @Test("A client that does not get through its handshake is cut; so is one that asks nothing over HTTP/2")
    func silence() async throws {
        try await with({ $0.headDeadline = .milliseconds(300) }) { gateway in
            let (silent, idle) = (try await dial(gateway.port), try await dialHTTP2(gateway.port))
            await #expect(throws: Never.self) { try await silent.closed() }
            await #expect(throws: Never.self) { try await idle.closed() }
        }
    }

    @Test("A client in the midst of its handshake does not hold up a gateway that leaves")
    func leaving() async throws {
        try await with({ $0.headDeadline = .seconds(600) }) { gateway in
            let silent = try await dial(gateway.port)
            // Connections are taken in their order: this one was, once the next is answered.
            #expect(try await ask(gateway, "/v1/public", .automatic).1.status == 200)
            await gateway.group.triggerGracefulShutdown()
            try await silent.closed()
        }
    }

    @Test("A certificate that cannot be read stops the gateway from starting")
    func missing() async throws {
        await #expect(throws: (any Error).self) {
            try await TestGateway.with(
                testEndpoints(),
                settings: {
                    $0.tls = .init(certificateChain: "/nowhere.pem", privateKey: "/nowhere.pem", profile: .intermediate)
                }
            ) { _ in }
        }
    }
}
