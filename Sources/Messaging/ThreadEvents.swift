package import Clinic
package import Postgres
import Vault

/// An event of a stream.
package enum ThreadEvent: Sendable, Hashable {
    /// A new entry, or the number of one that is withheld.
    case message(ThreadEntry)
    /// Earlier entries were revealed to a specialist who was blinded.
    case revealed(ThreadEntry)
    /// Somebody has read further.
    case mark(ThreadMark)
}

/// The live stream of one thread for one reader, from a number on: every entry once and in order, then waiting for
/// more. It fetches only as fast as its reader reads, and asks the database what the reader may see each time that
/// there is news. An outage of the database does not end it.
package struct ThreadEvents: AsyncSequence, Sendable {
    package typealias Element = ThreadEvent

    let messenger: Messenger
    let database: Database
    let kind: ThreadKind
    let `case`: CaseID
    let after: Int
    let caller: Caller
    /// Awaited before entries are delivered, with the number of those that have a text.
    let onDelivery: @Sendable (Int) async throws -> Void

    package func makeAsyncIterator() -> Iterator {
        let thread = ThreadReader(case: `case`, kind: kind, reader: caller.account)
        return Iterator(events: self, place: messenger.notifier.subscribe(to: thread))
    }

    package struct Iterator: AsyncIteratorProtocol {
        private let events: ThreadEvents
        private let place: ThreadNotifier.Registration
        // Used only by the one task that iterates.
        private var wakes: AsyncStream<Void>.Iterator
        private var after: Int
        private var marks: [AccountID: Int] = [:]
        private var ready: ArraySlice<ThreadEvent> = []
        /// Whether everything had been read at the last look.
        private var isCaughtUp = false

        fileprivate init(events: ThreadEvents, place: ThreadNotifier.Registration) {
            self.events = events
            self.place = place
            wakes = place.wakes.makeAsyncIterator()
            after = events.after
        }

        /// The next event; nil when the notifier has stopped.
        /// - Throws: `MessagingRefusal.notFound` when the reader may no longer read the case; `CancellationError`.
        package mutating func next() async throws -> ThreadEvent? {
            while ready.isEmpty {
                try Task.checkCancellation()
                if isCaughtUp, await wakes.next() == nil { return nil }
                try await look()
            }
            return ready.popFirst()
        }

        /// Fetches what is new.
        private mutating func look() async throws {
            let page: ThreadPage
            do {
                page = try await events.messenger.notifier.readPermits.withPermit { [events, after] in
                    try await events.page(after: after)
                }
            } catch let error where error.mayPass {
                place.markUnknown()
                isCaughtUp = true
                return
            }
            after = page.messages.last?.seq ?? after
            isCaughtUp = after >= page.lastSeq
            var news: [ThreadEvent] = page.messages.map { $0.kind == .revealed ? .revealed($0) : .message($0) }
            for mark in page.marks where marks[mark.account] != mark.seq {
                marks[mark.account] = mark.seq
                news.append(.mark(mark))
            }
            place.markDelivered(after: after, marks: marks.values.reduce(0, +))
            ready = news[...]
        }
    }

    /// What is new, once its delivery is in the audit log.
    private func page(after: Int) async throws -> ThreadPage {
        let page = try await database.withTransaction(as: caller.actor) { tx in
            try await messenger.page(
                kind, of: `case`, after: after, limit: Messenger.mostEntries, by: caller, in: tx)
        }
        let texts = page.messages.count { $0.text != nil }
        if texts > 0 { try await onDelivery(texts) }
        return page
    }
}

extension Error {
    /// Whether it means that the database cannot answer now, not that the question was wrong.
    fileprivate var mayPass: Bool {
        switch self {
        case is DatabaseUnavailable: true
        case let error as DatabaseError: error.retryable || error.isServerFault
        default: false
        }
    }
}

extension Messenger {
    /// Opens the stream of a thread after a number.
    /// - Parameters:
    ///   - database: the stream reads it in short transactions of its own.
    ///   - onDelivery: is awaited before entries are delivered, with the number of those that have a text.
    /// - Throws: `FieldRefusal` for a number beyond the thread's last; `MessagingRefusal.notFound`.
    package func events(
        _ kind: ThreadKind = .care, of case: CaseID, after: Int = 0, by caller: Caller, from database: Database,
        onDelivery: @escaping @Sendable (Int) async throws -> Void = { _ in }, in tx: Transaction
    ) async throws -> ThreadEvents {
        let (_, last) = try await find(kind, of: `case`, in: tx)
        guard (0...last).contains(after) else {
            throw FieldRefusal("/after", rule: "range", "must be a number of the thread, or 0")
        }
        return ThreadEvents(
            messenger: self, database: database, kind: kind, case: `case`, after: after, caller: caller,
            onDelivery: onDelivery)
    }
}
