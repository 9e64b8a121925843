import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
import Identity
@testable import JSON
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("Operators see how the gateway is", .database, .timeLimit(.minutes(5)))
struct OpsTests {
    @Test("Live and ready are answered on a port of their own, which callers' port does not know")
    func health() async throws {
        try await TestGateway.with(testEndpoints()) { gateway in
            let live = try await gateway.ops("/health/live")
            #expect(live.status == 200)
            let ready = try await gateway.ops("/health/ready")
            #expect(ready.text == "ready\n")
            for path in ["/health/ready", "/metrics"] {
                let reply = try await gateway.send(.get, path)
                #expect(reply.status == 404)
            }
        }
    }

    @Test("How the workers' jobs stand is shown in numbers, and not whose they are")
    func jobs() async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.job (id, kind, payload, max_attempts, not_before)
                VALUES (gen_random_uuid(), 'test.ops', '{}', 5, 'infinity')
                """)
        }
        try await TestGateway.with(testEndpoints()) { gateway in
            // They are left out while a request waits for the database, as other tests' may.
            var text = ""
            try await wait(for: "the jobs in the metrics") {
                text = try await gateway.ops("/metrics").text
                return text.contains("jobs{state")
            }
            #expect(text.contains("jobs{state=\"set_aside\"} 1") && text.contains("jobs{state=\"refused\"} 0"))
            #expect(text.contains("jobs_oldest_due_seconds 0"))
            #expect(text.contains(#"specialist_proposals{state="proposed"} 0"#))
        }
    }

    @Test("Without a database the gateway is alive and not ready, and requests are 503")
    func noDatabase() async throws {
        let settings = Database.Settings(conninfo: "host=127.0.0.1 port=1 connect_timeout=1", waitDeadline: .seconds(1))
        let nowhere = Database(settings, logger: TestDatabase.current.logger)
        let endpoint = Endpoint.read(
            .get, "/v1/row", .ops, "Asks the database", access: .everyone, returns: .ok("x", example: ["a": "b"]),
            audits: .nothing(because: "it is a test")
        ) { call in
            _ = try await call.tx.query("SELECT 1")
            return [:]
        }
        try await TestGateway.with([endpoint], database: nowhere) { gateway in
            #expect(try await gateway.ops("/health/live").status == 200)
            let ready = try await gateway.ops("/health/ready")
            #expect(ready.status == 503)
            #expect(ready.text == "database unreachable\n")
            #expect(try await !gateway.ops("/metrics").text.contains("jobs{state"), "what is not known is left out")
            let reply = try await gateway.send(.get, "/v1/row")
            #expect(reply.status == 503)
            #expect(reply.header("Retry-After") != nil)
        }
        await nowhere.close()
    }

    @Test("At a database that takes no writes the gateway is not ready, and what would write is busy")
    func readOnly() async throws {
        try await makeNoteTable()
        var settings = TestDatabase.current.app.settings
        settings.conninfo += " options='-c default_transaction_read_only=on'"
        let standby = Database(settings, logger: TestDatabase.current.logger)
        let person = try await TestPerson.signedUp()
        try await TestGateway.with(testEndpoints(), people: [person], database: standby) { gateway in
            let ready = try await gateway.ops("/health/ready")
            #expect(ready.status == 503)
            #expect(ready.text == "database read-only\n")
            let reply = try await gateway.send(
                .post, "/v1/notes", as: person,
                json: #"{"title":"Standby","count":1,"mood":"calm","parts":[]}"#)
            #expect(reply.problem == "busy")
            #expect(reply.header("Retry-After") != nil)
            #expect(try await countNotes("Standby") == 0)
            #expect(gateway.log.lines.contains { $0.hasPrefix("warning") && $0.contains("takes no writes") })
        }
        await standby.close()
    }

    @Test(
        "A database that freezes holds no request for longer than a request may take, whatever it waits for",
        .timeLimit(.minutes(1)))
    func frozen() async throws {
        let relay = try Relay()
        defer { relay.close() }
        var settings = TestDatabase.current.app.settings
        // Longer than the test may take, each of them.
        (settings.waitDeadline, settings.statementDeadline) = (.seconds(300), .seconds(300))
        settings.conninfo += " host=127.0.0.1 port=\(relay.port)"
        let database = Database(settings, logger: TestDatabase.current.logger)
        let rows = Endpoint.read(
            .get, "/v1/row", .ops, "Asks the database", returns: .ok("x", example: ["a": "b"]),
            audits: .entries { _, call in [AuditRead(.record, UUID(), in: .programme, by: call.caller.account)] }
        ) { call in
            _ = try await call.tx.query("SELECT 1")
            return [:]
        }
        let person = try await TestPerson.signedUp()
        let identity = Authenticator(
            resolve: { _, _ in
                try await database.withTransaction(as: .nobody) { tx in _ = try await tx.query("SELECT 1") }
                return person.caller
            },
            record: { try await AuditReads(database: database).record($0) }, ended: { _ in [] })
        try await TestGateway.with(
            [rows], settings: { $0.handlerDeadline = .seconds(3) }, database: database, identity: identity
        ) { gateway in
            // The first connections may take their time to open.
            try await wait(for: "status 200") { try await gateway.send(.get, "/v1/row", as: person).status == 200 }
            relay.freeze()
            // More than there are connections: some wait for one.
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 1...30 { group.addTask { try await gateway.send(.get, "/v1/row", as: person).status } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(statuses == [503])
            let ready = try await gateway.ops("/health/ready")
            #expect(ready.text == "database unreachable\n")
        }
        await database.close()
    }

    @Test(
        "What is wrong with the database is in the log, and not in the answer",
        arguments: [
            (DatabaseError(sqlState: "53100") as any Error, "busy", "53100"),
            (DatabaseError(sqlState: "58030"), "busy", "58030"),
            (DatabaseUnavailable.unreachable, "busy", "cannot be reached"),
            (DatabaseUnavailable.readOnly, "busy", "takes no writes"),
            (DatabaseError(sqlState: "55P03"), "busy", "55P03"),
        ])
    func trouble(error: any Error, kind: String, cause: String) async throws {
        let endpoint = Endpoint.read(
            .get, "/v1/row", .ops, "Fails", access: .everyone, returns: .ok("x", example: "x"),
            audits: .nothing(because: "it is a test")
        ) { _ in throw error }
        try await TestGateway.with([endpoint]) { gateway in
            let reply = try await gateway.send(.get, "/v1/row")
            #expect(reply.problem == kind)
            #expect(!reply.text.contains(cause))
            #expect(gateway.log.lines.contains { $0.hasPrefix("warning") && $0.contains(cause) })
        }
    }

    @Test("A missing synchronous standby is told when one is asked for")
    func standby() async throws {
        try await TestGateway.with(testEndpoints(), settings: { $0.needsSynchronousStandby = true }) { gateway in
            let ready = try await gateway.ops("/health/ready")
            #expect(ready.text == "no synchronous standby\n")
        }
    }

    @Test("Who finds a weakness reads whom to tell, where the operators have said it")
    func securityText() async throws {
        try await TestGateway.with(testEndpoints(), settings: { $0.securityContact = "mailto:security@example.org" }) {
            gateway in
            let reply = try await gateway.send(.get, "/.well-known/security.txt")
            #expect(reply.status == 200)
            #expect(reply.header("Content-Type") == "text/plain; charset=utf-8")
            let fields = reply.text.split(separator: "\n").map {
                $0.split(separator: ": ", maxSplits: 1).map(String.init)
            }
            #expect(fields.map(\.first) == ["Contact", "Expires", "Preferred-Languages"])
            #expect(fields.first == ["Contact", "mailto:security@example.org"])
            let expires = try #require(RFC3339.parse(fields[1][1]))
            #expect(expires > Date() && expires < Date(timeIntervalSinceNow: 365 * 86_400))
        }
        try await TestGateway.with(testEndpoints()) { gateway in
            let unsaid = try await gateway.send(.get, "/.well-known/security.txt")
            #expect(unsaid.status == 404)
        }
    }

    @Test("Metrics count requests by template and status, as Prometheus text")
    func metrics() async throws {
        try await TestGateway.with(testEndpoints()) { gateway in
            for _ in 1...3 { _ = try await gateway.send(.get, "/v1/public") }
            _ = try await gateway.send(.get, "/v1/nowhere/secret-canary")
            let text = try await gateway.ops("/metrics").text
            #expect(text.contains(#"http_requests_total{method="GET",route="/v1/public",status="200"} 3"#))
            #expect(text.contains(#"http_requests_total{method="any",route="unmatched",status="404"} 1"#))
            #expect(text.contains(#"http_request_seconds_bucket{method="GET",route="/v1/public",le="+Inf"} 3"#))
            #expect(text.contains("# TYPE http_requests_in_flight gauge\nhttp_requests_in_flight 0.0"))
            #expect(!text.contains("canary"))
            let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
            func names(_ word: String) -> [Substring] { lines.filter { $0[1] == word }.map { $0[2] } }
            #expect(names("HELP") == names("TYPE") && names("TYPE").count > 5, "each says what it means")
        }
    }
}
