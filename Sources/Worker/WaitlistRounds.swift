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

    /// - Returns: how many were made an offer.
    @discardableResult
    func run(limit: Int = 100) async throws -> Int {
        let specialists = try await database.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT DISTINCT specialist_id FROM consilium.freed WHERE look_at <= now() LIMIT \(limit)
                """
            ).map { try $0.decode(AccountID.self) }
        }
        var count = 0
        for specialist in specialists {
            count += try await database.withTransaction(as: .nobody) { tx in
                try await Scheduler.serveWaitlist(of: specialist, lasts: offersLast, outbox: outbox, in: tx)
            }
        }
        return count
    }
}
