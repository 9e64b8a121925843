import Clinic
package import Postgres

extension MatchingService {
    /// Ends offers whose time is over and asks the next one on each menu. The worker calls it, as `consilium_worker`
    /// and without an actor. Offers that are being answered right now are left for the next round.
    /// - Parameter limit: the most offers of this transaction.
    /// - Returns: how many lapsed.
    @discardableResult
    package func lapseOffers(limit: Int = 20, in tx: Transaction) async throws -> Int {
        let due = try await tx.query(
            """
            SELECT id, case_id, match_id, specialist_id FROM consilium.offer
            WHERE state = 'waiting' AND expires_at <= clock_timestamp()
            ORDER BY expires_at, id LIMIT \(limit) FOR NO KEY UPDATE SKIP LOCKED
            """
        ).map { try $0.decode(OfferID.self, CaseID.self, MatchID.self, AccountID.self) }
        for (id, caseID, matchID, specialist) in due.sorted(by: { $0.1 < $1.1 }) {
            _ = try await lockCase(caseID, in: tx)
            try await tx.execute(
                "UPDATE consilium.offer SET state = 'lapsed', decided_at = clock_timestamp() WHERE id = \(id)")
            try await offerToNext(EndedOffer(caseID: caseID, matchID: matchID, specialist: specialist), in: tx)
        }
        return due.count
    }
}
