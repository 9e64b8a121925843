package import Logging

/// PostgreSQL, through a bounded pool of connections. They are opened when they are first needed.
package struct Database: Sendable {
    package let settings: Settings
    private let logger: Logger
    private let pool: Pool

    package init(_ settings: Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
        pool = Pool(settings, logger: logger)
    }

    /// Runs `body` over a database of its own, and closes that at the end.
    @discardableResult
    nonisolated(nonsending)
        package static func with<Value: Sendable>(
            _ settings: Settings, logger: Logger, _ body: nonisolated(nonsending) (Database) async throws -> Value
        ) async throws -> Value
    {
        let database = Database(settings, logger: logger)
        do {
            let value = try await body(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }

    /// Keeps the pool until the task is cancelled, then refuses new transactions and waits for those under way.
    /// - Throws: `InvalidConninfo` at once.
    package func run() async throws {
        _ = try Conninfo(settings)
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        for await _ in stream {}
        withExtendedLifetime(continuation) {}
        await close()
    }

    /// Opens as many connections as there may be. Each, also one that is opened later, runs these statements before anybody
    /// borrows it, and rolls them back. Returns when all are open, or with the attempt that is under way after `patience`.
    package func warmUp(by statements: [SQL], patience: Duration) async {
        let end = ContinuousClock.now + patience
        repeat {
            await pool.fill(warmingUpBy: statements)
            if load.open >= load.limit || Task.isCancelled { return }
            // The server may be starting.
            try? await Task.sleep(for: PoolState.pauseBetweenFillings)
        } while .now < end
    }

    /// Refuses new transactions, waits for those under way, and closes all connections.
    package func close() async {
        await pool.shutDown()
    }

    /// Runs `body` in a transaction for `actor` and commits, or rolls back when it throws.
    /// - Throws: what `body` throws; `DatabaseUnavailable.outcomeUnknown` when the commit was not answered;
    ///   `DatabaseUnavailable.busy` when no connection came free in time.
    @discardableResult
    nonisolated(nonsending)
        package func withTransaction<Value: Sendable>(
            as actor: Actor, _ body: nonisolated(nonsending) (Transaction) async throws -> Value
        ) async throws -> Value
    {
        let lease = try await pool.lease()
        let transaction = Transaction(on: lease.connection, as: actor, deadline: settings.statementDeadline)
        let value: Value
        do {
            value = try await body(transaction)
        } catch {
            await end(transaction, of: lease, after: error)
            // `last` may have committed before the body threw.
            for action in transaction.actionsAfterCommit { await action() }
            for action in transaction.actionsAfterRollback { await action() }
            throw error
        }
        do {
            try await transaction.commit()
        } catch {
            await end(transaction, of: lease, after: error)
            for action in transaction.actionsAfterCommit { await action() }
            throw error
        }
        pool.release(lease)
        for action in transaction.actionsAfterCommit { await action() }
        return value
    }

    /// Rolls a transaction back, and releases its connection.
    private func end(_ transaction: Transaction, of lease: Pool.Lease, after error: any Error) async {
        if error as? DatabaseUnavailable == .readOnly { lease.connection.close() }
        await transaction.rollBack()
        pool.release(lease)
    }

    /// Notifies the listeners on `channel`, outside of any transaction. A notification may be lost.
    package func notify(_ channel: String, payload: String = "") async throws {
        let lease = try await pool.lease()
        defer { pool.release(lease) }
        try await lease.connection.query(
            "SELECT pg_notify(\(channel)::text, \(payload)::text)", deadline: settings.statementDeadline)
    }

    /// How much of the pool is in use.
    package var load: Load { pool.load }

    /// How much of a pool is in use.
    package struct Load: Sendable, Equatable {
        /// The most connections that there may be.
        package let limit: Int
        /// Connections that are open or being opened.
        package let open: Int
        /// Connections that a transaction holds.
        package let busy: Int
        /// Transactions that wait for a connection.
        package let waiting: Int
    }

    /// The payloads of the notifications on `channel`, over a connection of its own that is replaced whenever it breaks. An
    /// empty payload means that notifications may have been missed, as at the beginning of each connection.
    package func listen(to channel: String) -> AsyncStream<String> {
        Listener.stream(of: channel, settings: settings, logger: logger)
    }
}
