import Clinic
import FoundationEssentials
import Outbox
import Postgres

/// Somebody of a menu who was not asked yet.
struct RemainingCandidate {
    let specialist: AccountID
    let accepting: Bool
    /// Cases that she can still take this week.
    let capacityLeft: Int

    var canTakeMore: Bool { accepting && capacityLeft > 0 }
}

extension MatchingService {
    /// The lane of the specialist whom somebody chose from a menu.
    func chosen(
        _ specialist: AccountID, from match: MatchID, of caseID: CaseID, in tx: Transaction
    ) async throws -> LaneFacts {
        let onMenu = try await tx.first(
            "SELECT FROM consilium.match_candidate WHERE match_id = \(match) AND specialist_id = \(specialist)")
        guard onMenu != nil else { throw MatchingRefusal.notOnMenu }
        guard let candidate = try await remaining(of: match, in: tx).first(where: { $0.specialist == specialist })
        else { throw MatchingRefusal.alreadyAsked }
        guard candidate.accepting else { throw MatchingRefusal.notAccepting }
        guard candidate.capacityLeft > 0 else { throw MatchingRefusal.capacityReached }
        let facts = try await laneFacts(of: specialist, in: caseID, in: tx)
        if let obstacle = facts.obstacle { throw MatchingRefusal.laneClosed(obstacle) }
        return facts
    }

    /// The best of what is left of a menu who takes cases and whose lane is open; the lanes that were looked at are
    /// kept, those that were closed too.
    func firstAble(of match: MatchID, for caseID: CaseID, in tx: Transaction) async throws -> LaneFacts? {
        for candidate in try await remaining(of: match, in: tx) where candidate.canTakeMore {
            let facts = try await laneFacts(of: candidate.specialist, in: caseID, in: tx)
            if facts.obstacle == nil { return facts }
            try await recordCheck(of: facts, at: .match, in: tx)
        }
        return nil
    }

    /// Puts the case to her, keeps the lane check and tells her. Nil where she has taken another part in the case
    /// since the match. The caller has locked the case, and moves its state.
    func ask(_ facts: LaneFacts, from match: MatchID, in tx: Transaction) async throws -> OfferID? {
        let id = OfferID.random()
        let seconds = Double(offersLast.components.seconds)
        let row = try await tx.first(
            "SELECT consilium.ask_candidate(\(id), \(match), \(facts.specialist), make_interval(secs => \(seconds)))")
        guard try row?.decode(Date?.self) != nil else { return nil }
        try await recordCheck(of: facts, at: .match, in: tx)
        try await outbox.tell(.offerWaiting(id), to: [facts.specialist], in: tx)
        return id
    }

    private func remaining(of match: MatchID, in tx: Transaction) async throws -> [RemainingCandidate] {
        try await tx.query(
            "SELECT specialist_id, accepting, capacity_left FROM consilium.remaining_menu(\(match)) ORDER BY rank"
        ).map { row in
            let (specialist, accepting, left) = try row.decode(AccountID.self, Bool.self, Int.self)
            return RemainingCandidate(specialist: specialist, accepting: accepting, capacityLeft: left)
        }
    }
}
