import AsyncHTTPClient
import Clinic
import FoundationEssentials
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

@Suite("Event streams resume, live, and say goodbye", .database, .timeLimit(.minutes(5)))
struct StreamTests {
    /// Numbers from after `Last-Event-ID` to the last one, and then silence.
    private func numbers(to last: Int) -> Endpoint {
        .stream(
            "/v1/numbers", .ops, "Numbers", example: "id: 1\nevent: number\ndata: 1\n\n",
            audits: .entries { call in
                [AuditRead(.message, call.caller.account.rawValue, in: .programme, by: call.caller.account)]
            }
        ) { call in
            let first = (call.lastEventID.flatMap { Int($0) } ?? 0) + 1
            let (events, source) = AsyncStream<ServerEvent>.makeStream()
            for number in first..<max(first, last + 1) {
                source.yield(try ServerEvent(id: String(number), name: "number", data: number))
            }
            return events
        }
    }

    private func open(
        _ gateway: TestGateway, as person: TestPerson, after: String? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)/v1/numbers")
        request.headers.add(name: "Authorization", value: "Bearer \(person.token)")
        if let after { request.headers.add(name: "Last-Event-ID", value: after) }
        return try await gateway.open(request)
    }

    /// Reads until the text has come.
    private func text(of response: HTTPClientResponse, until end: String) async throws -> String {
        var text = ""
        for try await piece in response.body {
            text += String(buffer: piece)
            if text.contains(end) { break }
        }
        return text
    }

    @Test("A reader gets the events, and one that comes back goes on where it stopped")
    func resume() async throws {
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with([numbers(to: 3)], people: [anna]) { gateway in
            let first = try await open(gateway, as: anna)
            #expect(first.headers.first(name: "Content-Type") == "text/event-stream")
            // What keeps proxies from holding it back or packing it.
            #expect(first.headers.first(name: "X-Accel-Buffering") == "no")
            #expect(first.headers.first(name: "Cache-Control") == "no-store, no-transform")
            let all = try await text(of: first, until: "data: 3\n\n")
            #expect(all.contains("id: 1\nevent: number\ndata: 1\n\nid: 2\nevent: number\ndata: 2\n\n"))
            let rest = try await text(of: open(gateway, as: anna, after: "2"), until: "data: 3\n\n")
            #expect(!rest.contains("data: 2\n"))
            #expect(await gateway.recorded.entries.count == 2)
        }
    }

    @Test("A silent stream shows a sign of life")
    func heartbeat() async throws {
        let anna = try await TestPerson.signedUp()
        let hasten: @Sendable (inout GatewaySettings) -> Void = { $0.heartbeat = .milliseconds(50) }
        try await TestGateway.with([numbers(to: 0)], people: [anna], settings: hasten) { gateway in
            let seen = try await text(of: open(gateway, as: anna), until: ": alive\n\n: alive\n\n")
            #expect(seen.hasPrefix(": connected\nretry: "))
        }
    }

    @Test("Draining says goodbye, and readiness is 503 before that")
    func drain() async throws {
        let anna = try await TestPerson.signedUp()
        let slow: @Sendable (inout GatewaySettings) -> Void = { $0.drainDelay = .seconds(1) }
        try await TestGateway.with([numbers(to: 1)], people: [anna], settings: slow) { gateway in
            #expect(try await gateway.ops("/health/ready").status == 200)
            let stream = try await open(gateway, as: anna)
            await gateway.group.triggerGracefulShutdown()
            try await wait(for: "unreadiness") { try await gateway.ops("/health/ready").status != 200 }
            let ready = try await gateway.ops("/health/ready")
            #expect(ready.status == 503)
            #expect(ready.text == "draining\n")
            // New requests are still served while balancers turn elsewhere.
            #expect(try await gateway.send(.get, "/v1/numbers").status == 401)
            var all = ""
            for try await piece in stream.body { all += String(buffer: piece) }
            #expect(all.hasSuffix("event: goodbye\ndata: {}\n\n"))
        }
    }

    @Test("An account has a bounded number of streams, and a place is free again when its reader leaves")
    func seats() async throws {
        let anna = try await TestPerson.signedUp()
        let few: @Sendable (inout GatewaySettings) -> Void = {
            $0.streamsPerAccount = 2
            $0.heartbeat = .milliseconds(100)
        }
        try await TestGateway.with([numbers(to: 1)], people: [anna], settings: few) { gateway in
            let client = HTTPClient(eventLoopGroupProvider: .singleton)
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)/v1/numbers")
            request.headers.add(name: "Authorization", value: "Bearer \(anna.token)")
            let taken = [
                try await client.execute(request, timeout: .seconds(20)),
                try await client.execute(request, timeout: .seconds(20)),
            ]
            let refused = try await open(gateway, as: anna)
            #expect(refused.status == .tooManyRequests)
            withExtendedLifetime(taken) {}
            try await client.shutdown()
            var again = try await open(gateway, as: anna)
            try await wait(for: "a free stream") {
                again = try await open(gateway, as: anna)
                return again.status != .tooManyRequests
            }
            #expect(again.status == .ok)
        }
    }

    @Test("A reader that stops reading is let go after the write timeout")
    func stalled() async throws {
        let anna = try await TestPerson.signedUp()
        let ended = Latch()
        let flood = Endpoint.stream(
            "/v1/numbers", .ops, "A flood", example: "data: 1\n\n", audits: .nothing(because: "it is a test")
        ) { _ in Flood(ended: ended) }
        try await TestGateway.with([flood], people: [anna], settings: { $0.writeTimeout = .milliseconds(300) }) {
            gateway in
            let stream = try await open(gateway, as: anna)
            // Nobody reads the body: the flood must end all the same.
            try await ended.arrivals(1)
            await ended.open()
            await #expect(throws: (any Error).self) {
                for try await _ in stream.body {}
            }
        }
    }

    /// Events of 64 KiB without end; tells when it is let go.
    private struct Flood: AsyncSequence, Sendable {
        typealias Element = ServerEvent
        let ended: Latch

        final class AsyncIterator: AsyncIteratorProtocol {
            let ended: Latch
            init(ended: Latch) { self.ended = ended }
            func next() async throws -> ServerEvent? {
                try ServerEvent(data: String(repeating: "x", count: 65_536))
            }
            deinit {
                let ended = ended
                Task { await ended.pass() }
            }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(ended: ended) }
    }
}
