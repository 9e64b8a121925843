import Clinic
package import Postgres

extension TestDatabase {
    /// Nobody waited for the transaction in time.
    struct NoLockWaiter: Error {}

    /// Runs `first` in a transaction as the schema's owner, begins `second` beside it, waits until a statement of the
    /// second waits for a lock of the first, and commits the first.
    /// - Returns: what became of the second.
    /// - Throws: where nothing waits within ten seconds.
    package func race<Value: Sendable>(
        _ first: @Sendable (Transaction) async throws -> Void, then second: @escaping @Sendable () async throws -> Value
    ) async throws -> Result<Value, any Error> {
        let running = try await owner.withTransaction(as: .nobody) { tx in
            try await first(tx)
            guard let pid = try await tx.first("SELECT pg_backend_pid()")?.decode(Int.self) else {
                throw NoLockWaiter()
            }
            let running = Task { try await second() }
            let end = ContinuousClock.now + .seconds(10)
            while try await !blocks(pid) {
                guard ContinuousClock.now < end else {
                    _ = await running.result
                    throw NoLockWaiter()
                }
            }
            return running
        }
        return await running.result
    }

    private func blocks(_ pid: Int) async throws -> Bool {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT FROM pg_stat_activity a WHERE \(pid) = ANY (pg_blocking_pids(a.pid)) LIMIT 1")
        } != nil
    }
}
