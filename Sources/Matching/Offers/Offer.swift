package import Clinic
package import FoundationEssentials

/// A case offered to one specialist for a limited time, as the patient's side sees it.
package struct Offer: Codable, Hashable, Sendable {
    package let id: OfferID
    package let `case`: CaseID
    package let match: MatchID
    package let specialist: AccountID
    package let lane: Lane
    package let state: OfferState
    package let createdAt: Date
    /// Until when it can be accepted, by the database's clock.
    package let expiresAt: Date
    package let decidedAt: Date?
    package let declineReason: DeclineReason?

    package init(
        id: OfferID, `case`: CaseID, match: MatchID, specialist: AccountID, lane: Lane, state: OfferState,
        createdAt: Date, expiresAt: Date, decidedAt: Date?, declineReason: DeclineReason?
    ) {
        self.id = id
        self.case = `case`
        self.match = match
        self.specialist = specialist
        self.lane = lane
        self.state = state
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.decidedAt = decidedAt
        self.declineReason = declineReason
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

    package init(
        id: OfferID, `case`: CaseID, reason: String, lane: Lane, jurisdiction: Jurisdiction, language: String,
        expiresAt: Date
    ) {
        self.id = id
        self.case = `case`
        self.reason = reason
        self.lane = lane
        self.jurisdiction = jurisdiction
        self.language = language
        self.expiresAt = expiresAt
    }
}
