import FoundationEssentials
import Postgres
import TestSupport

/// Things that a test makes for itself.
enum Scratch {
    /// Makes a table under a fresh name and returns the name.
    static func table(_ columns: String) async throws -> String {
        let name = "scratch_\(UUID().uuidString.prefix(8).lowercased())"
        try await run("CREATE TABLE \(name) (\(columns)); GRANT ALL ON \(name) TO PUBLIC")
        return name
    }

    /// Runs a script as the superuser.
    static func run(_ script: String) async throws {
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) { session in
            try await session.run(script: script)
        }
    }

    /// Asks as the superuser.
    static func ask<Value: SQLDecodable>(_ type: Value.Type, _ sql: SQL) async throws -> [Value] {
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) { session in
            try await session.query(sql).map { try $0.decode(type) }
        }
    }

    /// Waits until a question has this answer.
    static func wait<Value: SQLDecodable & Equatable>(until answer: [Value], to sql: SQL) async throws {
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) { session in
            try await TestSupport.wait(for: "\(answer)") {
                try await session.query(sql).map { try $0.decode(Value.self) } == answer
            }
        }
    }

    /// A pool of its own on the suite's database, closed at the end.
    @discardableResult
    static func withDatabase<Value: Sendable>(
        connections: Int = 2, waitDeadline: Duration = .seconds(60), statementDeadline: Duration? = .seconds(60),
        _ body: (Database) async throws -> Value
    ) async throws -> Value {
        try await Database.with(
            .init(
                conninfo: TestDatabase.current.conninfo(as: "consilium_owner"), connections: connections,
                waitDeadline: waitDeadline, statementDeadline: statementDeadline),
            logger: TestDatabase.current.logger, body)
    }
}
