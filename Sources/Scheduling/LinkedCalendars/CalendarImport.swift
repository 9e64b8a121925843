package import Clinic
import Crypto
import FoundationEssentials
package import ICalendar
package import Outbox
package import Postgres
import TypedText
package import Vault

/// The worker's side of linked calendars: which are due, and the result of each poll.
package struct CalendarImport: Sendable {
    private let vault: Vault
    private let outbox: Outbox
    /// The time from one successful poll to the next.
    private let pause: Duration

    package init(vault: Vault, outbox: Outbox, pause: Duration) {
        self.vault = vault
        self.outbox = outbox
        self.pause = pause
    }

    /// What a server says of a version (RFC 9110 §8.8), for asking whether there is a newer one.
    package struct Version: Codable, Sendable, Hashable {
        package let tag: String?
        package let modified: String?

        package init(tag: String?, modified: String?) {
            self.tag = tag
            self.modified = modified
        }
    }

    /// A calendar that is due. The fence is the right to write the result.
    package struct Poll: Sendable {
        package let calendar: LinkedCalendarID
        package let specialist: AccountID
        let fence: Int64
        package let url: FeedURL
        /// The version that need not be read again; nil once a day, because time passes while the document stays the same.
        package let known: Version?
        /// The owner's mail addresses in lower case, by which their answers to invitations are found.
        package let addresses: Set<String>
    }

    /// How many of the events that the owner was told of are remembered: as many as ten mails list.
    static let mostNotified = 10 * LinkedCalendar.mostUnclear

    /// How many fetches of a calendar may end without a result before it is set aside: they may have killed their workers.
    static let mostUnfinished = 2

    /// Sets aside, for all workers, each calendar that is due and whose fetch was begun that often without an end. Its
    /// owner sees it fail with `set_aside`, until they link it again or an operator puts it back.
    /// - Returns: those calendars.
    package func setAside(in tx: Transaction) async throws -> [LinkedCalendarID] {
        let aside = try await tx.query(ImportSQL.setAside(after: Self.mostUnfinished))
            .map { try $0.decode(LinkedCalendarID.self) }
        try await noteFailureNotified(aside, in: tx)
        return aside
    }

    /// Claims calendars that are due, each for a while: after that another worker can have those of a worker that died.
    /// That a fetch begins is written before it begins.
    /// - Parameter again: claims those whose last fetch had no end. They should be fetched one at a time, so that no other
    ///   is blamed.
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
                // The owner's key was shredded, and the address with it.
                _ = tx.enqueue(ImportSQL.stop(id, because: nil))
            } catch is FieldRefusal {
                // It was linked before such addresses were refused.
                _ = tx.enqueue(ImportSQL.stop(id, because: "bad_address"))
                try await noteFailureNotified([id], in: tx)
            }
        }
        return polls
    }

    /// Tells the owners of failing calendars, once for each failure: at once where a calendar was never read or is no longer
    /// fetched, otherwise after it has failed for hours.
    private func noteFailureNotified(_ calendars: [LinkedCalendarID], in tx: Transaction) async throws {
        guard !calendars.isEmpty else { return }
        for row in try await tx.query(ImportSQL.noteFailureNotified(calendars)) {
            let (calendar, specialist) = try row.decode(LinkedCalendarID.self, AccountID.self)
            try await outbox.tell(.calendarFailing(calendar), to: [specialist], in: tx)
        }
    }

    /// Notes that a calendar has not changed.
    package func keep(_ poll: Poll, in tx: Transaction) async throws {
        _ = try await tx.execute(ImportSQL.succeed(poll, after: pause))
    }

    /// Stores when the specialist is busy, and tells them of booked consults at such times. Of the document only its times
    /// are kept.
    /// - Throws: `CalendarFault.tooMuch`.
    package func keep(
        _ poll: Poll, reading calendar: ForeignCalendar, version: Version?, through database: Database
    ) async throws {
        // Before the lock, so that they can be booked meanwhile.
        let busy = try await BusyTimes.read(calendar, of: poll.specialist, through: database)
        try await database.withTransaction(as: .nobody) { try await keep(poll, busy, version, in: $0) }
    }

    private func keep(_ poll: Poll, _ busy: BusyTimes, _ version: Version?, in tx: Transaction) async throws {
        let key = try await vault.personKey(poll.specialist, in: tx)
        let sealed = try key.seal(json: version ?? Version(tag: nil, modified: nil), as: .feedVersion(poll.calendar))
        let unclear = busy.unclear.prefix(LinkedCalendar.mostUnclear).map { UnclearEvent($0) }
        let listed = unclear.isEmpty ? nil : try key.seal(json: unclear, as: .unclearEvents(poll.calendar))

        guard try await CalendarLocks(of: [poll.specialist], in: tx).areHeld(),
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

    /// Notes that a calendar could not be fetched or read. Its last content still counts, and the next poll comes later
    /// each time.
    /// - Parameter problem: a stable word.
    package func fail(_ poll: Poll, because problem: String, in tx: Transaction) async throws {
        _ = try await tx.execute(ImportSQL.fail(poll, because: problem, after: pause))
        try await noteFailureNotified([poll.calendar], in: tx)
    }

    /// Tells the owner of uncertain events that they were not told of yet, at most once a day: some calendars give the same
    /// event another UID each time.
    private func tell(
        _ poll: Poll, of unclear: [UnclearEvent], _ key: DataKey, in tx: Transaction
    ) async throws {
        let row = try await tx.first(ImportSQL.notifiedEvents(of: poll))
        guard let (sealed, isRecent) = try row?.decode([UInt8]?.self, Bool.self), !isRecent else { return }
        let told = try sealed.map { try key.open($0, json: [String].self, as: .notifiedEvents(poll.calendar)) } ?? []
        let new = Set(unclear.map(\.digest)).subtracting(told)
        guard !new.isEmpty else { return }
        // Events that are there now are remembered before those that are gone.
        let present = Set(unclear.map(\.digest))
        let remembered = Array((present.sorted() + told.filter { !present.contains($0) }).prefix(Self.mostNotified))
        let now = try key.seal(json: remembered, as: .notifiedEvents(poll.calendar))
        _ = tx.enqueue(ImportSQL.tellUnclear(of: poll, now))
        let notice = Notice(to: .account(poll.specialist), .calendarUnclear(poll.calendar))
        try await outbox.enqueue(notice, in: tx)
    }

    /// Ends a poll without a result that is not the calendar's fault. It is due again when its claim runs out.
    package func release(_ poll: Poll, in tx: Transaction) async throws {
        _ = try await tx.execute(ImportSQL.release(poll))
    }
}

extension UnclearEvent {
    /// In Unicode scalars: one visible character may have any number of them.
    private static let longestUID = 200

    /// Identifies the event from poll to poll, in a fixed length.
    var digest: String {
        let text = [reason.rawValue, starts ?? "", uid ?? ""].joined(separator: "\n")
        return Data(SHA256.hash(data: Data(text.utf8)).prefix(16)).base64EncodedString()
    }

    init(_ event: UncertainEvent) {
        self.init(
            reason: event.reason, starts: event.starts,
            uid: event.uid.isEmpty
                ? nil : String(String.UnicodeScalarView(event.uid.unicodeScalars.prefix(Self.longestUID))))
    }
}
