@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport
import Vault

/// One after the other: each looks at who waits in the suite's database.
@Suite(
    "While the look-up key is changed, a retried write happens once", .serialized, .database, .timeLimit(.minutes(5)))
struct IdempotencyRotationTests {
    private func body(_ title: String) -> String {
        #"{"title":"\#(title)","count":1,"mood":"calm","parts":[]}"#
    }

    /// Keyrings in the middle of a change of the look-up key: both keys in each, and another one current.
    private static func rotating() throws -> (old: Keyring, new: Keyring) {
        let both = try Keyring.generate().adding("lookup-2", of: .lookup)
        return (both, try both.promoting("lookup-2", of: .lookup))
    }

    /// Two gateways over one database, each with a keyring of its own.
    private func withTwo(
        _ first: Keyring, _ second: Keyring,
        _ body: @escaping @Sendable (TestGateway, TestGateway, TestPerson) async throws -> Void
    ) async throws {
        try await makeNoteTable()
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with(testEndpoints(), people: [anna], vault: Vault(first)) { one in
            try await TestGateway.with(testEndpoints(), people: [anna], vault: Vault(second)) { two in
                try await body(one, two, anna)
            }
        }
    }

    @Test("A retry at a gateway with another current look-up key is recognised, both ways, and so is another request")
    func acrossRotation() async throws {
        let (old, new) = try Self.rotating()
        for (index, (first, second)) in [(old, new), (new, old)].enumerated() {
            try await withTwo(first, second) { one, two, anna in
                let (title, key) = ("rotated \(index)", ["Idempotency-Key": "k-8"])
                let done = try await one.send(.post, "/v1/notes", as: anna, json: body(title), headers: key)
                let again = try await two.send(.post, "/v1/notes", as: anna, json: body(title), headers: key)
                #expect(done.status == 201 && again.status == 201)
                #expect(again.text == done.text && again.header("Idempotency-Replayed") == "true")
                #expect(try await countNotes(title) == 1)
                let other = try await two.send(.post, "/v1/notes", as: anna, json: body("other"), headers: key)
                #expect(other.problem == "key-reused")
            }
        }
    }

    /// Sends one request with one key to both gateways at once, and holds both up at their first chance.
    /// - Returns: how often it was done.
    private func atOnce(_ title: String, _ first: Keyring, _ second: Keyring) async throws -> Int {
        try await withTwo(first, second) { one, two, anna in
            let (held, release) = (AsyncStream<Void>.makeStream(), AsyncStream<Void>.makeStream())
            async let holder: Void = TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                try await tx.execute("LOCK TABLE consilium.test_note IN EXCLUSIVE MODE")
                held.continuation.finish()
                for await _ in release.stream {}
            }
            for await _ in held.stream {}
            let key = ["Idempotency-Key": "k-9"]
            async let here = one.send(.post, "/v1/notes", as: anna, json: body(title), headers: key)
            async let there = two.send(.post, "/v1/notes", as: anna, json: body(title), headers: key)
            try await wait(for: "both to wait") { try await waiting() == 2 }
            release.continuation.finish()
            try await holder
            let replies = try await [here, there]
            #expect(replies.map(\.status) == [201, 201])
        }
        return try await countNotes(title)
    }

    private func waiting() async throws -> Int {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                """
                SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                WHERE a.datname = current_database() AND NOT l.granted
                """)?.decode(Int.self) ?? 0
        }
    }

    @Test("One key at once at two gateways of different current look-up keys has one effect")
    func atOnceAcrossRotation() async throws {
        let (old, new) = try Self.rotating()
        #expect(try await atOnce("one of two", old, new) == 1)
    }

    @Test("Control: gateways that do not know each other's look-up key do it twice")
    func atOnceWithoutRotation() async throws {
        let (both, new) = try Self.rotating()
        let (old, alone) = (try both.removing("lookup-2", of: .lookup), try new.removing("lookup-1", of: .lookup))
        #expect(try await atOnce("two of two", old, alone) == 2)
    }
}
