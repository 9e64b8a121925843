package import Logging

/// One connection outside of the pool, for what a transaction cannot do: `CREATE DATABASE`, scripts, session locks.
package struct Session: Sendable {
    let connection: Connection

    /// Connects, runs `body`, and closes the connection. Statements have no deadline.
    /// - Throws: `InvalidConninfo`, `DatabaseUnavailable.unreachable`, what `body` throws.
    nonisolated(nonsending)
        package static func with<Value: Sendable>(
            _ settings: Database.Settings, logger: Logger,
            _ body: nonisolated(nonsending) (Session) async throws -> Value
        ) async throws -> Value
    {
        var settings = settings
        settings.statementDeadline = nil
        let connection = try await Connection.open(settings, logger: logger)
        defer { connection.close() }
        return try await body(Session(connection: connection))
    }

    /// Runs a text of one or many statements that take no parameters. Many run in one transaction unless the text
    /// says otherwise; `CREATE DATABASE` must come alone.
    package func run(script: String) async throws {
        try await connection.runScript(script)
    }

    /// Runs one statement: on its own, or inside of the transaction that a script began.
    @discardableResult
    package func query(_ sql: SQL) async throws -> [Row] {
        try await connection.query(sql)
    }
}
