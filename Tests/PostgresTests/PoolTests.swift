import FoundationEssentials
import Postgres
import TestSupport
import Testing

@Suite("A pool", .database, .serialized, .timeLimit(.minutes(5)))
struct PoolTests {
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
                try await TestSupport.wait(for: "the second transaction to wait") { database.load.waiting > 0 }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                #expect(database.load.waiting == 0)
            }
        }
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
}
