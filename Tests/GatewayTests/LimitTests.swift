import AsyncHTTPClient
import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
import Hummingbird
import HummingbirdCore
@testable import JSON
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("Overload is refused, not queued without end", .database, .timeLimit(.minutes(5)))
struct LimitTests {
    private func waiting(_ latch: Latch) -> Endpoint {
        .read(
            .get, "/v1/wait", .ops, "Waits", access: .everyone, returns: .ok("x", example: ["a": "b"]),
            audits: .nothing(because: "it is a test")
        ) { call in
            _ = try await call.tx.query("SELECT 1")
            await latch.pass()
            return [:]
        }
    }

    @Test("Beyond the requests in flight the next is 503 at once, and then there is room again")
    func inFlight() async throws {
        let latch = Latch()
        try await TestGateway.with([waiting(latch)], settings: { $0.requestsInFlight = 2 }) { gateway in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 1...2 { group.addTask { try await gateway.send(.get, "/v1/wait").status } }
                try await latch.arrivals(2)
                let refused = try await gateway.send(.get, "/v1/wait")
                #expect(refused.status == 503)
                #expect(refused.problem == "busy")
                #expect(refused.header("Retry-After") == "1")
                #expect(try await gateway.ops("/health/live").status == 200)
                #expect(
                    try await gateway.ops("/metrics").text.contains(#"http_requests_refused_total{full="in_flight"} 1"#)
                )
                await latch.open()
                for try await status in group { #expect(status == 200) }
            }
            #expect(try await gateway.send(.get, "/v1/wait").status == 200)
        }
    }

    @Test("A reply that its reader leaves lying is in flight")
    func untaken() async throws {
        let large = Endpoint.read(
            .get, "/v1/large", .ops, "Much", access: .everyone, returns: .ok("x", example: "x"),
            audits: .nothing(because: "it is a test")
        ) { _ in String(repeating: "x", count: 20_000_000) }
        try await TestGateway.with([large] + testEndpoints(), settings: { $0.requestsInFlight = 1 }) { gateway in
            let reader = try await SlowReader().ask(gateway.port, for: "/v1/large")
            let refused = try await gateway.send(.get, "/v1/public")
            #expect(refused.problem == "busy")
            try await reader.close()
            try await wait(for: "status 200") { try await gateway.send(.get, "/v1/public").status == 200 }
        }
    }

    @Test("A large reply is written in slices, each of which can be taken in its time")
    func slices() async throws {
        actor Written {
            var counts: [Int] = []
            func add(_ count: Int) { counts.append(count) }
        }
        struct Writer: ResponseBodyWriter {
            let written: Written
            mutating func write(_ buffer: ByteBuffer) async throws { await written.add(buffer.readableBytes) }
            consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
        }
        let channel = NIOAsyncTestingChannel()
        let visit = RequestMetadata(
            HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/"), to: .nothing, on: channel,
            proxies: try TrustedProxies([]), logger: Logger(label: "test"))
        let end = RequestCompletion(
            metadata: visit, status: 200, started: .now,
            meters: GatewayMeters([], .none, factory: PrometheusRegistry(help: [:])))
        let headers = ReplyHeaders(isTLS: false, heartbeat: .seconds(1), drain: Drain(delay: .zero))
        let reply = Reply(status: .ok, headers: [:], body: .json(Array(repeating: 32, count: 1_000_000)))
        let written = Written()
        let response = headers.response(
            reply, to: visit, reading: .init(buffer: .init()), close: false, end: end)
        try await response.body.write(Writer(written: written))
        #expect(await written.counts.reduce(0, +) == 1_000_000)
        #expect(await written.counts.max() ?? 0 <= 65_536)
    }

    @Test("When no database connection comes free in time the answer is 503")
    func databaseBusy() async throws {
        var settings = TestDatabase.current.app.settings
        settings.connections = 1
        settings.waitDeadline = .milliseconds(200)
        let narrow = Database(settings, logger: TestDatabase.current.logger)
        let latch = Latch()
        try await TestGateway.with([waiting(latch)], database: narrow) { gateway in
            async let first = gateway.send(.get, "/v1/wait").status
            try await latch.arrivals(1)
            let refused = try await gateway.send(.get, "/v1/wait")
            #expect(refused.status == 503)
            #expect(refused.problem == "busy")
            await latch.open()
            #expect(try await first == 200)
        }
        await narrow.close()
    }

