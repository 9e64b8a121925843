import Clinic
import FoundationEssentials
import Outbox
import Postgres

/// A specialist on a menu who was not asked yet.
struct RemainingCandidate {
    let specialist: AccountID
    let accepting: Bool
    /// Cases that they can still take this week.
    let capacityLeft: Int

    var canTakeMore: Bool { accepting && capacityLeft > 0 }
}

extension MatchingService {
    /// Checks the specialist who was chosen from a menu, and returns the lane with them.
    func chosen(
        _ specialist: AccountID, from match: MatchID, of caseID: CaseID, in tx: Transaction
    ) async throws -> LaneCheck {
        let onMenu = try await tx.first(
            "SELECT FROM consilium.match_candidate WHERE match_id = \(match) AND specialist_id = \(specialist)")
        guard onMenu != nil else { throw MatchingRefusal.notOnMenu }
        guard let candidate = try await remaining(of: match, in: tx).first(where: { $0.specialist == specialist })
        else { throw MatchingRefusal.alreadyAsked }
        guard candidate.accepting else { throw MatchingRefusal.notAccepting }
        guard candidate.capacityLeft > 0 else { throw MatchingRefusal.capacityReached }
        let check = try await laneCheck(of: specialist, in: caseID, in: tx)
        if let obstacle = check.obstacle { throw MatchingRefusal.laneClosed(obstacle) }
        return check
    }

    /// The best specialist who is left on a menu, takes cases and whose lane is open. The checks of closed lanes are
    /// stored too.
    func firstAble(of match: MatchID, for caseID: CaseID, in tx: Transaction) async throws -> LaneCheck? {
        for candidate in try await remaining(of: match, in: tx) where candidate.canTakeMore {
            let check = try await laneCheck(of: candidate.specialist, in: caseID, in: tx)
            if check.obstacle == nil { return check }
            try await tx.execute(check.insert)
        }
        return nil
    }

    /// Creates the offer, stores the lane check and tells the specialist. Nil where they have got another part in the
    /// case since the match. The caller of this function has locked the case, and changes its state.
    func ask(_ check: LaneCheck, from match: MatchID, in tx: Transaction) async throws -> OfferID? {
        let (id, specialist) = (OfferID.random(), check.facts.specialist)
        let seconds = Double(offersLast.components.seconds)
        let row = try await tx.first(
            "SELECT consilium.ask_candidate(\(id), \(match), \(specialist), make_interval(secs => \(seconds)))")
        guard try row?.decode(Date?.self) != nil else { return nil }
        try await tx.execute(check.insert)
        try await outbox.tell(.offerWaiting(id), to: [specialist], in: tx)
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
