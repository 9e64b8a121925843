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
import Testing
import TestSupport

@Suite("What its client lets last takes no place from what is answered at once", .database, .timeLimit(.minutes(2)))
struct StreamLimitTests {
    private struct Endless: AsyncSequence, AsyncIteratorProtocol, Sendable {
        typealias Element = ByteBuffer
        func makeAsyncIterator() -> Endless { self }
        mutating func next() async throws -> ByteBuffer? { ByteBuffer(repeating: 7, count: 100_000) }
    }

    private var endpoints: [Endpoint] {
        let reason = "it is a test"
        return [
            .stream("/v1/idle", .ops, "Idle", example: "data: 1\n\n", audits: .nothing(because: reason)) { _ in
                AsyncStream<ServerEvent>.makeStream().stream.map { $0 }
            },
            .upload(.put, "/v1/file", .ops, "Receives", returns: .ok("x", example: "x")) { bytes, _ in
                for try await _ in bytes {}
                return "all"
            },
            .download("/v1/file", .ops, "Sends", audits: .nothing(because: reason)) { _ in
                Download("application/octet-stream", pieces: { _ in Endless() })
            },
        ] + testEndpoints()
    }

    private func open(
        _ gateway: TestGateway, _ path: String = "/v1/idle", as person: TestPerson, from address: String? = nil,
        accept: String? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)\(path)")
        request.headers.add(name: "Authorization", value: "Bearer \(person.token)")
        if let address { request.headers.add(name: "X-Forwarded-For", value: address) }
        if let accept { request.headers.add(name: "Accept", value: accept) }
        return try await gateway.open(request)
    }

    @Test("More idle streams than requests in flight shut nobody out, and readiness says when there are no more")
    func streams() async throws {
        let people = [try await TestPerson.signedUp(), try await TestPerson.signedUp()]
        let few: @Sendable (inout GatewaySettings) -> Void = {
            ($0.requestsInFlight, $0.streams, $0.fullAfter) = (2, 5, .zero)
            $0.heartbeat = .milliseconds(100)
        }
        try await TestGateway.with(endpoints, people: people, settings: few) { gateway in
            let client = HTTPClient(eventLoopGroupProvider: .singleton)
            var taken: [HTTPClientResponse] = []
            for number in 0..<5 {
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)/v1/idle")
                request.headers.add(name: "Authorization", value: "Bearer \(people[number % 2].token)")
                taken.append(try await client.execute(request, timeout: .seconds(20)))
            }
            #expect(taken.count { $0.status == .ok } == 5)
            #expect(try await gateway.send(.get, "/v1/public").status == 200)
            let refused = try await gateway.send(.get, "/v1/idle", as: people[0])
            #expect(refused.status == 503 && refused.problem == "busy" && refused.header("Retry-After") == "30")
            let metrics = try await gateway.ops("/metrics").text
            #expect(
                metrics.contains("\nhttp_streams_open 5.0\n") && metrics.contains("\nhttp_requests_in_flight 0.0\n"))
            #expect(metrics.contains(#"http_requests_refused_total{full="streams"} 1"#))
            let ready = try await gateway.ops("/health/ready")
            #expect(ready.status == 503 && ready.text == "event streams are at their limit\n")
            #expect(try await gateway.ops("/health/ready?exclude=streams").status == 200)
            withExtendedLifetime(taken) {}
            try await client.shutdown()
            try await wait(for: "status 200") { try await gateway.ops("/health/ready").status == 200 }
            #expect(try await open(gateway, as: people[0]).status == .ok)
        }
    }

    @Test("An EventSource that is refused for now is told when to come back; every other refusal has its status")
    func eventSource() async throws {
        let people = [try await TestPerson.signedUp(), try await TestPerson.signedUp()]
        let few: @Sendable (inout GatewaySettings) -> Void = { $0.streamsPerAccount = 1 }
        try await TestGateway.with(endpoints, people: people, settings: few) { gateway in
            let taken = try await open(gateway, as: people[0], accept: "text/event-stream")
            let refused = try await open(gateway, as: people[0], accept: "text/event-stream")
            #expect(refused.status == .ok && refused.headers.first(name: "Content-Type") == "text/event-stream")
            let text = String(buffer: try await refused.body.collect(upTo: 10_000))
            let lines = text.split(separator: "\n").map(String.init)
            #expect(lines.count == 3 && text.hasSuffix("\n\n"))
            let retry = try #require(lines[0].split(separator: " ").last.flatMap { Int($0) })
            #expect(lines[0].hasPrefix("retry: ") && (30_000...60_000).contains(retry))
            #expect(lines[1] == "event: problem")
            let problem = try JSONParser.parse(Array(lines[2].dropFirst("data: ".count).utf8)).value
            #expect(problem["type"] == "/problems/too-many-requests" && problem["status"] == .number("429"))
            #expect(gateway.log.lines.contains { $0.contains("refused=too-many-requests") })
            let other = try await open(gateway, as: people[0])
            #expect(other.status == .tooManyRequests && other.headers.first(name: "Retry-After") == "30")
            // What would be answered the same again ends an EventSource, as it should.
            let stranger = TestPerson(token: "nobody", caller: people[1].caller)
            #expect(try await open(gateway, as: stranger, accept: "text/event-stream").status == .unauthorized)
            withExtendedLifetime(taken) {}
        }
    }

    @Test("Who takes events as well, and asks for something else, is refused with the status of the refusal")
    func otherThanStreams() async throws {
        let anna = try await TestPerson.signedUp()
        let both = ["Accept": "application/json, text/event-stream", "X-Forwarded-For": "198.51.100.77"]
        let one: @Sendable (inout GatewaySettings) -> Void = {
            ($0.publicRate, $0.trustedProxies) = (.init(capacity: 1, perSecond: 0.001), ["127.0.0.1"])
        }
        try await TestGateway.with(endpoints, people: [anna], settings: one) { gateway in
            #expect(try await gateway.send(.get, "/v1/public", headers: both).status == 200)
            let refused = try await gateway.send(.get, "/v1/public", headers: both)
            #expect(refused.status == 429 && refused.problem == "too-many-requests")
            #expect(refused.header("Retry-After") != nil)
        }
        let none: @Sendable (inout GatewaySettings) -> Void = { $0.requestsInFlight = 0 }
        try await TestGateway.with(endpoints, people: [anna], settings: none) { gateway in
            let full = try await gateway.send(.get, "/v1/public", headers: both)
            #expect(full.status == 503 && full.problem == "busy")
            // Control: a stream's client is told by an event.
            let stream = try await gateway.send(.get, "/v1/idle", as: anna, headers: both)
            #expect(stream.status == 200 && stream.header("Content-Type") == "text/event-stream")
        }
    }

    @Test("One network has its share of streams, an IPv6 network as a whole, and others theirs")
    func networks() async throws {
        let anna = try await TestPerson.signedUp()
        let shared: @Sendable (inout GatewaySettings) -> Void = {
            ($0.streams, $0.networkShare, $0.trustedProxies) = (4, 25, ["127.0.0.1"])
        }
        try await TestGateway.with(endpoints, people: [anna], settings: shared) { gateway in
            var taken: [HTTPClientResponse] = []
            for (address, status) in [
                ("198.51.100.7", 200), ("198.51.100.7", 429), ("2001:db8::1", 200), ("2001:db8::2", 429),
                ("2001:db8:0:1::1", 200),
            ] as [(String, UInt)] {
                let stream = try await open(gateway, as: anna, from: address)
                #expect(stream.status.code == status, "\(address)")
                taken.append(stream)
            }
            let metrics = try await gateway.ops("/metrics").text
            #expect(metrics.contains(#"http_requests_refused_total{full="streams_of_network"} 2"#))
            withExtendedLifetime(taken) {}
        }
    }

    @Test("Files that take their time are no requests in flight; an account has a few, and they are given back")
    func transfers() async throws {
        let (anna, berta) = (try await TestPerson.signedUp(), try await TestPerson.signedUp())
        let few: @Sendable (inout GatewaySettings) -> Void = {
            ($0.requestsInFlight, $0.transfers, $0.transfersPerAccount) = (1, 3, 2)
        }
        try await TestGateway.with(endpoints, people: [anna, berta], settings: few) { gateway in
            let upload = try await beginUpload(gateway.port, to: "/v1/file", as: anna)
            try await wait(for: "http_transfers_open 1.0") {
                try await gateway.ops("/metrics").text.contains("http_transfers_open 1.0")
            }
            let download = try await open(gateway, "/v1/file", as: anna)
            #expect(download.status == .ok)
            let third = try await open(gateway, "/v1/file", as: anna)
            #expect(third.status == .tooManyRequests)
            #expect(try await gateway.send(.get, "/v1/public").status == 200)
            let other = try await open(gateway, "/v1/file", as: berta)
            #expect(other.status == .ok)
            let full = try await open(gateway, "/v1/file", as: berta)
            #expect(full.status == .serviceUnavailable && full.headers.first(name: "Retry-After") == "10")
            try await upload.close()
            try await wait(for: "less than http_transfers_open 3.0") {
                try await !gateway.ops("/metrics").text.contains("http_transfers_open 3.0")
            }
            #expect(try await open(gateway, "/v1/file", as: berta).status == .ok)
            withExtendedLifetime((download, other)) {}
        }
    }

    @Test("One network has its share of the requests in flight, and leaves the rest to others")
    func inFlight() async throws {
        let latch = Latch()
        let waiting = Endpoint.read(
            .get, "/v1/wait", .ops, "Waits", access: .everyone, returns: .ok("x", example: "x"),
            audits: .nothing(because: "it is a test")
        ) { _ in
            await latch.pass()
            return "x"
        }
        let shared: @Sendable (inout GatewaySettings) -> Void = {
            ($0.requestsInFlight, $0.networkShare, $0.trustedProxies) = (4, 50, ["127.0.0.1"])
        }
        try await TestGateway.with([waiting] + testEndpoints(), settings: shared) { gateway in
            let theirs = ["X-Forwarded-For": "198.51.100.7"]
            async let first = gateway.send(.get, "/v1/wait", headers: theirs).status
            async let second = gateway.send(.get, "/v1/wait", headers: theirs).status
            try await latch.arrivals(2)
            let refused = try await gateway.send(.get, "/v1/public", headers: theirs)
            #expect(refused.status == 429 && refused.header("Retry-After") == "1")
            let other = try await gateway.send(.get, "/v1/public", headers: ["X-Forwarded-For": "198.51.100.8"])
            #expect(other.status == 200)
            await latch.open()
            #expect(try await [first, second] == [200, 200])
        }
    }

    @Test("A connection beyond the limit is closed, and there is room again when one has left")
    func connections() async throws {
        let few: @Sendable (inout GatewaySettings) -> Void = { $0.connections = 2 }
        try await TestGateway.with(testEndpoints(), settings: few) { gateway in
            let open = [try await dial(gateway.port), try await dial(gateway.port)]
            try await wait(for: "http_connections_open 2.0") {
                try await gateway.ops("/metrics").text.contains("http_connections_open 2.0")
            }
            let third = try await dial(gateway.port)
            try await third.closed()
            #expect(open[0].isActive && open[1].isActive)
            let metrics = try await gateway.ops("/metrics").text
            #expect(metrics.contains(#"http_requests_refused_total{full="connections"} 1"#))
            for channel in open { try await channel.close() }
            try await wait(for: "http_connections_open 0.0") {
                try await gateway.ops("/metrics").text.contains("http_connections_open 0.0")
            }
            #expect(try await gateway.send(.get, "/v1/public").status == 200)
        }
    }

    @Test("A limiter counts each apart, gives places back once, and is full only while hardly anything is free")
    func limiter() throws {
        let limiter = ConcurrencyLimiter(.init(total: 3, perNetwork: 2, perAccount: 1))
        let anna = AccountID.random()
        let first = try limiter.take(network: [1], account: anna)
        #expect(throws: ConcurrencyLimiter.Full.account) { try limiter.take(network: [2], account: anna) }
        let second = try limiter.take(network: [1])
        #expect(throws: ConcurrencyLimiter.Full.network) { try limiter.take(network: [1]) }
        #expect(!limiter.isFull(for: .zero))
        // Of many, as a trusted proxy's.
        let third = try limiter.take(network: nil)
        #expect(throws: ConcurrencyLimiter.Full.total) { try limiter.take(network: [2]) }
        #expect(limiter.isFull(for: .zero) && !limiter.isFull(for: .seconds(3600)))
        first.release()
        first.release()
        #expect(limiter.count == 2 && !limiter.isFull(for: .zero))
        withExtendedLifetime((second, third)) {}
    }
}
