import Clinic
package import Postgres

extension TestDatabase {
    /// Runs `first` in a transaction as the schema's owner, begins `second` beside it, waits until a statement of the
    /// second waits for a lock of the first, and commits the first.
    /// - Returns: what became of the second.
    /// - Throws: `WaitedTooLong` where nothing waits.
    package func race<Value: Sendable>(
        _ first: @Sendable (Transaction) async throws -> Void, then second: @escaping @Sendable () async throws -> Value
    ) async throws -> Result<Value, any Error> {
        let running = try await owner.withTransaction(as: .nobody) { tx in
            try await first(tx)
            let pid = try await tx.query("SELECT pg_backend_pid()")[0].decode(Int.self)
            let running = Task { try await second() }
            do {
                try await wait(for: "a statement that waits for the first transaction") { try await blocks(pid) }
            } catch {
                running.cancel()
                throw error
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
