package import Clinic
import FoundationEssentials
import Outbox
package import Postgres

extension MatchingService {
    /// The candidate accepts the case and becomes its specialist.
    /// - Throws: `MatchingRefusal.notFound`, `.offerClosed`, `.offerExpired`, `.consentMissing`, `.capacityReached`,
    ///   `.laneClosed`.
    package func accept(_ id: OfferID, by caller: Caller, in tx: Transaction) async throws -> Offer {
        // Two acceptances by one specialist must not both take the last place of their week.
        guard try await CalendarLocks(of: [caller.account], in: tx).areHeld() else { throw MatchingRefusal.notFound }
        let offer = try await lockWaiting(id, of: caller.account, in: tx)
        try await requireConsents(for: offer.caseID, in: tx)
        let isFull = try await tx.first(
            """
            SELECT s.weekly_capacity <= (SELECT count(*) FROM consilium.offer o WHERE o.specialist_id = s.id
                AND o.state = 'accepted' AND o.decided_at > clock_timestamp() - interval '7 days')
            FROM consilium.specialist s WHERE s.id = \(caller.account)
            """)
        guard try isFull?.decode(Bool.self) == false else { throw MatchingRefusal.capacityReached }
        let check = try await laneCheck(of: caller.account, in: offer.caseID, in: tx)
        if let obstacle = check.obstacle { throw MatchingRefusal.laneClosed(obstacle) }
        try await tx.execute(check.insert)

        try await tx.execute(
            "UPDATE consilium.offer SET state = 'accepted', decided_at = clock_timestamp() WHERE id = \(id)")
        try await tx.execute(
            """
            UPDATE consilium.case_part SET part = 'specialist'
            WHERE case_id = \(offer.caseID) AND account_id = \(caller.account) AND until IS NULL
            """)
        try await tx.execute(
            """
            UPDATE consilium.clinical_case
            SET state = 'accepted', specialist_id = \(caller.account), version = version + 1
            WHERE id = \(offer.caseID)
            """)
        // In the peer-to-peer lane the clinician books.
        var parts: Set<CasePart> = [.patient, .caregiver, .coordinator]
        if check.facts.rule.lane == .peerToPeer { parts.insert(.treatingClinician) }
        try await outbox.tell(.caseAccepted(offer.caseID), parts, of: offer.caseID, in: tx)
        guard let accepted = try await offers("id = \(id)", in: tx).first else { throw MatchingRefusal.notFound }
        return accepted
    }

    /// Refuses to let somebody new read the case while a consent is missing. The caller has locked the case, as a
    /// withdrawal of a consent does.
    func requireConsents(for id: CaseID, in tx: Transaction) async throws {
        guard try await !lacksConsent(id, in: tx) else { throw MatchingRefusal.consentMissing }
    }

    private func lacksConsent(_ id: CaseID, in tx: Transaction) async throws -> Bool {
        try await tx.first("SELECT consilium.lacks_consent(\(id))")?.decode(Bool.self) != false
    }

    /// The candidate declines the case: the next one on the menu is asked in the same transaction.
    /// - Throws: `MatchingRefusal.notFound`, `.offerClosed`, `.offerExpired`.
    package func decline(
        _ id: OfferID, because reason: DeclineReason, by caller: Caller, in tx: Transaction
    ) async throws {
        let offer = try await lockWaiting(id, of: caller.account, in: tx)
        try await tx.execute(
            """
            UPDATE consilium.offer SET state = 'declined', decline_reason = \(reason), decided_at = clock_timestamp()
            WHERE id = \(id)
            """)
        try await offerToNext(offer, in: tx)
    }

    /// Asks the next one on the menu. If nobody is left, or the patient has withdrawn a consent that the lane needs,
    /// the case becomes `ready` again. The patient's side and the coordinators are told, except when the consent is the
    /// reason. The candidate's part ends last: row-level security needs it until then.
    func offerToNext(_ offer: EndedOffer, in tx: Transaction) async throws {
        var asked: OfferID?
        let lacksConsent = try await lacksConsent(offer.caseID, in: tx)
        if !lacksConsent, let next = try await firstAble(of: offer.matchID, for: offer.caseID, in: tx) {
            asked = try await ask(next, from: offer.matchID, in: tx)
        }
        if asked == nil {
            try await move(offer.caseID, to: .ready, in: tx)
            try await askForRescue(of: offer.caseID, in: tx)
        }
        if asked != nil || !lacksConsent {
            try await outbox.tell(
                asked == nil ? .menuExhausted(offer.caseID) : .offerPassedOn(offer.caseID),
                [.patient, .caregiver, .coordinator], of: offer.caseID, in: tx)
        }
        try await tx.execute(
            """
            UPDATE consilium.case_part SET until = clock_timestamp()
            WHERE case_id = \(offer.caseID) AND account_id = \(offer.specialist) AND until IS NULL
            """)
    }

    /// Locks an offer and its case, and checks by the database's clock that the offer can still be answered.
    private func lockWaiting(
        _ id: OfferID, of specialist: AccountID, in tx: Transaction
    ) async throws -> EndedOffer {
        let locked = try await tx.first(
            """
            SELECT case_id, match_id FROM consilium.offer WHERE id = \(id) AND specialist_id = \(specialist)
            FOR NO KEY UPDATE
            """)
        guard let (caseID, matchID) = try locked?.decode(CaseID.self, MatchID.self) else {
            throw MatchingRefusal.notFound
        }
        let isLocked = try await tx.first("SELECT FROM consilium.clinical_case WHERE id = \(caseID) FOR NO KEY UPDATE")
        let row = try await tx.first(
            "SELECT state, expires_at <= clock_timestamp() FROM consilium.offer WHERE id = \(id)")
        guard let (state, isOver) = try row?.decode(OfferState.self, Bool.self) else {
            throw MatchingRefusal.notFound
        }
        guard state == .waiting else { throw MatchingRefusal.offerClosed(state) }
        guard !isOver else { throw MatchingRefusal.offerExpired }
        guard isLocked != nil else { throw MatchingRefusal.notFound }
        return EndedOffer(caseID: caseID, matchID: matchID, specialist: specialist)
    }
}

/// An offer that has ended, as far as the next one needs it.
struct EndedOffer {
    let caseID: CaseID
    let matchID: MatchID
    let specialist: AccountID
}
