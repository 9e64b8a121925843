package import Clinic
package import FoundationEssentials

/// Whom somebody of the programme proposes as a specialist, with the entry that they will have in the directory.
package struct SpecialistProposalDraft: Codable, Sendable, Hashable {
    /// Where the invitation goes: whoever reads there becomes the specialist.
    package var email: String
    package var name: String
    /// As `MD, PhD`.
    package var credentials: String
    package var organisation: OrganisationID
    /// IANA.
    package var timeZone: String
    /// NUCC codes, the principal one first.
    package var taxonomyCodes: [String]
    /// BCP 47. The mail is written in the first.
    package var languages: [String]
    package var peerToPeer: Bool
    /// New cases a week that they take.
    package var weeklyCapacity: Int

    package init(
        email: String, name: String, credentials: String, organisation: OrganisationID, timeZone: String,
        taxonomyCodes: [String], languages: [String], peerToPeer: Bool, weeklyCapacity: Int
    ) {
        self.email = email
        self.name = name
        self.credentials = credentials
        self.organisation = organisation
        self.timeZone = timeZone
        self.taxonomyCodes = taxonomyCodes
        self.languages = languages
        self.peerToPeer = peerToPeer
        self.weeklyCapacity = weeklyCapacity
    }
}

/// Where a proposal stands; one that was not approved, or accepted, in time stays as it is and can only be withdrawn.
package enum SpecialistProposalState: String, Codable, Sendable, CaseIterable {
    case proposed, approved, joined, withdrawn
}

/// A proposal as operators and coordinators read it.
package struct SpecialistProposal: Codable, Sendable, Hashable {
    package var id: SpecialistProposalID
    package var state: SpecialistProposalState
    /// Absent once the invitation was accepted or taken back: it is forgotten then.
    package var email: String?
    package var name: String
    package var credentials: String
    package var organisation: OrganisationID
    package var timeZone: String
    package var taxonomyCodes: [String]
    package var languages: [String]
    package var peerToPeer: Bool
    package var weeklyCapacity: Int
    /// Absent where the owner's command proposed.
    package var proposedBy: AccountID?
    package var proposedAt: Date
    package var approvedBy: AccountID?
    package var approvedAt: Date?
    /// Until when it can be approved, and after that until when the invitation can be accepted.
    package var expiresAt: Date
    /// The specialist, once they joined.
    package var specialist: AccountID?

    package init(
        id: SpecialistProposalID, state: SpecialistProposalState, email: String?, name: String, credentials: String,
        organisation: OrganisationID, timeZone: String, taxonomyCodes: [String], languages: [String], peerToPeer: Bool,
        weeklyCapacity: Int, proposedBy: AccountID?, proposedAt: Date, approvedBy: AccountID?, approvedAt: Date?,
        expiresAt: Date, specialist: AccountID?
    ) {
        self.id = id
        self.state = state
        self.email = email
        self.name = name
        self.credentials = credentials
        self.organisation = organisation
        self.timeZone = timeZone
        self.taxonomyCodes = taxonomyCodes
        self.languages = languages
        self.peerToPeer = peerToPeer
        self.weeklyCapacity = weeklyCapacity
        self.proposedBy = proposedBy
        self.proposedAt = proposedAt
        self.approvedBy = approvedBy
        self.approvedAt = approvedAt
        self.expiresAt = expiresAt
        self.specialist = specialist
    }
}

/// The rules of a proposal; which zones, organisations and taxonomy codes there are the database says.
enum SpecialistProposalRule {
    static func check(_ draft: SpecialistProposalDraft) throws {
        try checkText(draft.name, at: "/name", max: 120)
        try AccountFields.checkOneLine(draft.name, at: "/name")
        try checkText(draft.credentials, at: "/credentials", max: 60)
        try AccountFields.checkOneLine(draft.credentials, at: "/credentials")
        guard (1...10).contains(draft.taxonomyCodes.count) else {
            throw FieldRefusal("/taxonomyCodes", rule: "items", "must name from 1 to 10 codes")
        }
        for (place, code) in draft.taxonomyCodes.enumerated() where code.wholeMatch(of: /[0-9A-Z]{9}X/) == nil {
            throw FieldRefusal(
                "/taxonomyCodes/\(place)", rule: "format", "must be a code of the NUCC's taxonomy, as 207RX0202X")
        }
        guard Set(draft.taxonomyCodes).count == draft.taxonomyCodes.count else {
            throw FieldRefusal("/taxonomyCodes", rule: "duplicate", "must name no code twice")
        }
        guard (1...20).contains(draft.languages.count) else {
            throw FieldRefusal("/languages", rule: "items", "must name from 1 to 20 languages")
        }
        for (place, tag) in draft.languages.enumerated() {
            try AccountFields.checkLanguage(tag, at: "/languages/\(place)")
        }
        guard Set(draft.languages).count == draft.languages.count else {
            throw FieldRefusal("/languages", rule: "duplicate", "must name no language twice")
        }
        guard (0...100).contains(draft.weeklyCapacity) else {
            throw FieldRefusal("/weeklyCapacity", rule: "range", "must be from 0 to 100")
        }
    }
}
