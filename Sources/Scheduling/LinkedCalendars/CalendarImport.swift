package import Clinic
import FoundationEssentials
package import ICalendar
package import Outbox
package import Postgres
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

    /// How many fetches of a calendar may end without a word before it is set aside: their workers ended with them.
    static let mostUnfinished = 2

    /// Sets aside, for all workers, what is due and was begun as often as that without an end. Its owner sees it fail with
    /// `set_aside`, until they link it anew or an operator puts it back.
    /// - Returns: those calendars.
    package func setAside(in tx: Transaction) async throws -> [LinkedCalendarID] {
        try await tx.query(ImportSQL.setAside(after: Self.mostUnfinished)).map { try $0.decode(LinkedCalendarID.self) }
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
                        addresses: [address.lowercased()]))
            } catch is VaultError {
                // Her particulars were shredded: what she linked is gone with them.
                _ = tx.enqueue(ImportSQL.stop(id, because: nil))
            } catch is FieldRefusal {
                // It was linked before such an address was refused.
                _ = tx.enqueue(ImportSQL.stop(id, because: "bad_address"))
            }
        }
        return polls
    }

    /// The calendar is what it was.
    package func keep(_ poll: Poll, in tx: Transaction) async throws {
        _ = try await tx.execute(ImportSQL.succeed(poll, after: pause))
    }

    /// Takes over when she is busy, and tells her of booked consults at such times. Everything of the document but its
    /// times is forgotten here.
    /// - Throws: `CalendarFault.tooMuch`.
    package func keep(
        _ poll: Poll, reading calendar: ForeignCalendar, version: Version?, in tx: Transaction
    ) async throws {
        let names = Array(try BusyWalls.zoneNames(of: calendar))
        let known = try await tx.query("SELECT n FROM unnest(\(names)) n WHERE consilium.is_zone(n)")
            .map { try $0.decode(String.self) }
        let today = try await tx.first("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")?.decode(CivilDate.self)
        guard let today, let first = today.adding(days: -2), let last = today.adding(days: LinkedCalendar.days + 2)
        else {
            return
        }
        let walls = try BusyWalls(calendar, known: Set(known), in: first...last)
        // Long before the lock: she can be booked meanwhile.
        let taken = try await tx.query(ImportSQL.taken(by: walls, of: poll.specialist, days: LinkedCalendar.days))
            .map { try $0.decode(Date.self, Date.self) }
        let sealed = try await vault.personKey(poll.specialist, in: tx)
            .seal(json: version ?? Version(tag: nil, modified: nil), as: .feedVersion(poll.calendar))

        guard try await tx.query(ImportSQL.lockCalendar(of: poll.specialist)).count == 1,
            try await tx.query(ImportSQL.lock(poll)).count == 1
        else { return }
        let (starts, ends) = (taken.map(\.0), taken.map(\.1))
        _ = tx.enqueue(ImportSQL.free(poll, but: starts, ends))
        _ = tx.enqueue(ImportSQL.take(poll, starts, ends))
        _ = tx.enqueue(ImportSQL.succeed(poll, after: pause))
        _ = tx.enqueue(ImportSQL.note(poll, walls, unreadable: calendar.unreadable, version: sealed))
        for row in try await tx.query(ImportSQL.conflicts(of: poll)) {
            let (appointment, sequence) = try row.decode(AppointmentID.self, Int.self)
            let template = Notice.Template.calendarConflict(appointment, sequence: sequence)
            try await outbox.enqueue(Notice(to: .account(poll.specialist), template), in: tx)
        }
    }

    /// The calendar was not to be had, or is none: what it said last still counts, and the next poll comes later each
    /// time.
    /// - Parameter problem: a word.
    package func fail(_ poll: Poll, because problem: String, in tx: Transaction) async throws {
        _ = try await tx.execute(ImportSQL.fail(poll, because: problem, after: pause))
    }

    /// Nothing came of the poll, which is nobody's fault: its turn comes again when that of a worker that died would.
    package func release(_ poll: Poll, in tx: Transaction) async throws {
        _ = try await tx.execute(ImportSQL.release(poll))
    }
}
