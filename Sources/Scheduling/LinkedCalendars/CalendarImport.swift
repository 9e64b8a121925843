package import Clinic
import Crypto
import FoundationEssentials
package import ICalendar
package import Outbox
package import Postgres
import TypedText
package import Vault

/// What the worker does with linked calendars: whose turn it is, and what a poll came to.
package struct CalendarImport: Sendable {
    private let vault: Vault
    private let outbox: Outbox
    /// From one poll to the next while all is well.
    private let pause: Duration

    package init(vault: Vault, outbox: Outbox, pause: Duration) {
        self.vault = vault
        self.outbox = outbox
        self.pause = pause
    }

    /// What a server says of a version (RFC 9110 §8.8), to be asked whether there is another.
    package struct Version: Codable, Sendable, Hashable {
        package let tag: String?
        package let modified: String?

        package init(tag: String?, modified: String?) {
            self.tag = tag
            self.modified = modified
        }
    }

    /// One calendar whose turn it is. The fence is the right to write what comes of it.
    package struct Poll: Sendable {
        package let calendar: LinkedCalendarID
        package let specialist: AccountID
        let fence: Int64
        package let url: FeedURL
        /// The version that needs no reading; nil once a day, because rules and zones go on while the document stands.
        package let known: Version?
        /// By which an invitation in it is known for hers, in lower case: her account's.
        package let addresses: Set<String>
    }

    /// How many events are remembered that its owner was told of: ten mails' worth.
    static let mostTold = 10 * LinkedCalendar.mostUnclear

    /// How many fetches of a calendar may end without a word before it is set aside: their workers ended with them.
    static let mostUnfinished = 2

    /// Sets aside, for all workers, what is due and was begun as often as that without an end. Its owner sees it fail with
    /// `set_aside`, until they link it anew or an operator puts it back.
    /// - Returns: those calendars.
    package func setAside(in tx: Transaction) async throws -> [LinkedCalendarID] {
        let aside = try await tx.query(ImportSQL.setAside(after: Self.mostUnfinished))
            .map { try $0.decode(LinkedCalendarID.self) }
        try await tellFailing(aside, in: tx)
        return aside
    }

    /// Takes calendars that are due, each for a while: a worker that dies leaves them to the next. That a fetch begins is
    /// written before it does.
    /// - Parameter again: those whose last fetch came to no end, which should be fetched with nothing beside them, so that
    ///   no other is blamed.
    package func claim(_ limit: Int, again: Bool = false, in tx: Transaction) async throws -> [Poll] {
        var polls: [Poll] = []
        for row in try await tx.query(ImportSQL.claim(limit, again: again)) {
            let (id, specialist, fence, sealed, version, isRecent, email) = try row.decode(
                LinkedCalendarID.self, AccountID.self, Int64.self, [UInt8].self, [UInt8]?.self, Bool.self,
                [UInt8].self)
            do {
                let key = try await vault.personKey(specialist, in: tx)
                let text = String(decoding: try key.open(sealed, as: .linkedCalendar(id)), as: UTF8.self)
                let url = try FeedURL(text)
                let known = try version.map { try key.open($0, json: Version.self, as: .feedVersion(id)) }
                let address = String(decoding: try key.open(email, as: .accountEmail(specialist)), as: UTF8.self)
                polls.append(
                    Poll(
                        calendar: id, specialist: specialist, fence: fence, url: url, known: isRecent ? known : nil,
                        addresses: (try? EmailAddress(address))?.spellings ?? [address]))
            } catch is VaultError {
                // Her particulars were shredded: what she linked is gone with them.
                _ = tx.enqueue(ImportSQL.stop(id, because: nil))
            } catch is FieldRefusal {
                // It was linked before such an address was refused.
                _ = tx.enqueue(ImportSQL.stop(id, because: "bad_address"))
                try await tellFailing([id], in: tx)
            }
        }
        return polls
    }

    /// Tells the owners of calendars that fail, once for as long as one does: at once where it was never read or is not
    /// fetched any more, else when it has failed for hours.
    private func tellFailing(_ calendars: [LinkedCalendarID], in tx: Transaction) async throws {
        guard !calendars.isEmpty else { return }
        for row in try await tx.query(ImportSQL.tellFailing(calendars)) {
            let (calendar, specialist) = try row.decode(LinkedCalendarID.self, AccountID.self)
            try await outbox.tell(.calendarFailing(calendar), to: [specialist], in: tx)
        }
    }

    /// The calendar is what it was.
    package func keep(_ poll: Poll, in tx: Transaction) async throws {
        _ = try await tx.execute(ImportSQL.succeed(poll, after: pause))
    }

    /// Takes over when she is busy, and tells her of booked consults at such times. Everything of the document but its
    /// times is forgotten here.
    /// - Throws: `CalendarFault.tooMuch`.
    package func keep(
        _ poll: Poll, reading calendar: ForeignCalendar, version: Version?, through database: Database
    ) async throws {
        // Long before the lock: they can be booked meanwhile.
        let busy = try await BusyTimes.read(calendar, of: poll.specialist, through: database)
        try await database.withTransaction(as: .nobody) { try await keep(poll, busy, version, in: $0) }
    }

    private func keep(_ poll: Poll, _ busy: BusyTimes, _ version: Version?, in tx: Transaction) async throws {
        let key = try await vault.personKey(poll.specialist, in: tx)
        let sealed = try key.seal(json: version ?? Version(tag: nil, modified: nil), as: .feedVersion(poll.calendar))
        let unclear = busy.unclear.prefix(LinkedCalendar.mostUnclear).map { UnclearEvent($0) }
        let listed = unclear.isEmpty ? nil : try key.seal(json: unclear, as: .unclearEvents(poll.calendar))

        guard try await tx.query(ImportSQL.lockCalendar(of: poll.specialist)).count == 1,
            try await tx.query(ImportSQL.lock(poll)).count == 1
        else { return }
        let instants = busy.spans.map { span in
            [span.lowerBound, span.upperBound].map { Date(timeIntervalSince1970: Double($0)) }
        }
        let (starts, ends) = (instants.map { $0[0] }, instants.map { $0[1] })
        _ = tx.enqueue(ImportSQL.free(poll, but: starts, ends))
        _ = tx.enqueue(ImportSQL.take(poll, starts, ends))
        _ = tx.enqueue(ImportSQL.succeed(poll, after: pause))
        _ = tx.enqueue(ImportSQL.note(poll, busy, unclear: listed, version: sealed))
        try await tell(poll, of: unclear, key, in: tx)
        for row in try await tx.query(ImportSQL.conflicts(of: poll)) {
            let (appointment, sequence) = try row.decode(AppointmentID.self, Int.self)
            let template = Notice.Template.calendarConflict(appointment, sequence: sequence)
            try await outbox.tell(template, to: [poll.specialist], in: tx)
        }
    }

    /// The calendar was not to be had, or is none: what it said last still counts, and the next poll comes later each
    /// time.
    /// - Parameter problem: a word.
    package func fail(_ poll: Poll, because problem: String, in tx: Transaction) async throws {
        _ = try await tx.execute(ImportSQL.fail(poll, because: problem, after: pause))
        try await tellFailing([poll.calendar], in: tx)
    }

    /// Tells its owner of events that are not read for certain and that they were not told of yet; some calendars call the
    /// same event by another UID each time, so once a day at most.
    private func tell(
        _ poll: Poll, of unclear: [UnclearEvent], _ key: DataKey, in tx: Transaction
    ) async throws {
        let row = try await tx.first(ImportSQL.toldUnclear(of: poll))
        guard let (sealed, isRecent) = try row?.decode([UInt8]?.self, Bool.self), !isRecent else { return }
        let told = try sealed.map { try key.open($0, json: [String].self, as: .toldEvents(poll.calendar)) } ?? []
        let new = Set(unclear.map(\.digest)).subtracting(told)
        guard !new.isEmpty else { return }
        // Those that are there now are remembered before those that are gone.
        let present = Set(unclear.map(\.digest))
        let remembered = Array((present.sorted() + told.filter { !present.contains($0) }).prefix(Self.mostTold))
        let now = try key.seal(json: remembered, as: .toldEvents(poll.calendar))
        _ = tx.enqueue(ImportSQL.tellUnclear(of: poll, now))
        let notice = Notice(to: .account(poll.specialist), .calendarUnclear(poll.calendar))
        try await outbox.enqueue(notice, in: tx)
    }

    /// Nothing came of the poll, which is nobody's fault: its turn comes again when that of a worker that died would.
    package func release(_ poll: Poll, in tx: Transaction) async throws {
        _ = try await tx.execute(ImportSQL.release(poll))
    }
}

extension UnclearEvent {
    /// In Unicode scalars: of what looks like one character there may be any number.
    private static let longestUID = 200

    /// By which it is known again, in a length that is always the same.
    var digest: String {
        let text = [reason.rawValue, starts ?? "", uid ?? ""].joined(separator: "\n")
        return Data(SHA256.hash(data: Data(text.utf8)).prefix(16)).base64EncodedString()
    }

    init(_ event: UncertainEvent) {
        let reason: Reason =
            switch event.reason {
            case .rule: .rule
            case .zone: .zone
            case .times: .times
            }
        self.init(
            reason: reason, starts: event.starts,
            uid: event.uid.isEmpty
                ? nil : String(String.UnicodeScalarView(event.uid.unicodeScalars.prefix(Self.longestUID))))
    }
}
