package import Clinic
package import FoundationEssentials

/// A case offered to one specialist for a limited time, as the patient's side sees it.
package struct Offer: Codable, Hashable, Sendable {
    package let id: OfferID
    package let `case`: CaseID
    package let match: MatchID
    package let specialist: AccountID
    package let lane: Lane
    package var state: OfferState
    package let createdAt: Date
    /// Until when it can be accepted, by the database's clock.
    package let expiresAt: Date
    package var decidedAt: Date?
    package var declineReason: DeclineReason?

    package static let example = Offer(
        id: ExampleValues.id(5, .matches), case: Match.example.case, match: Match.example.id,
        specialist: Specialist.example.id, lane: .licensed, state: .waiting, createdAt: ExampleValues.instant,
        expiresAt: ExampleValues.instant.addingTimeInterval(43_200))

    package static let accepted = with(example) {
        $0.state = .accepted
        $0.decidedAt = ExampleValues.instant.addingTimeInterval(3600)
    }

    package static let withdrawn = with(accepted) { $0.state = .withdrawn }

    package static let declined = with(accepted) {
        $0.state = .declined
        $0.declineReason = .outsideExpertise
    }
}

/// The match to offer from, and the specialist to ask.
package struct OfferRequest: Codable, Hashable, Sendable {
    package var match: MatchID
    /// The best one on the menu who can take the case, where it is left out.
    package var specialist: AccountID?

    package init(match: MatchID, specialist: AccountID? = nil) {
        self.match = match
        self.specialist = specialist
    }

    package static let example = OfferRequest(match: Match.example.id, specialist: Specialist.example.id)
}

/// An offer as the candidate sees it: what they decide on, and nothing else of the case.
package struct WaitingOffer: Codable, Hashable, Sendable {
    package let id: OfferID
    package let `case`: CaseID
    /// The coarse reason for review.
    package let reason: String
    package let lane: Lane
    /// Where the patient lives.
    package let jurisdiction: Jurisdiction
    /// The patient's, BCP 47.
    package let language: String
    package let expiresAt: Date

    package static let example = WaitingOffer(
        id: Offer.example.id, case: Offer.example.case,
        reason: "Finding in the left breast; independent reading of tissue and images", lane: .licensed,
        jurisdiction: ExampleValues.ohio, language: "en", expiresAt: Offer.example.expiresAt)
}
