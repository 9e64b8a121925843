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

    /// Keeps the pool until the task is cancelled, then refuses new transactions and waits for those under way.
    /// - Throws: `InvalidConninfo` at once.
    package func run() async throws {
        _ = try Conninfo(settings)
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        for await _ in stream {}
        withExtendedLifetime(continuation) {}
        await close()
    }

    /// Opens every connection that there may be, and has each run these statements before anybody borrows it; their
    /// changes are taken back. Those that are opened later run them, too. Returns when all are open, or after `patience`
    /// at the latest with the attempt that was under way then.
    package func warmUp(by statements: [SQL], patience: Duration) async {
        let end = ContinuousClock.now + patience
        repeat {
            await pool.fill(warmingUpBy: statements)
            if load.open >= load.limit || Task.isCancelled { return }
            // The server may be starting, too.
            try? await Task.sleep(for: PoolState.pauseBetweenFillings)
        } while .now < end
    }

    /// Refuses new transactions, waits for those under way, and closes all connections.
    package func close() async {
        await pool.shutDown()
    }

    /// Runs `body` in a transaction for `actor` and commits, or takes everything back when it throws.
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

    /// Takes back what a transaction did, and gives its connection back unless it is of no use to anybody.
    private func end(_ transaction: Transaction, of lease: Pool.Lease, after error: any Error) async {
        if error as? DatabaseUnavailable == .readOnly { lease.connection.close() }
        await transaction.rollBack()
        pool.release(lease)
    }

    /// Notifies who listens to `channel`, outside of any transaction. A notification may be lost.
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

    /// Payloads of the notifications on `channel`, over a connection of its own that is made anew whenever it breaks.
    /// An empty payload says that the connection was just made: look yourself, something may have been missed.
    package func listen(to channel: String) -> AsyncStream<String> {
        Listener.stream(of: channel, settings: settings, logger: logger)
    }
}
