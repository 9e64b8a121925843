package import Clinic
package import FoundationEssentials
import Postgres

/// The two conversations of a case.
package enum ThreadKind: String, Codable, Sendable, CaseIterable, SQLValue {
    /// The patient's side and everybody who cares for the case.
    case care
    /// The specialist and the coordinators among themselves.
    case staff
}

/// What an entry of a thread is.
package enum EntryKind: String, Codable, Sendable, CaseIterable, SQLValue {
    case text
    /// Says that earlier entries, withheld from a blinded specialist so far, are open now.
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
    /// The numbers that a `revealed` entry opens.
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
}

/// How far a person has read.
package struct ThreadMark: Codable, Sendable, Hashable {
    package let account: AccountID
    package let seq: Int
    package let markedAt: Date

    package init(account: AccountID, seq: Int, markedAt: Date) {
        self.account = account
        self.seq = seq
        self.markedAt = markedAt
    }
}

/// A part of a thread as one reader sees it.
package struct ThreadPage: Codable, Sendable, Hashable {
    package let thread: ThreadKind
    /// Fixed: messages are not for emergencies.
    package let notice: String
    /// The number of the thread's last entry.
    package let lastSeq: Int
    /// How many messages of others the reader can see and has not marked as read.
    package let unread: Int
    /// Its entries, withheld ones as their numbers.
    package let messages: [ThreadEntry]
    /// Everybody's marks, the reader's own among them.
    package let marks: [ThreadMark]

    package init(
        thread: ThreadKind, notice: String = Messenger.emergencyNotice, lastSeq: Int, unread: Int,
        messages: [ThreadEntry], marks: [ThreadMark]
    ) {
        self.thread = thread
        self.notice = notice
        self.lastSeq = lastSeq
        self.unread = unread
        self.messages = messages
        self.marks = marks
    }
}

/// Why a message was not posted or shown.
package enum MessagingRefusal: Error, Equatable, Sendable {
    /// No such case or thread, or none that the caller may read.
    case notFound
    /// Nothing is added to a case that ended 90 days ago or longer.
    case caseEnded
}
