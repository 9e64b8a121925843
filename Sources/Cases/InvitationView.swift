package import Clinic
package import FoundationEssentials
import Postgres
import TypedText

/// Whether an invitation waits.
package enum InvitationState: String, Codable, Sendable, CaseIterable, SQLValue {
    case sent, accepted, withdrawn
}

/// An invitation as it is sent. What is left out is not granted.
package struct InvitationDraft: Codable, Sendable, Hashable {
    package var email: String
    /// Whether she is asked for records; she then sees those that she sent.
    package var sendsRecords: Bool?
    /// Whether she reads the opinion when it is delivered.
    package var readsOpinion: Bool?
    /// Whether she is the party of a peer-to-peer consult; she then reads the case and the opinion too.
    package var consults: Bool?

    package init(
        email: String, sendsRecords: Bool? = nil, readsOpinion: Bool? = nil, consults: Bool? = nil
    ) {
        self.email = email
        self.sendsRecords = sendsRecords
        self.readsOpinion = readsOpinion
        self.consults = consults
    }

    /// - Returns: the address to write to.
    func checked() throws(FieldRefusal) -> EmailAddress {
        let address = try EmailAddress(email)
        guard sendsRecords == true || readsOpinion == true || consults == true else {
            throw FieldRefusal(
                "/sendsRecords", rule: "grants_nothing",
                "must be true, or readsOpinion, or consults: else there is no use")
        }
        return address
    }
}

/// An invitation as it is read.
package struct Invitation: Codable, Sendable, Hashable {
    package var id: InvitationID
    /// Absent once who accepted was forgotten.
    package var email: String?
    package var sendsRecords: Bool
    package var readsOpinion: Bool
    package var consults: Bool
    package var state: InvitationState
    package var acceptedBy: AccountID?
    package var createdAt: Date
    package var expiresAt: Date

    package init(
        id: InvitationID, email: String?, sendsRecords: Bool, readsOpinion: Bool, consults: Bool,
        state: InvitationState, acceptedBy: AccountID?, createdAt: Date, expiresAt: Date
    ) {
        self.id = id
        self.email = email
        self.sendsRecords = sendsRecords
        self.readsOpinion = readsOpinion
        self.consults = consults
        self.state = state
        self.acceptedBy = acceptedBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// The invitations of a case.
package struct InvitationList: Codable, Sendable, Hashable {
    package var invitations: [Invitation]

    package init(invitations: [Invitation]) {
        self.invitations = invitations
    }
}

extension InvitationDraft: Ruled {
    package static let rules: [String: FieldRule] = ["email": .text(EmailAddress.rule)]
}
