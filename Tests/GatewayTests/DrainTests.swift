import AsyncHTTPClient
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import NIOCore
import NIOHTTP1
@testable import ServiceAPI
import ServiceLifecycle
import Testing
import TestSupport

@Suite("A gateway that leaves finishes what it can", .database, .timeLimit(.minutes(1)))
struct DrainTests {
    private static let large = 20_000_000

    private func endpoints() -> [Endpoint] {
        [
            .read(
                .get, "/v1/large", .ops, "Much", access: .everyone, returns: .ok("x", example: "x"),
                audits: .nothing(because: "it is a test")
            ) { _ in String(repeating: "x", count: Self.large) }
        ]
    }

    /// An upload that never ends, and a download that nobody takes.
    private func files() -> [Endpoint] {
        struct Bytes: AsyncSequence, AsyncIteratorProtocol, Sendable {
            typealias Element = ByteBuffer
            func makeAsyncIterator() -> Bytes { self }
            mutating func next() async throws -> ByteBuffer? { ByteBuffer(repeating: 7, count: 100_000) }
        }
        return [
            .upload(.put, "/v1/file", .ops, "Receives", returns: .ok("x", example: "x")) { bytes, _ in
                for try await _ in bytes {}
                return "all"
            },
            .download("/v1/file", .ops, "Sends", access: .everyone, audits: .nothing(because: "it is a test")) { _ in
                Download("application/octet-stream", pieces: { _ in Bytes() })
            },
        ]
    }

    /// Tells the gateway to stop, and returns when its port is closed.
    private func close(_ gateway: TestGateway) async throws {
        await gateway.group.triggerGracefulShutdown()
        try await wait(for: "the port to close") {
            guard let channel = try? await dial(gateway.port) else { return true }
            try? await channel.close()
            return false
        }
    }

    @Test("A reader that takes its time has the whole reply, though the gateway leaves meanwhile")
    func slowReader() async throws {
        try await TestGateway.with(endpoints()) { gateway in
            let reader = SlowReader()
            let channel = try await reader.ask(gateway.port, for: "/v1/large")
            try await close(gateway)
            #expect(try await reader.readToTheEnd(of: channel) == Self.large + 2)
        }
    }

    @Test("Uploads and downloads that do not end are cut, however long they might last")
    func endless() async throws {
        let anna = try await TestPerson.signedUp()
        let shorten: @Sendable (inout GatewaySettings) -> Void = {
            $0.shutdownDeadline = .milliseconds(500)
            $0.writeTimeout = .seconds(600)
            $0.idleTimeout = .seconds(600)
        }
        try await TestGateway.with(files(), people: [anna], settings: shorten) { gateway in
            let download = try await gateway.open(HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)/v1/file"))
            let upload = try await beginUpload(gateway.port, to: "/v1/file", as: anna)
            // The gateway has both in hand.
            try await wait(for: "http_transfers_open 2.0") {
                try await gateway.ops("/metrics").text.contains("http_transfers_open 2.0")
            }
            await gateway.group.triggerGracefulShutdown()
            try await upload.closed()
            await #expect(throws: (any Error).self) {
                for try await _ in download.body {}
            }
        }
    }
}
