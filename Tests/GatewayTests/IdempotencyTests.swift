import Clinic
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("A retried write happens once", .database, .timeLimit(.minutes(5)))
struct IdempotencyTests {
    private func body(_ title: String) -> String {
        #"{"title":"\#(title)","count":1,"mood":"calm","parts":[]}"#
    }

    private func withNotes(_ body: @Sendable (TestGateway, TestPerson) async throws -> Void) async throws {
        try await makeNoteTable()
        let anna = try await TestPerson.signedUp()
        let berta = try await TestPerson.signedUp()
        try await TestGateway.with(testEndpoints(), people: [anna, berta]) { try await body($0, anna) }
    }

    @Test("The same key and the same request get the same answer, and one effect")
    func replay() async throws {
        try await withNotes { gateway, anna in
            let key = ["Idempotency-Key": "k-1"]
            let first = try await gateway.send(.post, "/v1/notes", as: anna, json: body("once"), headers: key)
            let second = try await gateway.send(.post, "/v1/notes", as: anna, json: body("once"), headers: key)
            #expect(first.status == 201)
            #expect(second.status == 201)
            #expect(first.text == second.text)
            #expect(first.header("Location") == second.header("Location"))
            #expect(second.header("ETag") == "\"1\"")
            #expect(first.header("Idempotency-Replayed") == nil)
            #expect(second.header("Idempotency-Replayed") == "true")
            #expect(try await countNotes("once") == 1)
        }
    }

    @Test("Control: without a key the same request happens twice")
    func control() async throws {
        try await withNotes { gateway, anna in
            for _ in 1...2 { _ = try await gateway.send(.post, "/v1/notes", as: anna, json: body("twice")) }
            #expect(try await countNotes("twice") == 2)
        }
    }

    @Test("The same key with another body is refused")
    func conflict() async throws {
        try await withNotes { gateway, anna in
            let key = ["Idempotency-Key": "k-2"]
            _ = try await gateway.send(.post, "/v1/notes", as: anna, json: body("first"), headers: key)
            let other = try await gateway.send(.post, "/v1/notes", as: anna, json: body("other"), headers: key)
            #expect(other.status == 422)
            #expect(other.problem == "key-reused")
            #expect(try await countNotes("other") == 0)
        }
    }

