package import Clinic
import FoundationEssentials
import Outbox
package import Postgres
import Vault

extension Scheduler {
    /// Links a calendar of the specialist's own. The worker reads it within its next poll.
    /// - Throws: `ProofNeeded`; `FieldRefusal` for what is no address of a feed; `LinkRefusal`.
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
        let count = try await tx.first("SELECT count(*) FROM linked_calendar WHERE specialist_id = \(specialist)")
        guard let count = try count?.decode(Int.self), count < LinkedCalendar.most else { throw LinkRefusal.tooMany }
        let id = LinkedCalendarID.random()
        let sealed = try await vault.personKey(specialist, in: tx).seal(Array(url.text.utf8), as: .linkedCalendar(id))
        _ = tx.enqueue(
            "INSERT INTO linked_calendar (id, specialist_id, url) VALUES (\(id), \(specialist), \(sealed))")
        _ = tx.enqueue("INSERT INTO calendar_poll (calendar_id) VALUES (\(id))")
        try await outbox.tell(.calendarLinked, to: [specialist], in: tx)
        guard let linked = try await linkedCalendars(of: specialist, by: caller, in: tx).first(where: { $0.id == id })
        else { throw LinkRefusal.notFound }
        return linked
    }

    /// The specialist's own links with how they fare, oldest first.
    /// - Throws: `LinkRefusal.notFound` for anybody else's.
    package func linkedCalendars(
        of specialist: AccountID, by caller: Caller, in tx: Transaction
    ) async throws -> [LinkedCalendar] {
        try checkLinks(specialist, caller)
        let rows = try await tx.query(LinkSQL.list(of: specialist))
        guard !rows.isEmpty else { return [] }
        let key = try await vault.personKey(specialist, in: tx)
        return try rows.map { row in
            let (
                id, sealed, created, next, checked, since, problem, rules, zones, unreadable, unclear, busy, conflicts
            ) = try row.decode(
                LinkedCalendarID.self, [UInt8].self, Date.self, Date?.self, Date?.self, Date?.self, String?.self,
                Int.self, Int.self, Int.self, [UInt8]?.self, Int.self, [AppointmentID].self)
            let url = String(decoding: try key.open(sealed, as: .linkedCalendar(id)), as: UTF8.self)
            return LinkedCalendar(
                id: id, host: (try? FeedURL(url))?.host.text ?? "", createdAt: created,
                state: since != nil ? .failing : checked != nil ? .current : .waiting, checkedAt: checked,
                failingSince: since, problem: problem, nextPollAt: next, busyTimes: busy, unclearRules: rules,
                unclearZones: zones, unreadable: unreadable,
                unclearEvents: try unclear.map { try key.open($0, json: [UnclearEvent].self, as: .unclearEvents(id)) }
                    ?? [],
                conflicts: conflicts)
        }
    }

    /// Forgets a calendar; the time that it took is free at once.
    /// - Throws: `LinkRefusal.notFound`.
    package func unlinkCalendar(
        _ id: LinkedCalendarID, of specialist: AccountID, by caller: Caller, in tx: Transaction
    ) async throws {
        try checkLinks(specialist, caller)
        try await lockLinks(of: specialist, in: tx)
        guard
            try await tx.execute("DELETE FROM linked_calendar WHERE id = \(id) AND specialist_id = \(specialist)") == 1
        else { throw LinkRefusal.notFound }
    }

    private func checkLinks(_ specialist: AccountID, _ caller: Caller) throws {
        guard specialist == caller.account, caller.roles.contains(.specialist) else { throw LinkRefusal.notFound }
    }

    /// Whoever books her looks at what is taken under the same lock.
    private func lockLinks(of specialist: AccountID, in tx: Transaction) async throws {
        guard
            try await tx.query("SELECT FROM calendar WHERE person_id = \(specialist) FOR NO KEY UPDATE").count == 1,
            try await tx.first("SELECT FROM specialist WHERE id = \(specialist)") != nil
        else { throw LinkRefusal.notFound }
    }
}

extension RowIdentity {
    /// The address of a linked calendar: its UTF-8, sealed by the specialist's person key.
    static func linkedCalendar(_ id: LinkedCalendarID) -> RowIdentity { RowIdentity("linked_calendar.url", id) }

    /// What a calendar's server said of the version that was read last.
    static func feedVersion(_ id: LinkedCalendarID) -> RowIdentity { RowIdentity("calendar_poll.version", id) }

    /// The events of a calendar that are not read for certain: `[UnclearEvent]`, sealed by the specialist's person key.
    static func unclearEvents(_ id: LinkedCalendarID) -> RowIdentity { RowIdentity("calendar_poll.unclear", id) }

    /// Those that the specialist was told of: `[String]`, their digests.
    static func toldEvents(_ id: LinkedCalendarID) -> RowIdentity { RowIdentity("calendar_poll.told_unclear", id) }
}

private enum LinkSQL {
    static func list(of specialist: AccountID) -> SQL {
        """
        SELECT l.id, l.url, l.created_at, nullif(p.poll_at, 'infinity'), p.checked_at, p.failing_since, p.problem,
            p.unclear_rules, p.unclear_zones, p.unreadable, p.unclear,
            (SELECT count(*) FROM imported_busy b WHERE b.calendar_id = l.id AND upper(b.during) > clock_timestamp()),
            ARRAY(SELECT a.id FROM appointment a
                WHERE \(fragment: AppointmentSQL.isOf("l.specialist_id")) AND a.state IN ('booked', 'checked_in') AND a.ends_at > clock_timestamp() AND EXISTS (SELECT FROM imported_busy b
                        WHERE b.calendar_id = l.id AND b.during && tstzrange(a.starts_at, a.ends_at))
                ORDER BY a.starts_at, a.id)
        FROM linked_calendar l JOIN calendar_poll p ON p.calendar_id = l.id
        WHERE l.specialist_id = \(specialist) ORDER BY l.id
        """
    }
}
