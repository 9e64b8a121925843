package import Clinic
import FoundationEssentials
import Outbox
package import Postgres
import Vault

extension Scheduler {
    /// Links a calendar of the specialist's own. The worker reads it at its next poll.
    /// - Throws: `ProofNeeded`; `FieldRefusal` for an address at which no feed can be; `LinkRefusal`.
    package func linkCalendar(
        _ request: LinkRequest, of specialist: AccountID, by caller: Caller, in tx: Transaction
    ) async throws -> LinkedCalendar {
        try checkLinks(specialist, caller)
        try await caller.requireProof(in: tx)
        let url = try FeedURL(request.url)
        guard url.isEncrypted || allowsPlainFeeds else {
            throw FieldRefusal("/url", rule: "scheme", "must begin with https:// or webcal://")
        }
        if case .address(let address) = url.host, !address.isPublic, !allowsPlainFeeds {
            throw FieldRefusal("/url", rule: "public", "must lie on the public internet")
        }
        try await lockLinks(of: specialist, in: tx)
        let count = try await tx.first(
            "SELECT count(*) FROM consilium.linked_calendar WHERE specialist_id = \(specialist)")
        guard let count = try count?.decode(Int.self), count < LinkedCalendar.most else { throw LinkRefusal.tooMany }
        let id = LinkedCalendarID.random()
        let sealed = try await vault.personKey(specialist, in: tx).seal(Array(url.text.utf8), as: .linkedCalendar(id))
        _ = tx.enqueue(
            "INSERT INTO consilium.linked_calendar (id, specialist_id, url) VALUES (\(id), \(specialist), \(sealed))")
        _ = tx.enqueue("INSERT INTO consilium.calendar_poll (calendar_id) VALUES (\(id))")
        try await outbox.tell(.calendarLinked, to: [specialist], in: tx)
        guard let linked = try await linkedCalendars(of: specialist, by: caller, in: tx).first(where: { $0.id == id })
        else { throw LinkRefusal.notFound }
        return linked
    }

    /// The specialist's own links with their state, oldest first.
    /// - Throws: `LinkRefusal.notFound` for anybody else's.
    package func linkedCalendars(
        of specialist: AccountID, by caller: Caller, in tx: Transaction
    ) async throws -> [LinkedCalendar] {
        try checkLinks(specialist, caller)
        let rows = try await tx.query(LinkSQL.list(of: specialist))
        guard !rows.isEmpty else { return [] }
        let key = try await vault.personKey(specialist, in: tx)
        return try rows.map { row in
            let id: LinkedCalendarID = try row.decode("id")
            let url = String(
                decoding: try key.open(try row.decode("url"), as: .linkedCalendar(id)), as: UTF8.self)
            let checkedAt: Date? = try row.decode("checked_at")
            let failingSince: Date? = try row.decode("failing_since")
            let state: LinkedCalendar.State =
                failingSince != nil ? .failing : checkedAt != nil ? .current : .waiting
            let sealedEvents: [UInt8]? = try row.decode("unclear")
            let events = try sealedEvents.map { try key.open($0, json: [UnclearEvent].self, as: .unclearEvents(id)) }
            return LinkedCalendar(
                id: id, host: (try? FeedURL(url))?.host.text ?? "", createdAt: try row.decode("created_at"),
                state: state, checkedAt: checkedAt, failingSince: failingSince, problem: try row.decode("problem"),
                nextPollAt: try row.decode("next_poll_at"), busyTimes: try row.decode("busy_times"),
                unclearRules: try row.decode("unclear_rules"), unclearZones: try row.decode("unclear_zones"),
                unreadable: try row.decode("unreadable"),
                unclearEvents: events ?? [], conflicts: try row.decode("conflicts"))
        }
    }

    /// Unlinks a calendar. The time that it took is free at once.
    /// - Throws: `LinkRefusal.notFound`.
    package func unlinkCalendar(
        _ id: LinkedCalendarID, of specialist: AccountID, by caller: Caller, in tx: Transaction
    ) async throws {
        try checkLinks(specialist, caller)
        try await lockLinks(of: specialist, in: tx)
        guard
            try await tx.execute(
                "DELETE FROM consilium.linked_calendar WHERE id = \(id) AND specialist_id = \(specialist)") == 1
        else { throw LinkRefusal.notFound }
    }

    private func checkLinks(_ specialist: AccountID, _ caller: Caller) throws {
        guard specialist == caller.account, caller.roles.contains(.specialist) else { throw LinkRefusal.notFound }
    }

    /// Locks the specialist's calendar, under whose lock what is taken is read when somebody books.
    private func lockLinks(of specialist: AccountID, in tx: Transaction) async throws {
        guard try await CalendarLocks(of: [specialist], in: tx).areHeld(),
            try await tx.first("SELECT FROM consilium.specialist WHERE id = \(specialist)") != nil
        else { throw LinkRefusal.notFound }
    }
}

extension RowIdentity {
    /// The address of a linked calendar in UTF-8, sealed by the specialist's person key.
    static func linkedCalendar(_ id: LinkedCalendarID) -> RowIdentity { RowIdentity("linked_calendar.url", id) }

    /// What a calendar's server said of the version that was read last: `CalendarImport.Version`.
    static func feedVersion(_ id: LinkedCalendarID) -> RowIdentity { RowIdentity("calendar_poll.version", id) }

    /// The events of a calendar that cannot be read with certainty: `[UnclearEvent]`.
    static func unclearEvents(_ id: LinkedCalendarID) -> RowIdentity { RowIdentity("calendar_poll.unclear", id) }

    /// The digests of the events that the specialist was told of: `[String]`.
    static func notifiedEvents(_ id: LinkedCalendarID) -> RowIdentity {
        RowIdentity("calendar_poll.notified_events", id)
    }
}

private enum LinkSQL {
    static func list(of specialist: AccountID) -> SQL {
        """
        SELECT l.id, l.url, l.created_at, nullif(p.poll_at, 'infinity') AS next_poll_at, p.checked_at, p.failing_since, p.problem,
            p.unclear_rules, p.unclear_zones, p.unreadable, p.unclear,
            (SELECT count(*) FROM consilium.imported_busy b
                WHERE b.calendar_id = l.id AND upper(b.during) > clock_timestamp()) AS busy_times,
            ARRAY(SELECT a.id FROM consilium.appointment a
                WHERE \(fragment: AppointmentSQL.isOf("l.specialist_id")) AND a.state IN ('booked', 'checked_in')
                    AND a.ends_at > clock_timestamp() AND EXISTS (SELECT FROM consilium.imported_busy b
                        WHERE b.calendar_id = l.id AND b.during && tstzrange(a.starts_at, a.ends_at))
                ORDER BY a.starts_at, a.id) AS conflicts
        FROM consilium.linked_calendar l JOIN consilium.calendar_poll p ON p.calendar_id = l.id
        WHERE l.specialist_id = \(specialist) ORDER BY l.id
        """
    }
}
