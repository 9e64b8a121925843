package import Clinic
package import FoundationEssentials
import Postgres

/// The two conversations of a case.
package enum ThreadKind: String, Codable, Sendable, CaseIterable, SQLValue {
    /// The patient's side and everybody who cares for the case.
    case care
    /// The specialist and the coordinators.
    case staff
}

/// What an entry of a thread is.
package enum EntryKind: String, Codable, Sendable, CaseIterable, SQLValue {
    case text
    /// Earlier entries, withheld from a blinded specialist so far, are now revealed.
    case revealed
}

/// One number of a thread's gapless sequence. A withheld entry is its number and nothing else.
package struct ThreadEntry: Codable, Sendable, Hashable {
    package let seq: Int
    /// Whether the reader may not see it yet.
    package let withheld: Bool
    package let kind: EntryKind?
    package let id: MessageID?
    package let author: AccountID?
    /// The author's part in the case.
    package let authorPart: CasePart?
    package let sentAt: Date?
    package let text: String?
    package let urgent: Bool?
    package let revealsPrior: Bool?
    /// The numbers that a `revealed` entry reveals.
    package let opens: [Int]?

    package init(
        seq: Int, withheld: Bool, kind: EntryKind? = nil, id: MessageID? = nil, author: AccountID? = nil,
        authorPart: CasePart? = nil, sentAt: Date? = nil, text: String? = nil, urgent: Bool? = nil,
        revealsPrior: Bool? = nil, opens: [Int]? = nil
    ) {
        self.seq = seq
        self.withheld = withheld
        self.kind = kind
        self.id = id
        self.author = author
        self.authorPart = authorPart
        self.sentAt = sentAt
        self.text = text
        self.urgent = urgent
        self.revealsPrior = revealsPrior
        self.opens = opens
    }

    package static let example = ThreadEntry(
        seq: 3, withheld: false, kind: .text, id: ExampleValues.id(7, .consults), author: ExampleValues.Consult.patient,
        authorPart: .patient, sentAt: ExampleValues.Consult.start, text: MessageDraft.example.text, urgent: false,
        revealsPrior: false)
}

/// How far a person has read.
package struct ThreadMark: Codable, Sendable, Hashable {
    package let account: AccountID
    package let seq: Int
    package let markedAt: Date

    package static let example = ThreadMark(
        account: ExampleValues.Consult.specialist, seq: 3, markedAt: ExampleValues.Consult.start)
}

/// A part of a thread as one reader sees it.
package struct ThreadPage: Codable, Sendable, Hashable {
    package let thread: ThreadKind
    /// Fixed: messages are not for emergencies.
    package var notice = Messenger.emergencyNotice
    /// The number of the thread's last entry.
    package let lastSeq: Int
    /// How many messages of others the reader can see and has not marked as read.
    package let unread: Int
    /// Its entries; of withheld ones the numbers.
    package let messages: [ThreadEntry]
    /// Everybody's marks, the reader's own among them.
    package let marks: [ThreadMark]

    package static let example = ThreadPage(
        thread: .care, lastSeq: 3, unread: 1, messages: [.example], marks: [.example])
}

/// Why a message was not posted or shown.
package enum MessagingRefusal: Error, Equatable, Sendable {
    /// No such case or thread, or none that the caller may read.
    case notFound
    /// Nothing is added to a case that ended 90 days ago or longer.
    case caseEnded
}