    @Test("While the line for the database is full the next is 503 at once, and what needs no database is answered")
    func fullLine() async throws {
        var settings = TestDatabase.current.app.settings
        settings.connections = 1
        let narrow = Database(settings, logger: TestDatabase.current.logger)
        let latch = Latch()
        try await TestGateway.with([waiting(latch)], settings: { $0.requestsWaiting = 1 }, database: narrow) {
            gateway in
            async let first = gateway.send(.get, "/v1/wait").status
            try await latch.arrivals(1)
            async let second = gateway.send(.get, "/v1/wait").status
            try await wait(for: "the second request to wait") { narrow.load.waiting > 0 }
            let refused = try await gateway.send(.get, "/v1/wait", headers: ["X-Request-ID": "refused-1"])
            #expect(refused.problem == "busy")
            #expect(refused.json["detail"] == "Too many requests wait for the database.")
            // Refused before it is routed, because it is the last on its connection; in the same words.
            let last = try await gateway.send(
                .get, "/v1/wait", headers: ["Connection": "close", "X-Request-ID": "refused-1"])
            #expect(last.status == refused.status)
            #expect(last.text == refused.text)
            #expect(last.headers.filter { $0.key != "date" } == refused.headers)
            let head = try await gateway.send(.head, "/v1/wait", headers: ["X-Request-ID": "refused-1"])
            #expect(head.headers == refused.headers)
            let metrics = try await gateway.ops("/metrics").text
            #expect(metrics.contains("\ndatabase_requests_waiting 1.0\n"))
            #expect(metrics.contains(#"http_requests_refused_total{full="waiting"} 3"#))
            #expect(metrics.contains("\nhttp_requests_in_flight 2.0\n"))
            #expect(gateway.log.lines.count { $0.contains("status=503") } == 3)
            #expect(try await gateway.send(.get, "/openapi.json").status == 200)
            #expect(try await gateway.send(.get, "/v1/nothing").status == 404)
            #expect(try await gateway.send(.put, "/v1/wait").status == 405)
            await latch.open()
            #expect(try await [first, second] == [200, 200])
        }
        await narrow.close()
    }

    @Test("A place in the line is kept once for each connection, until it is given back")
    func places() {
        let line = AdmissionControl(limit: 2, database: TestDatabase.current.app)
        let channels = (0..<3).map { _ in NIOAsyncTestingChannel() }
        #expect(line.enter(channels[0]))
        #expect(line.enter(channels[0]))
        #expect(line.enter(channels[1]))
        #expect(!line.enter(channels[2]))
        line.leave(channels[2])
        #expect(!line.enter(channels[2]))
        line.leave(channels[0])
        #expect(line.enter(channels[2]))
        #expect(!line.enter(channels[0]))
    }

