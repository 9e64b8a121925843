package import Clinic
import FoundationEssentials
package import Postgres

extension Scheduler {
    /// A specialist's own hours, with the version that an edit names.
    /// - Throws: `AvailabilityRefusal.notFound` for anybody else's.
    package func availability(
        of specialist: AccountID, by caller: Caller, in tx: Transaction
    ) async throws -> (availability: Availability, version: Int) {
        let sets = tx.enqueue(AvailabilitySQL.sets(of: specialist))
        let rules = tx.enqueue(AvailabilitySQL.rules(of: specialist))
        let overrides = tx.enqueue(AvailabilitySQL.overrides(of: specialist))
        guard specialist == caller.account,
            let row = try await tx.first(
                "SELECT time_zone, availability_version FROM consilium.specialist WHERE id = \(specialist)")
        else { throw AvailabilityRefusal.notFound }
        let (zone, version) = try row.decode(String.self, Int.self)
        let stored = Dictionary(grouping: try await rules.rows().map { try StoredRule($0) }, by: \.set)
        let ruleSets = try await sets.rows().map { row in
            let (id, first, last, types) = try row.decode(
                UUID.self, CivilDate?.self, CivilDate?.self, [String]?.self)
            return RuleSet(
                effectiveFrom: first, effectiveUntil: last, visitTypes: types, rules: (stored[id] ?? []).map(\.rule))
        }
        let dated = try await overrides.rows().map { row in
            let (date, mode, types, starts, ends) = try row.decode(
                CivilDate.self, String.self, [String]?.self, [String].self, [String].self)
            return HoursOverride(
                HoursOverride.Mode(rawValue: mode) ?? .replace, on: date,
                hours: zip(starts, ends).map { HoursOfDay(starts: $0, ends: $1) }, visitTypes: types)
        }
        return (Availability(timeZone: zone, ruleSets: ruleSets, overrides: dated), version)
    }

    /// Replaces a specialist's own hours. Booked consults stay; the answer lists those that are now outside the hours, or
    /// in time off.
    /// - Parameter expected: the version that was edited.
    /// - Throws: `FieldRefusal` naming the place and its rule; `VersionRefusal.changedMeanwhile`, `.notFound`.
    package func replaceAvailability(
        of specialist: AccountID, with new: Availability, ifVersion expected: ExpectedVersion, by caller: Caller,
        in tx: Transaction
    ) async throws -> (change: AvailabilityChange, version: Int) {
        try await put(new, of: specialist, ifVersion: expected, by: caller, in: tx)
        let outside = try await outside(hoursOf: caller, in: tx)
        let kept = try await availability(of: specialist, by: caller, in: tx)
        return (AvailabilityChange(kept.availability, outside: outside), kept.version)
    }

    /// The part that saving and previewing share.
    /// - Parameter time: further dates whose hours are wanted for the rest of the transaction.
    func put(
        _ new: Availability, of specialist: AccountID, ifVersion expected: ExpectedVersion?,
        alsoOver time: ClosedRange<CivilDate>? = nil, by caller: Caller, in tx: Transaction
    ) async throws {
        guard specialist == caller.account else { throw AvailabilityRefusal.notFound }
        // Before the lock, so that nobody who books waits for it.
        let plan = try await new.plan(alsoOver: time, in: tx)
        try await lockCalendar(of: specialist, in: tx)
        let locked = tx.enqueue(
            "SELECT availability_version FROM consilium.specialist WHERE id = \(specialist) FOR NO KEY UPDATE")
        try await checkZone(new.timeZone, in: tx)
        let current = try await locked.first()?.decode(Int.self)
        try expected?.check(current)
        try await new.write(plan, of: specialist, in: tx)
        try await tx.execute(
            """
            UPDATE consilium.specialist SET time_zone = \(new.timeZone), availability_version = availability_version + 1
            WHERE id = \(specialist)
            """)
    }

    func checkZone(_ zone: String, in tx: Transaction) async throws {
        guard try await tx.first("SELECT consilium.is_zone(\(zone))")?.decode(Bool.self) == true else {
            throw FieldRefusal("/timeZone", rule: "choice", "must be an IANA time zone, as America/Vancouver")
        }
    }

    /// Locks the calendar of a specialist, whose hours are read under the same lock when somebody books.
    func lockCalendar(of specialist: AccountID, in tx: Transaction) async throws {
        guard try await CalendarLocks(of: [specialist], in: tx).areHeld() else { throw AvailabilityRefusal.notFound }
    }

    /// The consults to come that the caller gives, alone or in a panel, whose start is outside their hours, or that lie in
    /// their time off.
    func outside(hoursOf caller: Caller, in tx: Transaction) async throws -> [Appointment] {
        let sql =
            AppointmentRow.select(by: caller) + """
                 WHERE a.id IN (SELECT b.appointment_id FROM consilium.busy b WHERE b.person_id = \(caller.account)
                        AND b.during && tstzrange(clock_timestamp(), NULL))
                    AND a.state IN ('booked', 'checked_in') AND a.ends_at > clock_timestamp()
                    AND a.party_id <> \(caller.account) AND (
                        NOT EXISTS (SELECT FROM consilium.candidate_starts(
                            \(caller.account), v, a.starts_at, a.starts_at + interval '1 microsecond'))
                        OR EXISTS (SELECT FROM consilium.time_off o WHERE o.specialist_id = \(caller.account)
                            AND o.during && tstzrange(a.starts_at, a.ends_at)))
                ORDER BY a.starts_at, a.id
                """
        return try await tx.query(sql).map { try AppointmentRow($0).appointment }
    }
}
