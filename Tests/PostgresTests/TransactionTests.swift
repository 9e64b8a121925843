import FoundationEssentials
import Postgres
import TestSupport
import Testing

@Suite("A transaction", .database)
struct TransactionTests {
    let database = TestDatabase.current.owner

    @Test("What a transaction wrote is there once it has committed")
    func commits() async throws {
        let table = try await Scratch.table("id int PRIMARY KEY, name text")
        try await database.withTransaction(as: .nobody) { tx in
            try await tx.execute("INSERT INTO \(identifier: table) VALUES (\(1), \("one"))")
        }
        let name = try await database.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT name FROM \(identifier: table) WHERE id = \(1)")?.decode(String.self)
        }
        #expect(name == "one")
    }
}

/// Tables that a test makes for itself.
enum Scratch {
    /// Makes a table under a fresh name and returns the name.
    static func table(_ columns: String) async throws -> String {
        let name = "scratch_\(UUID().uuidString.prefix(8).lowercased())"
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) { session in
            try await session.run(script: "CREATE TABLE \(name) (\(columns)); GRANT ALL ON \(name) TO PUBLIC")
        }
        return name
    }
}