    @Test("A body that does not arrive is 408 and closes the connection")
    func slowBody() async throws {
        let anna = try await TestPerson.signedUp()
        let shorten: @Sendable (inout GatewaySettings) -> Void = { $0.bodyDeadline = .milliseconds(200) }
        try await TestGateway.with(testEndpoints(), people: [anna], settings: shorten) { gateway in
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)/v1/notes")
            request.method = .POST
            request.headers.add(name: "Authorization", value: "Bearer \(anna.token)")
            request.headers.add(name: "Content-Type", value: "application/json")
            let (pieces, source) = AsyncStream<ByteBuffer>.makeStream()
            source.yield(ByteBuffer(string: #"{"title":"#))
            request.body = .stream(pieces, length: .known(Int64(100)))
            let reply = try await gateway.exchange(request)
            source.finish()
            #expect(reply.status == 408)
            #expect(reply.problem == "too-slow")
            #expect(reply.header("Connection") == "close")
        }
    }

    @Test("A handler beyond its deadline is cancelled, rolled back, and 503")
    func slowHandler() async throws {
        try await makeNoteTable()
        let anna = try await TestPerson.signedUp()
        let shorten: @Sendable (inout GatewaySettings) -> Void = { $0.handlerDeadline = .milliseconds(300) }
        try await TestGateway.with(testEndpoints(), people: [anna], settings: shorten) { gateway in
            let body = #"{"title":"slow","count":1,"mood":"calm","parts":[]}"#
            let reply = try await gateway.send(.post, "/v1/notes", as: anna, json: body)
            #expect(reply.status == 503)
            #expect(reply.problem == "took-too-long")
            #expect(try await countNotes("slow") == 0)
        }
    }

    @Test("Headers beyond the limit are 431")
    func headers() async throws {
        try await TestGateway.with(testEndpoints(), settings: { $0.headerLimit = 2000 }) { gateway in
            let padding = ["X-Padding": String(repeating: "x", count: 2000)]
            let reply = try await gateway.send(.get, "/v1/public", headers: padding)
            #expect(reply.status == 431)
            #expect(reply.problem == "headers-too-large")
        }
    }

    @Test("An account that asks too often is 429 with the wait, at two gateways together; another account is not")
    func rates() async throws {
        let (anna, berta) = (
            try await TestPerson.signedUp([.coordinator]), try await TestPerson.signedUp([.coordinator])
        )
        let tighten: @Sendable (inout GatewaySettings) -> Void = {
            $0.accountRate = .init(capacity: 20, perSecond: 0.01)
        }
        try await TestGateway.with(testEndpoints(), people: [anna, berta], settings: tighten) { one in
            try await TestGateway.with(testEndpoints(), people: [anna, berta], settings: tighten) { two in
                var statuses: [Int] = []
                for turn in 0..<30 {
                    let gateway = turn.isMultiple(of: 2) ? one : two
                    statuses.append(try await gateway.send(.get, "/v1/desk", as: anna).status)
                }
                #expect(statuses.count { $0 == 200 } == 20)
                #expect(statuses.count { $0 == 429 } == 10)
                let refused = try await one.send(.get, "/v1/desk", as: anna)
                #expect(refused.problem == "too-many-requests")
                let wait = try #require(refused.header("Retry-After").flatMap { Int($0) })
                #expect((60...100).contains(wait))
                let other = try await one.send(.get, "/v1/desk", as: berta)
                #expect(other.status == 200)
            }
        }
    }

    @Test("Public routes have a stricter limit, by the address that a trusted proxy names")
    func publicRates() async throws {
        let tighten: @Sendable (inout GatewaySettings) -> Void = {
            $0.publicRate = .init(capacity: 3, perSecond: 0.01)
            $0.trustedProxies = ["127.0.0.1"]
        }
        try await TestGateway.with(testEndpoints(), settings: tighten) { gateway in
            var statuses: [Int] = []
            for _ in 1...5 {
                let from = ["X-Forwarded-For": "198.51.100.7"]
                statuses.append(try await gateway.send(.get, "/v1/public", headers: from).status)
            }
            #expect(statuses == [200, 200, 200, 429, 429])
            let other = try await gateway.send(.get, "/v1/public", headers: ["X-Forwarded-For": "198.51.100.8"])
            #expect(other.status == 200)
        }
    }

    @Test(
        "Too few open files for the requests in flight end the start with what is needed; else they bound the connections"
    )
    func openFiles() throws {
        let settings = GatewaySettings()
        let needed = FileDescriptors.reserve + 8 + settings.requestsInFlight
        for allowed in [0, 64, FileDescriptors.reserve + 8, needed - 1] {
            let refused = #expect(throws: FileDescriptors.TooFew(allowed: allowed, needed: needed)) {
                try FileDescriptors.connections(settings, database: 8, within: allowed)
            }
            let text = refused?.description ?? ""
            #expect(
                text.contains("LimitNOFILE") && text.contains("\(allowed) files") && text.contains("\(needed) at least")
            )
        }
        #expect(
            try FileDescriptors.connections(settings, database: 8, within: needed) == settings.requestsInFlight)
        #expect(
            try FileDescriptors.connections(settings, database: 8, within: 1_000_000) == settings.connections)
    }
}
