package import Clinic
import Outbox
package import Postgres

extension MatchingService {
    /// Withdraws a waiting offer. The case becomes `ready` again, for another lane or another specialist, and a
    /// coordinator gets a task to go on with it. The candidate, the patient's side and the coordinators are told.
    /// - Throws: `MatchingRefusal.notFound`, `.notAllowed`, `.offerClosed`.
    package func withdraw(_ id: OfferID, by caller: Caller, in tx: Transaction) async throws -> Offer {
        guard let seen = try await offers("id = \(id)", in: tx).first else { throw MatchingRefusal.notFound }
        try await requirePart(of: caller, in: seen.case, oneOf: MatchingService.patientSide, in: tx)
        // Locks the offer, then its case, as an answer does. The caller may not lock an offer that no longer waits.
        try await tx.execute("SELECT FROM consilium.offer WHERE id = \(id) AND state = 'waiting' FOR NO KEY UPDATE")
        _ = try await lockCase(seen.case, in: tx)
        let withdrawn = try await tx.execute(
            """
            UPDATE consilium.offer SET state = 'withdrawn', decided_at = clock_timestamp()
            WHERE id = \(id) AND state = 'waiting'
            """)
        guard let offer = try await offers("id = \(id)", in: tx).first else { throw MatchingRefusal.notFound }
        guard withdrawn == 1 else { throw MatchingRefusal.offerClosed(offer.state) }
        try await tx.execute(
            """
            UPDATE consilium.case_part SET until = clock_timestamp()
            WHERE case_id = \(offer.case) AND account_id = \(offer.specialist) AND part = 'candidate' AND until IS NULL
            """)
        try await move(offer.case, to: .ready, in: tx)
        try await askForRescue(of: offer.case, in: tx)
        try await outbox.tell(
            .offerWithdrawn(offer.case, id), [.candidate, .patient, .caregiver, .coordinator], of: offer.case,
            except: caller.account, in: tx)
        return offer
    }
}
