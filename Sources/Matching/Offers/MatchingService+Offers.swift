package import Clinic
import FoundationEssentials
import Outbox
package import Postgres
import Vault

extension MatchingService {
    /// Offers a case to one specialist on a menu, with a deadline. They may read the coarse reason until they decide.
    /// - Throws: `MatchingRefusal.notFound`, `.notAllowed`, `.caseNotReady`, `.notOnMenu`, `.alreadyAsked`,
    ///   `.menuExhausted`, `.notAccepting`, `.capacityReached`, `.laneClosed`; `FieldRefusal` for another case's match.
    package func makeOffer(
        _ request: OfferRequest, for caseID: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> Offer {
        try await requirePart(of: caller, in: caseID, oneOf: MatchingService.patientSide, in: tx)
        let state = try await lockCase(caseID, in: tx)
        guard state == .ready else { throw MatchingRefusal.caseNotReady(state) }
        try await requireConsents(for: caseID, in: tx)
        let isOfCase = try await tx.first(
            "SELECT FROM consilium.match WHERE id = \(request.match) AND case_id = \(caseID)")
        guard isOfCase != nil else {
            throw FieldRefusal("/match", rule: "of_case", "must be a match of this case")
        }
        let check =
            if let specialist = request.specialist {
                try await chosen(specialist, from: request.match, of: caseID, in: tx)
            } else {
                try await firstAble(of: request.match, for: caseID, in: tx)
            }
        guard let check, let id = try await ask(check, from: request.match, in: tx) else {
            throw MatchingRefusal.menuExhausted
        }
        try await move(caseID, to: .offered, in: tx)
        guard let offer = try await offers("id = \(id)", in: tx).first else { throw MatchingRefusal.notFound }
        return offer
    }

    /// The offers of a case, the newest first, for the patient's side.
    /// - Throws: `MatchingRefusal.notFound`, `.notAllowed`.
    package func offers(of caseID: CaseID, by caller: Caller, in tx: Transaction) async throws -> [Offer] {
        try await requirePart(of: caller, in: caseID, oneOf: MatchingService.patientSide, in: tx)
        return try await offers("case_id = \(caseID) ORDER BY id DESC", in: tx)
    }

    /// The offers that wait for the caller's answer, the most urgent first.
    package func waitingOffers(of caller: Caller, in tx: Transaction) async throws -> [WaitingOffer] {
        let rows = try await tx.query(
            """
            SELECT o.id, o.case_id, c.reason, o.lane, c.jurisdiction, c.language, o.expires_at
            FROM consilium.offer o JOIN consilium.clinical_case c ON c.id = o.case_id
            WHERE o.specialist_id = \(caller.account) AND o.state = 'waiting' AND o.expires_at > clock_timestamp()
            ORDER BY o.expires_at, o.id
            """
        ).map { row in
            try row.decode(
                OfferID.self, CaseID.self, [UInt8].self, Lane.self, Jurisdiction.self, String.self, Date.self)
        }
        let keys = try await vault.caseKeys(rows.map(\.1), in: tx)
        return try rows.compactMap { id, caseID, sealed, lane, jurisdiction, language, expiresAt in
            guard let key = keys[caseID] else { return nil }
            let reason = try key.openText(sealed, as: RowIdentity("clinical_case.reason", caseID))
            return WaitingOffer(
                id: id, case: caseID, reason: reason, lane: lane, jurisdiction: jurisdiction, language: language,
                expiresAt: expiresAt)
        }
    }

    func offers(_ condition: SQL, in tx: Transaction) async throws -> [Offer] {
        try await tx.query(
            """
            SELECT id, case_id, match_id, specialist_id, lane, state, created_at, expires_at, decided_at,
                decline_reason
            FROM consilium.offer WHERE \(fragment: condition)
            """
        ).map { row in
            Offer(
                id: try row.decode("id"), case: try row.decode("case_id"), match: try row.decode("match_id"),
                specialist: try row.decode("specialist_id"), lane: try row.decode("lane"),
                state: try row.decode("state"), createdAt: try row.decode("created_at"),
                expiresAt: try row.decode("expires_at"), decidedAt: try row.decode("decided_at"),
                declineReason: try row.decode("decline_reason"))
        }
    }

    /// Locks the case and reads its state.
    /// - Throws: `MatchingRefusal.notFound` where the lock took no row.
    func lockCase(_ caseID: CaseID, in tx: Transaction) async throws -> CaseState {
        let locked = try await tx.first(
            "SELECT FROM consilium.clinical_case WHERE id = \(caseID) FOR NO KEY UPDATE")
        guard locked != nil else { throw MatchingRefusal.notFound }
        let row = try await tx.first("SELECT state FROM consilium.clinical_case WHERE id = \(caseID)")
        guard let row else { throw MatchingRefusal.notFound }
        return try row.decode(CaseState.self)
    }

    func move(_ caseID: CaseID, to state: CaseState, in tx: Transaction) async throws {
        try await tx.execute(
            "UPDATE consilium.clinical_case SET state = \(state), version = version + 1 WHERE id = \(caseID)")
    }
}