    @Test("The same key with another query is refused, and so is one without a query")
    func otherQuery() async throws {
        let queried = Endpoint.write(
            .post, "/v1/queried", .ops, "Answers its query", parameters: [.query(limitQuery)],
            body: .json(example: ["a": "b"]), returns: .ok("Its query", example: 20),
            replays: .nothing(because: "it is a test")
        ) { _, call in try call.required(limitQuery) }
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with([queried], people: [anna]) { gateway in
            func send(_ query: String) async throws -> TestReply {
                try await gateway.send(
                    .post, "/v1/queried\(query)", as: anna, json: #"{"a":"b"}"#, headers: ["Idempotency-Key": "k-7"])
            }
            let first = try await send("?limit=1")
            #expect(first.status == 200 && first.text == "1")
            for query in ["?limit=2", ""] {
                let other = try await send(query)
                #expect(other.status == 422 && other.problem == "key-reused", "\(query)")
            }
            let again = try await send("?limit=1")
            #expect(again.text == "1" && again.header("Idempotency-Replayed") == "true")
        }
    }

    @Test("A key belongs to its account")
    func accounts() async throws {
        try await makeNoteTable()
        let (anna, berta) = (try await TestPerson.signedUp(), try await TestPerson.signedUp())
        try await TestGateway.with(testEndpoints(), people: [anna, berta]) { gateway in
            let key = ["Idempotency-Key": "k-3"]
            for person in [anna, berta] {
                let reply = try await gateway.send(.post, "/v1/notes", as: person, json: body("each"), headers: key)
                #expect(reply.header("Idempotency-Replayed") == nil)
            }
            #expect(try await countNotes("each") == 2)
        }
    }

    @Test("Twenty at once with one key have one effect and one answer")
    func concurrent() async throws {
        try await withNotes { gateway, anna in
            let replies = try await withThrowingTaskGroup(of: TestReply.self) { group in
                for _ in 1...20 {
                    group.addTask {
                        try await gateway.send(
                            .post, "/v1/notes", as: anna, json: body("race"), headers: ["Idempotency-Key": "k-4"])
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.map(\.status) == Array(repeating: 201, count: 20))
            #expect(Set(replies.map(\.text)).count == 1)
            #expect(replies.count { $0.header("Idempotency-Replayed") == nil } == 1)
            #expect(try await countNotes("race") == 1)
        }
    }

    @Test("A refused write keeps neither its effect nor its key")
    func rolledBack() async throws {
        try await withNotes { gateway, anna in
            let key = ["Idempotency-Key": "k-5"]
            let refused = try await gateway.send(.post, "/v1/notes", as: anna, json: body("refuse"), headers: key)
            #expect(refused.status == 409)
            #expect(try await countNotes("refuse") == 0)
            let next = try await gateway.send(.post, "/v1/notes", as: anna, json: body("fresh"), headers: key)
            #expect(next.status == 201)
        }
    }

    @Test("A commit that nobody answered is said to be neither done nor failed, and its key settles it")
    func outcomeUnknown() async throws {
        try await withNotes { gateway, anna in
            let key = ["Idempotency-Key": "k-6"]
            // The server goes away between the COMMIT that it was sent and its answer.
            try await asOwner(
                """
                CREATE FUNCTION consilium.vanish() RETURNS trigger LANGUAGE plpgsql
                    AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'
                """,
                """
                CREATE CONSTRAINT TRIGGER vanish AFTER INSERT ON consilium.test_note DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW WHEN (NEW.title = 'unanswered') EXECUTE FUNCTION consilium.vanish()
                """)
            let lost = try await gateway.send(.post, "/v1/notes", as: anna, json: body("unanswered"), headers: key)
            #expect(lost.status == 503)
            #expect(lost.problem == "outcome-unknown")
            #expect(lost.header("Retry-After") != nil)
            try await asOwner("DROP TRIGGER vanish ON consilium.test_note")
            let again = try await gateway.send(.post, "/v1/notes", as: anna, json: body("unanswered"), headers: key)
            #expect(again.status == 201)
            #expect(try await countNotes("unanswered") == 1)
        }
    }

    @Test("A read that nobody answered is busy, and so is a write whose session could not be looked up")
    func unansweredLook() async throws {
        let read = Endpoint.read(
            .get, "/v1/look", .ops, "Looks", access: .everyone, returns: .ok("x", example: "x"),
            audits: .nothing(because: "it is a test")
        ) { _ in throw DatabaseUnavailable.outcomeUnknown }
        let exchange = Endpoint.exchange(
            .post, "/v1/exchange", .ops, "Changes", access: .everyone, body: .json(example: ["a": "b"]),
            returns: .ok("x", example: "x")
        ) { _, _ in throw DatabaseUnavailable.outcomeUnknown }
        let away = Authenticator(
            resolve: { _, _ in throw DatabaseUnavailable.outcomeUnknown }, record: { _ in }, ended: { _ in [] })
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with([read, exchange] + testEndpoints(), identity: away) { gateway in
            #expect(try await gateway.send(.get, "/v1/look").problem == "busy")
            #expect(try await gateway.send(.post, "/v1/notes", as: anna, json: body("look")).problem == "busy")
            let changed = try await gateway.send(.post, "/v1/exchange", json: #"{"a":"b"}"#)
            #expect(changed.problem == "outcome-unknown")
        }
    }

    private func asOwner(_ statements: SQL...) async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            for statement in statements { try await tx.execute(statement) }
        }
    }

    @Test("A malformed key is refused", arguments: ["", "two words", String(repeating: "k", count: 256), "ключ"])
    func malformed(key: String) async throws {
        try await withNotes { gateway, anna in
            let reply = try await gateway.send(
                .post, "/v1/notes", as: anna, json: body("key"), headers: ["Idempotency-Key": key])
            #expect(reply.status == 400)
            #expect(reply.errors == ["Idempotency-Key format"])
        }
    }

    @Test("Neither the key nor the kept reply can be read in the table")
    func sealed() async throws {
        try await withNotes { gateway, anna in
            _ = try await gateway.send(
                .post, "/v1/notes", as: anna, json: body("canary"), headers: ["Idempotency-Key": "canary-key"])
            let found = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                try await tx.first(
                    """
                    SELECT count(*), count(*) FILTER (WHERE key LIKE '%canary%'
                        OR position('canary'::bytea IN reply) > 0 OR position('canary'::bytea IN fingerprint) > 0)
                    FROM consilium.idempotency_key WHERE account_id = \(anna.caller.account)
                    """)
            }
            let (all, plain) = try #require(try found?.decode(Int64.self, Int64.self))
            #expect(all == 1)
            #expect(plain == 0)
        }
    }
}
