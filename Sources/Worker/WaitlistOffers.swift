import Clinic
import Outbox
import Postgres
import Scheduling

/// Offers openings that became free to those who wait for them, and tells those who wait of openings that everybody can
/// book. The rows of `freed` say for which specialists to look, and when; a database function chooses among those who wait.
struct WaitlistOffers: Sendable {
    let database: Database
    let outbox: Outbox
    /// For how long an opening is offered.
    let offersLast: Duration

    /// A failure with one specialist does not stop the others.
    /// - Returns: how many offers were made.
    /// - Throws: the first error, after all specialists were tried; at once when the database is away.
    @discardableResult
    func run(limit: Int = 100) async throws -> Int {
        let specialists = try await database.withTransaction(as: .nobody) { tx in
            // In random order, so that specialists with whom it fails do not fill every round.
            try await tx.query(
                """
                SELECT specialist_id FROM (
                    SELECT DISTINCT specialist_id FROM consilium.freed WHERE look_at <= now()) f
                ORDER BY random() LIMIT \(limit)
                """
            ).map { try $0.decode(AccountID.self) }
        }
        var count = 0
        var failure: (any Error)?
        for specialist in specialists {
            do {
                count += try await database.withTransaction(as: .nobody) { tx in
                    try await Scheduler.serveWaitlist(of: specialist, lasts: offersLast, outbox: outbox, in: tx)
                }
            } catch let error as DatabaseUnavailable where error != .statementDeadline {
                throw error
            } catch {
                try Task.checkCancellation()
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return count
    }
}
