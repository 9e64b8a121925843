import FoundationEssentials
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite("A transaction", .database, .timeLimit(.minutes(5)))
struct TransactionTests {
    let database = TestDatabase.current.owner

    /// The server's error that `body` ends with.
    private func refusal(_ body: () async throws -> Void) async -> DatabaseError? {
        do { try await body() } catch { return error as? DatabaseError }
        return nil
    }

    private func count(in table: String) async throws -> Int? {
        try await database.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT count(*) FROM \(identifier: table)")?.decode(Int.self)
        }
    }

    @Test("What was written is there once it has committed")
    func commits() async throws {
        let table = try await Scratch.table("id int PRIMARY KEY, name text")
        let affected = try await database.withTransaction(as: .nobody) { tx in
            try await tx.execute("INSERT INTO \(identifier: table) VALUES (\(1), \("one")), (2, 'two')")
        }
        #expect(affected == 2)
        #expect(try await count(in: table) == 2)
    }

    @Test("A body that throws takes everything back")
    func rollsBack() async throws {
        struct Refused: Error {}
        let table = try await Scratch.table("id int")
        await #expect(throws: Refused.self) {
            try await database.withTransaction(as: .nobody) { tx in
                try await tx.execute("INSERT INTO \(identifier: table) VALUES (1)")
                throw Refused()
            }
        }
        #expect(try await count(in: table) == 0)
    }

    @Test("The actor is set for the transaction, and for no longer")
    func setsActor() async throws {
        let id = UUID()
        try await Scratch.withDatabase(connections: 1) { database in
            let actor: SQL = "SELECT nullif(current_setting('consilium.actor', true), '')::uuid"
            let inside = try await database.withTransaction(as: Actor(id)) { tx in
                try await tx.first(actor)?.decode(UUID?.self)
            }
            let after = try await database.withTransaction(as: .nobody) { tx in
                try await tx.first(actor)?.decode(UUID?.self)
            }
            #expect(inside == id)
            #expect(after == .some(nil))
        }
    }

    @Test("Enqueued statements run in order, in one round trip with the one that is waited for")
    func pipelines() async throws {
        let table = try await Scratch.table("id int, sum bigint")
        try await database.withTransaction(as: .nobody) { tx in
            let pending = (1...50).map { number in
                tx.enqueue(
                    """
                    INSERT INTO \(identifier: table)
                    SELECT \(number), \(number) + coalesce(max(sum), 0) FROM \(identifier: table) RETURNING sum
                    """)
            }
            let total = try await tx.first("SELECT max(sum) FROM \(identifier: table)")?.decode(Int.self)
            #expect(total == 1275)
            var sums: [Int] = []
            for answer in pending { sums.append(try await answer.first()?.decode(Int.self) ?? 0) }
            #expect(sums == (1...50).map { $0 * ($0 + 1) / 2 })
        }
    }

    @Test("What was enqueued last goes out with the commit")
    func flushesAtCommit() async throws {
        let table = try await Scratch.table("id int")
        try await database.withTransaction(as: .nobody) { tx in
            _ = tx.enqueue("INSERT INTO \(identifier: table) VALUES (1)")
        }
        #expect(try await count(in: table) == 1)
    }

    @Test("An error in the middle of a line ends the transaction, and shows to all behind it")
    func failsInTheMiddle() async throws {
        let table = try await Scratch.table("id int PRIMARY KEY")
        let error = await refusal {
            try await database.withTransaction(as: .nobody) { tx in
                let first = tx.enqueue("INSERT INTO \(identifier: table) VALUES (1)")
                let second = tx.enqueue("INSERT INTO \(identifier: table) VALUES (1)")
                let error = await refusal { try await tx.query("SELECT 1") }
                #expect(error?.sqlState == "23505")
                #expect(error?.constraint == "\(table)_pkey")
                #expect(error?.table == table)
                let affected = try await first.affected()
                #expect(affected == 1)
                #expect(await refusal { _ = try await second.rows() } == error)
                #expect(await refusal { try await tx.query("SELECT 1") } == error)
            }
        }
        #expect(error?.sqlState == "23505")
        #expect(try await count(in: table) == 0)
    }

    @Test("An error that the body swallows still refuses the commit")
    func swallowedErrorsSurface() async throws {
        let table = try await Scratch.table("id int PRIMARY KEY")
        let error = await #expect(throws: DatabaseError.self) {
            try await database.withTransaction(as: .nobody) { tx in
                try await tx.execute("INSERT INTO \(identifier: table) VALUES (1)")
                _ = try? await tx.execute("INSERT INTO \(identifier: table) VALUES (1)")
            }
        }
        #expect(error?.sqlState == "23505")
        #expect(try await count(in: table) == 0)
    }

    @Test("A constraint that is checked at the commit refuses it")
    func deferredConstraintsSurface() async throws {
        let table = try await Scratch.table("id int UNIQUE DEFERRABLE INITIALLY DEFERRED")
        let error = await #expect(throws: DatabaseError.self) {
            try await database.withTransaction(as: .nobody) { tx in
                try await tx.execute("INSERT INTO \(identifier: table) VALUES (1), (1)")
            }
        }
        #expect(error?.sqlState == "23505")
    }

    @Test("A warning that a trigger raises at the commit does not make the commit doubtful")
    func warningsAreNoDoubt() async throws {
        let table = try await Scratch.table("id int")
        try await Scratch.run(
            """
            CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE WARNING 'at the commit'; RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON \(table) DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION warn();
            """)
        try await database.withTransaction(as: .nobody) { tx in
            try await tx.execute("INSERT INTO \(identifier: table) VALUES (1)")
        }
        #expect(try await count(in: table) == 1)
    }

    @Test("A transaction that the body itself ended is not called committed")
    func foreignRollbackIsNoticed() async throws {
        await #expect(throws: TransactionMisuse.ended) {
            try await database.withTransaction(as: .nobody) { tx in
                try await tx.query("SELECT 1")
                try await tx.execute("ROLLBACK")
            }
        }
    }

    @Test("The last statement commits in its own round trip")
    func lastCommits() async throws {
        let table = try await Scratch.table("id int")
        let committed = Atomic(false)
        try await database.withTransaction(as: .nobody) { tx in
            tx.onCommit { committed.store(true, ordering: .relaxed) }
            let rows = try await tx.last("INSERT INTO \(identifier: table) VALUES (7) RETURNING id")
            #expect(try rows.map { try $0.decode(Int.self) } == [7])
            #expect(try await count(in: table) == 1)
        }
        let hasRun = committed.load(ordering: .relaxed)
        #expect(hasRun)
    }

    @Test("Actions run after a commit, and never without one")
    func runsActions() async throws {
        struct Refused: Error {}
        let ran = Atomic(0)
        try await database.withTransaction(as: .nobody) { tx in
            tx.onCommit { ran.add(1, ordering: .relaxed) }
            try await tx.query("SELECT 1")
            let early = ran.load(ordering: .relaxed)
            #expect(early == 0)
        }
        await #expect(throws: Refused.self) {
            try await database.withTransaction(as: .nobody) { tx in
                tx.onCommit { ran.add(10, ordering: .relaxed) }
                try await tx.query("SELECT 1")
                throw Refused()
            }
        }
        let times = ran.load(ordering: .relaxed)
        #expect(times == 1)
    }

    @Test("A transaction that outlives its body is refused")
    func endedIsRefused() async throws {
        let leaked = try await database.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT 1")
            return tx
        }
        await #expect(throws: TransactionMisuse.ended) { try await leaked.query("SELECT 1") }
    }

    @Test("Two tasks in one transaction are refused, not mixed up")
    func concurrentUseIsRefused() async throws {
        try await database.withTransaction(as: .nobody) { tx in
            let statement: @Sendable () async -> TransactionMisuse? = {
                do { try await tx.query("SELECT pg_sleep(0.3)") } catch { return error as? TransactionMisuse }
                return nil
            }
            async let one = statement()
            async let other = statement()
            #expect(await Set([one, other]) == [nil, .concurrentUse])
        }
    }
}
