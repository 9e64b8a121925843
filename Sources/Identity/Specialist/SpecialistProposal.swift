package import Clinic
package import FoundationEssentials
import Postgres
import TypedText

/// A proposal of a specialist, with their future entry in the directory.
package struct SpecialistProposalDraft: Codable, Sendable, Hashable {
    /// Where the invitation is mailed to, in the first of the entry's languages: the reader of this mailbox becomes the
    /// specialist.
    package var email: String
    package var entry: DirectoryEntry

    package init(email: String, entry: DirectoryEntry) {
        self.email = email
        self.entry = entry
    }

    package static let example = SpecialistProposalDraft(
        email: "new.specialist@example.org", entry: .example)
}

/// The states of a proposal. One that was not approved, or accepted, in time is withdrawn by the worker.
package enum SpecialistProposalState: String, Codable, Sendable, CaseIterable, SQLValue {
    case proposed, approved, joined, withdrawn
}

/// A proposal as operators and coordinators read it.
package struct SpecialistProposal: Codable, Sendable, Hashable {
    package var id: SpecialistProposalID
    package var state: SpecialistProposalState
    /// Absent once the invitation was accepted or taken back, because it is deleted then. Absent earlier where no key
    /// opens it: such a proposal can only be withdrawn.
    package var email: String?
    package var entry: DirectoryEntry
    /// Absent where the owner's command made the proposal.
    package var proposedBy: AccountID?
    package var proposedAt: Date
    package var approvedBy: AccountID?
    package var approvedAt: Date?
    /// Until when it can be approved, and after that until when the invitation can be accepted.
    package var expiresAt: Date
    /// The specialist, once they joined.
    package var specialist: AccountID?

    package static let proposed = SpecialistProposal(
        id: ExampleValues.id(0x0b), state: .proposed, email: SpecialistProposalDraft.example.email, entry: .example,
        proposedBy: ExampleValues.id(8), proposedAt: ExampleValues.instant, expiresAt: ExampleValues.later)

    package static let approved = with(proposed) {
        $0.state = .approved
        $0.approvedBy = ExampleValues.id(9)
        $0.approvedAt = ExampleValues.instant
    }
}

/// A page of proposals, the latest first.
package struct SpecialistProposalList: Codable, Sendable, Hashable {
    package var proposals: [SpecialistProposal]
    /// What to ask for next with `after`; nil at the end. It travels in the header `Link`.
    package var next: String?

    private enum CodingKeys: String, CodingKey { case proposals }

    package static let example = SpecialistProposalList(proposals: [.proposed])
}

extension SpecialistProposalDraft: Ruled {
    package static let rules: [String: FieldRule] = ["email": .text(EmailAddress.rule)]
}
