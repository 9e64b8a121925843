import Postgres
import TestSupport
import Testing

@testable import Postgres

@Suite("A server that answers nothing", .database, .serialized, .timeLimit(.minutes(1)))
struct DeadlineTests {
    /// A pool on a server that is frozen once `warm` has opened all its connections. Its own limits are longer than the
    /// suite's.
    private func withFrozen(
        connections: Int, warm: (Database) async throws -> Void, _ body: (Database) async throws -> Void
    ) async throws {
        let relay = try Relay()
        defer { relay.close() }
        let database = Database(
            .init(
                conninfo: TestDatabase.current.conninfo(as: "consilium_owner")
                    + " host=127.0.0.1 port=\(relay.port)",
                connections: connections, waitDeadline: .seconds(300), statementDeadline: .seconds(300)),
            logger: TestDatabase.current.logger)
        try await warm(database)
        relay.freeze()
        try await body(database)
        await database.close()
    }

    private func ask(_ database: Database) async throws {
        _ = try await database.withTransaction(as: .nobody) { tx in try await tx.query("SELECT 1") }
    }

    @Test("One deadline bounds all that a task does: every connection that it meets, and the wait for one")
    func boundsTheWhole() async throws {
        try await withFrozen(
            connections: 2,
            warm: { database in
                try await database.withTransaction(as: .nobody) { tx in
                    try await tx.query("SELECT 1")
                    try await ask(database)
                }
            },
            { database in
                #expect(database.load.open == 2)
                var errors: [DatabaseUnavailable?] = []
                try await Database.Deadline.within(.seconds(1)) {
                    for _ in 1...3 {
                        do {
                            try await ask(database)
                            errors.append(nil)
                        } catch let error as DatabaseUnavailable {
                            errors.append(error)
                        }
                    }
                }
                #expect(errors.first == .statementDeadline)
                #expect(errors.allSatisfy { $0 != nil })
            })
    }

    @Test("A commit that is not answered by then is given up, and its outcome is unknown")
    func givesUpACommit() async throws {
        let table = try await Scratch.table("id int")
        try await withFrozen(connections: 1, warm: { try await ask($0) }) { database in
            await #expect(throws: DatabaseUnavailable.outcomeUnknown) {
                try await Database.Deadline.within(.seconds(1)) {
                    try await database.withTransaction(as: .nobody) { tx in
                        _ = try await tx.last("INSERT INTO \(identifier: table) VALUES (1)")
                    }
                }
            }
        }
    }

    @Test("A task that is cancelled at a server that does not hear it is not held for longer")
    func abandonsACancellation() async throws {
        try await withFrozen(connections: 1, warm: { try await ask($0) }) { database in
            let asking = Task { try await ask(database) }
            try await wait(for: "a busy connection") { database.load.busy > 0 }
            asking.cancel()
            await #expect(throws: CancellationError.self) { try await asking.value }
        }
    }

    @Test("What a task leaves running is bound no more when the task is over")
    func isLifted() async throws {
        let left = Database.Deadline.$current.withValue(.init(in: .zero)) { Database.Deadline.current }
        #expect(left?.instant != nil)
        left?.lift()
        #expect(left?.instant == nil)
        let kept = try await Database.Deadline.within(.seconds(1)) { Database.Deadline.current }
        #expect(kept != nil && kept?.instant == nil)
    }

    @Test("What is sent is due by its own deadline, or by that of the whole with room for what follows")
    func shares() {
        let now = ContinuousClock.now
        func due(_ end: Batch.End, _ own: Int, of whole: Int?) -> Duration? {
            Batch(end: end, deadline: .seconds(own)).due(at: now, latest: whole.map { now + .seconds($0) })
                .map { $0 - now }
        }
        #expect(due(.open, 10, of: nil) == .seconds(10))
        #expect(due(.commit, 10, of: nil) == .seconds(13))
        #expect(due(.rollback, 3, of: nil) == .seconds(3))
        // Cancelled three seconds before the end, later when less is left.
        #expect(due(.open, 10, of: 11) == .seconds(8))
        #expect(due(.open, 10, of: 20) == .seconds(10))
        #expect(due(.open, 10, of: 4) == .seconds(2))
        #expect(due(.open, 10, of: -1) == .zero)
        #expect(due(.commit, 10, of: 11) == .seconds(11))
        #expect(due(.rollback, 3, of: -1) == .milliseconds(250))
    }
}
