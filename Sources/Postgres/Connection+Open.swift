import Logging

extension Connection {
    /// Opens a connection that no pool owns, on a thread of its own. Whoever opened it closes it.
    /// - Throws: `InvalidConninfo`, `DatabaseUnavailable.unreachable`.
    static func open(
        _ settings: Database.Settings, logger: Logger, onNotification: @escaping @Sendable (String) -> Void = { _ in },
        onClose: @escaping @Sendable () -> Void = {}
    ) async throws -> Connection {
        let conninfo = try Conninfo(settings)
        return try await BlockingThread("connect").run {
            try Connection(
                conninfo, prepares: false, logger: logger, onNotification: onNotification, onClose: onClose)
        }
    }

    /// Runs one statement outside of any transaction, or inside of one that a script began.
    @discardableResult
    func query(_ sql: SQL, deadline: Duration? = nil) async throws -> [Row] {
        let statement = Statement(sql)
        try await run(Batch(statements: [statement], deadline: deadline))
        return try statement.answered().rows
    }
}
