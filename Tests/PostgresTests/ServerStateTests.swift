import Postgres
import TestSupport
import Testing

@testable import Postgres

@Suite("Not now, or not here", .database, .timeLimit(.minutes(5)))
struct ServerStateTests {
    /// A pool on the suite's database with more in its connection string.
    private func with(_ more: String, _ body: (Database) async throws -> Void) async throws {
        let database = Database(
            .init(
                conninfo: "\(TestDatabase.current.conninfo(as: "consilium_owner")) \(more)", connections: 1,
                waitDeadline: .seconds(2)),
            logger: TestDatabase.current.logger)
        try await body(database)
        await database.close()
    }

    private static let isReadOnly = "options='-c default_transaction_read_only=on'"

    private func pid(_ database: Database) async throws -> Int? {
        try await database.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT pg_backend_pid()")?.decode(Int.self)
        }
    }

    @Test("A server that takes no writes is told from a fault, and its connection is not used again")
    func readOnly() async throws {
        let table = try await Scratch.table("id int")
        try await with(Self.isReadOnly) { database in
            let before = try await pid(database)
            await #expect(throws: DatabaseUnavailable.readOnly) {
                try await database.withTransaction(as: .nobody) { tx in
                    try await tx.execute("INSERT INTO \(identifier: table) VALUES (1)")
                }
            }
            #expect(try await pid(database) != before)
        }
    }

    @Test("Of several hosts only one that takes writes will do, unless something else is asked for")
    func wantsWrites() async throws {
        let folder = try #require(
            TestDatabase.current.superuser.conninfo.split(separator: " ").first { $0.hasPrefix("host=") })
        let both = "\(folder),\(folder.dropFirst(5)) \(Self.isReadOnly)"
        try await with(both) { database in
            await #expect(throws: DatabaseUnavailable.unreachable) { try await pid(database) }
        }
        for conninfo in ["\(both) target_session_attrs=any", Self.isReadOnly] {
            try await with(conninfo) { database in
                let answered = try await pid(database)
                #expect(answered != nil)
            }
        }
    }

    @Test(
        "What says nothing about the statement is not taken for a fault of it",
        arguments: [
            ("08000", DatabaseUnavailable.unreachable), ("08006", .unreachable), ("08P01", .unreachable),
            ("57P01", .unreachable), ("57P02", .unreachable), ("57P03", .unreachable), ("57P04", .unreachable),
            ("57P05", .unreachable), ("25006", .readOnly), ("57014", .statementDeadline), ("26000", .unreachable),
        ])
    func meanings(sqlState: String, meaning: DatabaseUnavailable) async throws {
        try await with("") { database in
            await #expect(throws: meaning) { try await raise(sqlState, in: database) }
        }
    }

    @Test(
        "A server in trouble is told from a statement that is wrong", arguments: ["53100", "53200", "58030", "55P03"])
    func trouble(sqlState: String) async throws {
        try await with("") { database in
            let error = await #expect(throws: DatabaseError.self) { try await raise(sqlState, in: database) }
            #expect(error?.isServerFault == true)
        }
    }

    @Test("A statement that is wrong stays an error of its own", arguments: ["0A000", "22012", "XX000", "42703"])
    func faults(sqlState: String) async throws {
        try await with("") { database in
            let error = await #expect(throws: DatabaseError.self) { try await raise(sqlState, in: database) }
            #expect(error?.isServerFault == false && error?.sqlState == sqlState)
        }
    }

    @Test("A commit may have happened when the server says that it does not know", arguments: ["08007", "40003"])
    func openCommit(sqlState: String) async throws {
        let table = try await Scratch.table("id int")
        try await Scratch.run(
            """
            CREATE FUNCTION fail_\(table)() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '\(sqlState)'; END $$;
            CREATE CONSTRAINT TRIGGER fails AFTER INSERT ON \(table) DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION fail_\(table)();
            """)
        try await with("") { database in
            await #expect(throws: DatabaseUnavailable.outcomeUnknown) {
                try await database.withTransaction(as: .nobody) { tx in
                    try await tx.execute("INSERT INTO \(identifier: table) VALUES (1)")
                }
            }
        }
    }

    private func raise(_ sqlState: String, in database: Database) async throws {
        try await database.withTransaction(as: .nobody) { tx in
            let body = "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '\(sqlState)'; END $$"
            try await tx.execute(SQL(stringLiteral: body))
        }
    }
}
