import AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Testing
import TestSupport

@testable import Gateway

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

    /// Tells the gateway to stop, and returns when its door is closed.
    private func close(_ gateway: TestGateway) async throws {
        await gateway.group.triggerGracefulShutdown()
        while let channel = try? await dial(gateway.port) { try? await channel.close() }
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
}
