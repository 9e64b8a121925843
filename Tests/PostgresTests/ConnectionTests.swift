import FoundationEssentials
import Postgres
import TestSupport
import Testing

@Suite("Connections", .database, .serialized)
struct ConnectionTests {
    @Test("Sixty-four tasks share few connections, and every one of them gets its own answer")
    func shares() async throws {
        let table = try await Scratch.table("id int PRIMARY KEY, hits int")
        try await Scratch.run("INSERT INTO \(table) VALUES (1, 0)")
        try await Scratch.withDatabase(connections: 4) { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        for round in 0..<10 {
                            let value = number * 100 + round
                            let echoed = try await database.withTransaction(as: .nobody) { tx in
                                _ = tx.enqueue("UPDATE \(identifier: table) SET hits = hits + 1 WHERE id = 1")
                                return try await tx.first("SELECT \(value)")?.decode(Int.self)
                            }
                            #expect(echoed == value)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(database.load.open <= 4)
        }
        #expect(try await Scratch.ask(Int.self, "SELECT hits FROM \(identifier: table)") == [640])
    }

    @Test("Statements that wait on the server overlap, and leave the cooperative threads free")
    func doesNotBlock() async throws {
        try await Scratch.withDatabase(connections: 20) { database in
            // Twenty transactions meet on the server: each goes on only when all twenty are there, which they could
            // never be if each held one of the cooperative threads, there being fewer of those.
            let meeting = "meeting"
            try await Scratch.run("CREATE SEQUENCE \(meeting); GRANT ALL ON SEQUENCE \(meeting) TO PUBLIC")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await database.withTransaction(as: .nobody) { tx in
                            try await tx.query("SELECT nextval(\(meeting)::regclass)")
                            try await tx.query(
                                """
                                DO $$ BEGIN
                                WHILE (SELECT last_value FROM meeting) < 20 LOOP PERFORM pg_sleep(0.01); END LOOP;
                                END $$
                                """)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(database.load.open == 20)
        }
    }

    @Test("Who waits for longer than the deadline is told that the pool is busy")
    func refusesWhenBusy() async throws {
        try await Scratch.withDatabase(connections: 1, waitDeadline: .seconds(1)) { database in
            try await database.withTransaction(as: .nobody) { tx in
                try await tx.query("SELECT 1")
                await #expect(throws: DatabaseUnavailable.busy) {
                    try await database.withTransaction(as: .nobody) { other in try await other.query("SELECT 2") }
                }
            }
            try await database.withTransaction(as: .nobody) { tx in try await tx.query("SELECT 3") }
        }
    }

    @Test("A task that is cancelled while it waits stops waiting")
    func cancelsTheWait() async throws {
        try await Scratch.withDatabase(connections: 1) { database in
            try await database.withTransaction(as: .nobody) { tx in
                try await tx.query("SELECT 1")
                let waiting = Task {
                    try await database.withTransaction(as: .nobody) { other in try await other.query("SELECT 2") }
                }
                while database.load.waiting == 0 { await Task.yield() }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                #expect(database.load.waiting == 0)
            }
        }
    }

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

    @Test("An idle connection that dies is replaced without anybody's noticing")
    func replacesIdle() async throws {
        try await Scratch.withDatabase(connections: 1) { database in
            let pid = try await Self.pid(of: database)
            _ = try await Scratch.ask(Bool.self, "SELECT pg_terminate_backend(\(pid)::int, 5000)")
            while database.load.open > 0 { await Task.yield() }
            #expect(try await Self.pid(of: database) != pid)
        }
    }

    @Test("More statements than are kept prepared still run", arguments: [true, false])
    func boundsPreparedStatements(isPrepared: Bool) async throws {
        try await Scratch.withDatabase(connections: 1, preparedStatements: isPrepared) { database in
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
            #expect(isPrepared ? (200...258).contains(kept ?? 0) : kept == 0)
        }
    }

    @Test("A table that changed its shape beneath a prepared statement costs one error, not every one after")
    func preparesAnew() async throws {
        let table = try await Scratch.table("id int")
        try await Scratch.withDatabase(connections: 1) { database in
            let read: SQL = "SELECT * FROM \(identifier: table)"
            try await database.withTransaction(as: .nobody) { tx in try await tx.query(read) }
            try await Scratch.run("ALTER TABLE \(table) ADD COLUMN name text")
            _ = try? await database.withTransaction(as: .nobody) { tx in try await tx.query(read) }
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

    @Test("A server that is not there is unreachable at the deadline")
    func isUnreachable() async throws {
        let database = Database(
            .init(conninfo: "host=/nonexistent dbname=none", waitDeadline: .seconds(1)),
            logger: TestDatabase.current.logger)
        await #expect(throws: DatabaseUnavailable.unreachable) {
            try await database.withTransaction(as: .nobody) { tx in try await tx.query("SELECT 1") }
        }
        await database.close()
    }

    @Test("A pool that was told to stop refuses new work and ends")
    func stops() async throws {
        let database = Database(TestDatabase.current.superuser, logger: TestDatabase.current.logger)
        let running = Task { try await database.run() }
        try await database.withTransaction(as: .nobody) { tx in try await tx.query("SELECT 1") }
        running.cancel()
        try await running.value
        await #expect(throws: DatabaseUnavailable.unreachable) {
            try await database.withTransaction(as: .nobody) { tx in try await tx.query("SELECT 1") }
        }
    }

    @Test("A setting that libpq cannot read is refused without its text")
    func refusesNonsense() async throws {
        let database = Database(.init(conninfo: "no such = thing = password"), logger: TestDatabase.current.logger)
        await #expect(throws: InvalidConninfo()) { try await database.run() }
    }

    private static func pid(of database: Database) async throws -> Int {
        try await database.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT pg_backend_pid()")?.decode(Int.self) ?? 0
        }
    }
}
