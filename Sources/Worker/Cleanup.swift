import Outbox
import Postgres

/// Deletes what has expired: kept replies after 24 hours (P3), done jobs after a week and buried ones after a quarter, rate
/// buckets after a day without use, and what `delete_expired_identity` deletes of accounts.
///
/// Each batch has a transaction of its own, so that no statement exceeds its deadline, however many rows there are.
struct Cleanup: Sendable {
    let database: Database
    let outbox: Outbox

    private static let batch = 1000

    func run() async throws {
        try await inBatches { tx in
            try await tx.execute(
                """
                DELETE FROM consilium.idempotency_key WHERE created_at <= (
                    SELECT max(created_at) FROM (
                        SELECT created_at FROM consilium.idempotency_key WHERE created_at < now() - interval '24 hours'
                        ORDER BY created_at LIMIT \(Self.batch)) oldest)
                """)
        }
        try await inBatches { tx in
            try await tx.execute(
                """
                DELETE FROM consilium.rate_bucket WHERE bucket IN (
                    SELECT bucket FROM consilium.rate_bucket WHERE changed_at < now() - interval '1 day'
                    LIMIT \(Self.batch)) AND changed_at < now() - interval '1 day'
                """)
        }
        try await inBatches { tx in
            try await tx.first("SELECT consilium.delete_expired_identity(\(Int32(Self.batch)))")?.decode(Int.self) ?? 0
        }
        try await inBatches { tx in
            try await outbox.clean(done: .seconds(7 * 86_400), buried: .seconds(90 * 86_400), limit: Self.batch, in: tx)
        }
    }

    /// - Parameter remove: returns how many rows it deleted; fewer than a batch means that none is left.
    private func inBatches(_ remove: @escaping @Sendable (Transaction) async throws -> Int) async throws {
        var count = Self.batch
        while count >= Self.batch, !Task.isCancelled {
            count = try await database.withTransaction(as: .nobody) { tx in try await remove(tx) }
        }
    }
}
