import Clinic
import Outbox
import Postgres
import Scheduling

/// Offers what somebody gave up to who waits for it, and tells who waits of what is open to everybody. The rows of `freed`,
/// written with what changed, say where to look, and when; the database goes down the line.
struct WaitlistRounds: Sendable {
    let database: Database
    let outbox: Outbox
    /// For how long an opening is offered.
    let offersLast: Duration

    /// A line that cannot be served stops no other.
    /// - Returns: how many were made an offer.
    /// - Throws: the first error, after all lines were tried; at once where the database is away.
    @discardableResult
    func run(limit: Int = 100) async throws -> Int {
        let specialists = try await database.withTransaction(as: .nobody) { tx in
            // In any order: those whose lines cannot be served do not take all places of a round.
            try await tx.query(
                """
                SELECT specialist_id FROM (
                    SELECT DISTINCT specialist_id FROM consilium.waitlist_signal WHERE due_at <= now()) f
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
