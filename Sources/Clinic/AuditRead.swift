package import FoundationEssentials

/// A read of clinical data or particulars that must be in the audit log before the reply is sent (P10). Writes need
/// none: the database appends their entries.
package struct AuditRead: Codable, Sendable, Hashable {
    package let chain: Chain
    package let actor: AccountID
    /// What was read, as `record` or `message`; the log has it as `read.record`.
    package let noun: Noun
    package let subject: UUID
    /// The number of items in a delivered list or range.
    package let items: Int

    package init(_ noun: Noun, _ subject: UUID, in chain: Chain, by actor: AccountID, items: Int = 1) {
        self.chain = chain
        self.actor = actor
        self.noun = noun
        self.subject = subject
        self.items = items
    }

    /// Which hash chain the entry belongs to.
    package enum Chain: Codable, Sendable, Hashable {
        case `case`(CaseID)
        case account(AccountID)
        case programme
    }

    package enum Noun: String, Codable, Sendable, CaseIterable {
        case account, appointment, `case`, colleague, consent, file, hold, intake, invitation, match, message, offer,
            people
        case opinion, outcome, room, waitlist
        case accessLog = "access_log"
        /// A consult as an entry for a calendar program.
        case calendarEntry = "calendar_entry"
        /// A feed of a person's consults.
        case calendarFeed = "calendar_feed"
        case firstRead = "first_read"
        case record, task
        case specialistProposal = "specialist_proposal"
    }
}
