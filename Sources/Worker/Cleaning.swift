import Outbox
import Postgres

/// Removes what has had its time: kept replies after 24 hours (P3), jobs that are done after a week and buried ones
/// after a quarter, rate buckets that nobody drew from for a day, and of
/// accounts what `sweep_identity` says.
struct Cleaning: Sendable {
    let database: Database
    let outbox: Outbox

    private static let batch = 1000

    func run() async throws {
        try await database.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                "DELETE FROM consilium.idempotency_key WHERE created_at < now() - interval '24 hours'")
        }
        try await database.withTransaction(as: .nobody) { tx in
            try await tx.execute("DELETE FROM consilium.rate_bucket WHERE changed_at < now() - interval '1 day'")
        }
        try await database.withTransaction(as: .nobody) { tx in
            _ = try await tx.query("SELECT consilium.sweep_identity()")
        }
        var count = Self.batch
        while count == Self.batch {
            count = try await database.withTransaction(as: .nobody) { tx in
                try await outbox.clean(
                    done: .seconds(7 * 86_400), buried: .seconds(90 * 86_400), limit: Self.batch, in: tx)
            }
        }
    }
}
