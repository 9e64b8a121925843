import FoundationEssentials
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite("A connection", .database, .serialized, .timeLimit(.minutes(10)))
struct ConnectionTests {
    @Test("A task that is cancelled cancels its statement on the server, and the connection lives on")
    func cancelsOnTheServer() async throws {
        try await Scratch.withDatabase(connections: 1) { database in
            let pid = try await Self.pid(of: database)
            let running: SQL = "SELECT query FROM pg_stat_activity WHERE pid = \(pid) AND state = 'active'"
            let sleeping = Task {
                try await database.withTransaction(as: .nobody) { tx in try await tx.query("SELECT pg_sleep(600)") }
            }
            try await Scratch.wait(until: ["SELECT pg_sleep(600)"], to: running)
            sleeping.cancel()
            await #expect(throws: CancellationError.self) { try await sleeping.value }
            #expect(try await Scratch.ask(String.self, running) == [])
            #expect(try await Self.pid(of: database) == pid)
        }
    }

    @Test("A statement that passes its deadline is cancelled on the server, and the connection lives on")
    func keepsTheDeadline() async throws {
        try await Scratch.withDatabase(connections: 1, statementDeadline: .seconds(1)) { database in
            let pid = try await Self.pid(of: database)
            await #expect(throws: DatabaseUnavailable.statementDeadline) {
                try await database.withTransaction(as: .nobody) { tx in try await tx.query("SELECT pg_sleep(600)") }
            }
            #expect(try await Self.pid(of: database) == pid)
        }
    }

    @Test("A backend that dies in a transaction is unreachable, and the next transaction gets another")
    func survivesABackend() async throws {
        try await Scratch.withDatabase(connections: 1) { database in
            let table = try await Scratch.table("id int")
            await #expect(throws: DatabaseUnavailable.unreachable) {
                try await database.withTransaction(as: .nobody) { tx in
                    try await tx.execute("INSERT INTO \(identifier: table) VALUES (1)")
                    let pid = try await tx.first("SELECT pg_backend_pid()")?.decode(Int.self) ?? 0
                    _ = try await Scratch.ask(Bool.self, "SELECT pg_terminate_backend(\(pid)::int, 5000)")
                    try await tx.query("SELECT 1")
                }
            }
            #expect(try await Self.pid(of: database) != 0)
            #expect(try await Scratch.ask(Int.self, "SELECT count(*) FROM \(identifier: table)") == [0])
        }
    }

    @Test("A backend that dies in a commit leaves the outcome unknown")
    func losesACommit() async throws {
        try await Scratch.withDatabase(connections: 1) { database in
            let table = try await Scratch.table("id int")
            // A deferred trigger holds the commit up until it is killed.
            try await Scratch.run(
                """
                CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_sleep(600); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER hold_up AFTER INSERT ON \(table) DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION hold_up();
                """)
            let pid = try await Self.pid(of: database)
            let committing = Task {
                try await database.withTransaction(as: .nobody) { tx in
                    try await tx.execute("INSERT INTO \(identifier: table) VALUES (1)")
                }
            }
            try await Scratch.wait(
                until: ["COMMIT"], to: "SELECT query FROM pg_stat_activity WHERE pid = \(pid) AND state = 'active'")
            // A commit is not cancelled with its task.
            committing.cancel()
            _ = try await Scratch.ask(Bool.self, "SELECT pg_terminate_backend(\(pid)::int, 5000)")
            await #expect(throws: DatabaseUnavailable.outcomeUnknown) { try await committing.value }
            #expect(try await Self.pid(of: database) != pid)
        }
    }

    @Test("Of backends that die while they are written to each transaction is told once")
    func breaksUnderTheSender() async throws {
        try await Scratch.withDatabase(connections: 16) { database in
            let backends = Backends()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 { group.addTask { try await backends.note(from: database) } }
                for _ in 0..<40 {
                    let dying = try await backends.take(8)
                    _ = try await Scratch.ask(
                        Int.self, "SELECT count(pg_terminate_backend(pid)) FROM unnest(\(dying)::int[]) pid")
                }
                backends.isOver.withLock { $0 = true }
                try await group.waitForAll()
            }
            // The last that died may still be in the pool.
            try await wait(for: "a live connection") { (try? await Self.pid(of: database)) != nil }
            let (asked, answered, told) = backends.counts.withLock { $0 }
            #expect(told > 0 && answered > 0 && asked == answered + told)
        }
    }

    /// The server's processes that answered.
    private final class Backends: Sendable {
        let isOver = Mutex(false)
        /// Transactions, and of these who had an answer and who was told that there is none.
        let counts = Mutex((asked: 0, answered: 0, told: 0))
        private let known = Mutex<Set<Int32>>([])

        /// Asks for them until it is over. A second answer to one question would end the process.
        func note(from database: Database) async throws {
            while !isOver.withLock({ $0 }) {
                try Task.checkCancellation()
                counts.withLock { $0.asked += 1 }
                do {
                    let pid = try await database.withTransaction(as: .nobody) { tx in
                        try await tx.first("SELECT pg_backend_pid()")?.decode(Int32.self)
                    }
                    counts.withLock { $0.answered += 1 }
                    if let pid { known.withLock { _ = $0.insert(pid) } }
                } catch is DatabaseUnavailable {
                    counts.withLock { $0.told += 1 }
                }
            }
        }

        /// Waits until so many are known, and forgets them.
        func take(_ count: Int) async throws -> [Int32] {
            try await wait(for: "\(count) connections") { known.withLock { $0.count } >= count }
            return known.withLock { known in
                defer { known = [] }
                return Array(known)
            }
        }
    }

    @Test("An idle connection that dies is replaced without anybody's noticing")
    func replacesIdle() async throws {
        try await Scratch.withDatabase(connections: 1) { database in
            let pid = try await Self.pid(of: database)
            _ = try await Scratch.ask(Bool.self, "SELECT pg_terminate_backend(\(pid)::int, 5000)")
            try await wait(for: "the connection to close") { database.load.open == 0 }
            #expect(try await Self.pid(of: database) != pid)
        }
    }

    @Test("More statements than are kept prepared still run")
    func boundsPreparedStatements() async throws {
        try await Scratch.withDatabase(connections: 1) { database in
            for number in 0..<300 {
                let columns = (0...number % 300).reduce("1" as SQL) { sql, _ in sql + " + 1" }
                let sum = try await database.withTransaction(as: .nobody) { tx in
                    try await tx.first("SELECT \(fragment: columns)")?.decode(Int.self)
                }
                #expect(sum == number % 300 + 2)
            }
            let kept = try await database.withTransaction(as: .nobody) { tx in
                try await tx.first("SELECT count(*) FROM pg_prepared_statements")?.decode(Int.self)
            }
            #expect((200...258).contains(kept ?? 0))
        }
    }

    @Test("A table that changed its shape beneath a prepared statement costs one error, not every one after")
    func preparesAnew() async throws {
        let table = try await Scratch.table("id int")
        try await Scratch.withDatabase(connections: 1) { database in
            let read: SQL = "SELECT * FROM \(identifier: table)"
            try await database.withTransaction(as: .nobody) { tx in try await tx.query(read) }
            try await Scratch.run("ALTER TABLE \(table) ADD COLUMN name text")
            await #expect(throws: DatabaseUnavailable.unreachable) {
                try await database.withTransaction(as: .nobody) { tx in try await tx.query(read) }
            }
            try await database.withTransaction(as: .nobody) { tx in try await tx.query(read) }
        }
    }

    @Test("An answer and a question larger than any buffer arrive whole")
    func movesMuch() async throws {
        let bytes = [UInt8](repeating: 7, count: 12_000_000)
        let back = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT \(bytes) || '\\x01'::bytea")?.decode([UInt8].self)
        }
        #expect(back == bytes + [1])
    }

    private static func pid(of database: Database) async throws -> Int {
        try await database.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT pg_backend_pid()")?.decode(Int.self) ?? 0
        }
    }
}
