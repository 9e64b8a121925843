package import Clinic
import FoundationEssentials
package import Postgres

extension Scheduler {
    /// A specialist's own hours, and their version for an edit to name.
    /// - Throws: `AvailabilityRefusal.notFound` for anybody else's.
    package func availability(
        of specialist: AccountID, by caller: Caller, in tx: Transaction
    ) async throws -> (availability: Availability, version: Int) {
        let rules = tx.enqueue(AvailabilitySQL.weekly(of: specialist))
        let exceptions = tx.enqueue(AvailabilitySQL.exceptions(of: specialist))
        guard specialist == caller.account,
            let row = try await tx.first(
                "SELECT time_zone, availability_version FROM specialist WHERE id = \(specialist)")
        else { throw AvailabilityRefusal.notFound }
        let (zone, version) = try row.decode(String.self, Int.self)
        let weekly = try await rules.rows().map { row in
            let (weekday, starts, ends) = try row.decode(Int.self, String.self, String.self)
            return WeeklyHours(weekday: weekday, starts: starts, ends: ends)
        }
        let dated = try await exceptions.rows().map { row in
            let (date, starts, ends) = try row.decode(String.self, [String].self, [String].self)
            return DatedHours(date: date, hours: zip(starts, ends).map { HoursOfDay(starts: $0, ends: $1) })
        }
        return (Availability(timeZone: zone, weekly: weekly, exceptions: dated), version)
    }

    /// Replaces a specialist's own hours. Booked consults are not touched; the answer lists those that are now outside.
    /// - Parameter version: the version that she edited.
    /// - Throws: `FieldRefusal` naming the place and its rule; `AvailabilityRefusal.changedMeanwhile`, `.notFound`.
    package func replaceAvailability(
        of specialist: AccountID, with new: Availability, ifVersion version: Int, by caller: Caller, in tx: Transaction
    ) async throws -> (change: AvailabilityChange, version: Int) {
        try new.check()
        guard specialist == caller.account else { throw AvailabilityRefusal.notFound }
        // Whoever books her looks at these hours under the same lock.
        try await lockCalendar(of: specialist, in: tx)
        let locked = tx.enqueue(
            "SELECT availability_version FROM specialist WHERE id = \(specialist) FOR NO KEY UPDATE")
        let zone = try await tx.first("SELECT is_zone(\(new.timeZone))")?.decode(Bool.self)
        guard try await locked.first()?.decode(Int.self) == version else { throw AvailabilityRefusal.changedMeanwhile }
        guard zone == true else {
            throw FieldRefusal("/timeZone", rule: "choice", "must be an IANA time zone, as America/Vancouver")
        }
        _ = tx.enqueue("DELETE FROM availability_rule WHERE specialist_id = \(specialist)")
        _ = tx.enqueue("DELETE FROM availability_exception WHERE specialist_id = \(specialist)")
        _ = tx.enqueue(AvailabilitySQL.insertWeekly(new.weekly, of: specialist))
        _ = tx.enqueue(AvailabilitySQL.insertExceptions(new.exceptions, of: specialist))
        _ = tx.enqueue(
            """
            UPDATE specialist SET time_zone = \(new.timeZone), availability_version = availability_version + 1
            WHERE id = \(specialist)
            """)
        let outside = try await outside(hoursOf: caller, in: tx)
        let kept = try await availability(of: specialist, by: caller, in: tx)
        return (AvailabilityChange(kept.availability, outside: outside), kept.version)
    }

    func lockCalendar(of specialist: AccountID, in tx: Transaction) async throws {
        guard
            try await tx.query("SELECT FROM calendar WHERE person_id = \(specialist) FOR NO KEY UPDATE").count == 1
        else { throw AvailabilityRefusal.notFound }
    }

    /// The specialist's own consults to come whose start her hours no longer hold, or that lie in her time off.
    func outside(hoursOf caller: Caller, in tx: Transaction) async throws -> [Appointment] {
        let sql =
            AppointmentRow.select(by: caller) + """
                 WHERE a.specialist_id = \(caller.account) AND a.state IN ('booked', 'checked_in')
                    AND a.ends_at > clock_timestamp() AND (
                        NOT EXISTS (SELECT FROM grid(
                            a.specialist_id, v, a.starts_at, a.starts_at + interval '1 microsecond'))
                        OR EXISTS (SELECT FROM time_off o WHERE o.specialist_id = a.specialist_id
                            AND o.during && tstzrange(a.starts_at, a.ends_at)))
                ORDER BY a.starts_at, a.id
                """
        return try await tx.query(sql).map { try AppointmentRow($0).appointment }
    }
}

enum AvailabilitySQL {
    static func weekly(of specialist: AccountID) -> SQL {
        """
        SELECT weekday, left(starts::text, 5), left(ends::text, 5) FROM availability_rule
        WHERE specialist_id = \(specialist) ORDER BY weekday, starts
        """
    }

    static func exceptions(of specialist: AccountID) -> SQL {
        """
        SELECT on_date,
            coalesce(array_agg(left(starts::text, 5) ORDER BY starts) FILTER (WHERE starts IS NOT NULL), '{}'),
            coalesce(array_agg(left(ends::text, 5) ORDER BY starts) FILTER (WHERE ends IS NOT NULL), '{}')
        FROM availability_exception WHERE specialist_id = \(specialist) GROUP BY on_date ORDER BY on_date
        """
    }

    static func insertWeekly(_ weekly: [WeeklyHours], of specialist: AccountID) -> SQL {
        """
        INSERT INTO availability_rule (specialist_id, weekday, starts, ends)
        SELECT \(specialist), h.weekday, h.starts::time, h.ends::time
        FROM unnest(\(weekly.map { Int16(clamping: $0.weekday) }), \(weekly.map(\.starts)), \(weekly.map(\.ends)))
            h (weekday, starts, ends)
        """
    }

    /// A date without hours is one row of NULLs.
    static func insertExceptions(_ exceptions: [DatedHours], of specialist: AccountID) -> SQL {
        let free = exceptions.filter(\.hours.isEmpty).map(\.date)
        let hours = exceptions.flatMap { exception in exception.hours.map { (exception.date, $0.starts, $0.ends) } }
        return """
            INSERT INTO availability_exception (specialist_id, on_date, starts, ends)
            SELECT \(specialist), f::date, NULL, NULL FROM unnest(\(free)) f
            UNION ALL
            SELECT \(specialist), h.on_date::date, h.starts::time, h.ends::time
            FROM unnest(\(hours.map(\.0)), \(hours.map(\.1)), \(hours.map(\.2))) h (on_date, starts, ends)
            """
    }
}
