package import Clinic
package import FoundationEssentials
import Postgres
import TypedText

/// The states of an invitation.
package enum InvitationState: String, Codable, Sendable, CaseIterable, SQLValue {
    case sent, accepted, withdrawn
}

/// An invitation as it is sent. What is left out is not granted.
package struct InvitationDraft: Codable, Sendable, Hashable {
    package var email: String
    /// Whether the clinician is asked for records; they then see those that they sent.
    package var sendsRecords: Bool?
    /// Whether they read the opinion when it is delivered.
    package var readsOpinion: Bool?
    /// Whether they are the party of a peer-to-peer consult; they then read the case and the opinion too.
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
                "must be true, or readsOpinion or consults must be: the invitation grants nothing otherwise")
        }
        return address
    }

    package static let example = InvitationDraft(
        email: "clinician@example.org", sendsRecords: true, readsOpinion: true, consults: false)
}

/// An invitation as it is read.
package struct Invitation: Codable, Sendable, Hashable {
    package var id: InvitationID
    /// Absent once the person who accepted was erased.
    package var email: String?
    package var sendsRecords: Bool
    package var readsOpinion: Bool
    package var consults: Bool
    package var state: InvitationState
    package var acceptedBy: AccountID?
    package var createdAt: Date
    package var expiresAt: Date

    package static let example = Invitation(
        id: ExampleValues.id(12), email: "clinician@example.org", sendsRecords: true, readsOpinion: true,
        consults: false,
        state: .sent, createdAt: ExampleValues.moment, expiresAt: ExampleValues.moment.addingTimeInterval(14 * 86_400))

    package static let accepted = with(example) {
        $0.state = .accepted
        $0.acceptedBy = ExampleValues.id(7)
    }
}

/// The invitations of a case.
package struct InvitationList: Codable, Sendable, Hashable {
    package var invitations: [Invitation]

    package static let example = InvitationList(invitations: [.accepted])
}

extension InvitationDraft: Ruled {
    package static let rules: [String: FieldRule] = ["email": .text(EmailAddress.rule)]
}
