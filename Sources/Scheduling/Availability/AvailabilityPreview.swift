package import Clinic
package import FoundationEssentials
package import Postgres

/// What hours would mean for some dates, were they saved.
package struct AvailabilityPreview: Codable, Sendable, Hashable {
    package let timeZone: String
    /// Every date of the range.
    package let days: [PreviewedDay]
    /// Booked consults to come, of any date, that these hours would not cover.
    package let outside: [Appointment]

    package init(timeZone: String, days: [PreviewedDay], outside: [Appointment]) {
        self.timeZone = timeZone
        self.days = days
        self.outside = outside
    }

    /// The most dates that are shown at once.
    package static let mostDays = 92
    /// So many days ahead a preview can look.
    package static let farthestDays = 3660
}

/// One date's hours.
package struct PreviewedDay: Codable, Sendable, Hashable {
    package let date: CivilDate
    /// Earliest first; hours of one kind of consult that overlap or adjoin as one.
    package let hours: [PreviewedHours]
    /// What her clock does on this date, where it changes.
    package let clockChange: ClockChange?

    package init(date: CivilDate, hours: [PreviewedHours], clockChange: ClockChange? = nil) {
        self.date = date
        self.hours = hours
        self.clockChange = clockChange
    }
}

/// Hours in which a consult can begin and end, as the specialist's wall shows them: what the clock skips is not among
/// them.
package struct PreviewedHours: Codable, Sendable, Hashable {
    package let starts: String
    package let ends: String
    package let startsAt: Date
    package let endsAt: Date
    /// The kinds of consult that can be booked in them.
    package let visitTypes: [String]

    package init(starts: String, ends: String, startsAt: Date, endsAt: Date, visitTypes: [String]) {
        self.starts = starts
        self.ends = ends
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.visitTypes = visitTypes
    }
}

/// A change of the clock: wall times that do not come on its date, or that come twice, of which the first counts.
package struct ClockChange: Codable, Sendable, Hashable {
    package enum Effect: String, Codable, Sendable, CaseIterable {
        case skips, repeats
    }

    package let at: Date
    package let effect: Effect
    /// The wall times from here on,
    package let starts: String
    /// and before this one.
    package let ends: String

    package init(at: Date, effect: Effect, starts: String, ends: String) {
        self.at = at
        self.effect = effect
        self.starts = starts
        self.ends = ends
    }
}

extension Scheduler {
    /// Shows what hours would mean from one date to another and which booked consults they would leave outside. It saves
    /// them, looks, and takes everything back: what is shown is what saving does.
    /// - Parameters:
    ///   - from: today in the new zone where nil.
    ///   - to: 27 days after `from` where nil: four weeks.
    /// - Throws: `FieldRefusal` for the hours, or with `/from` and `/to` for a range that is too long or too far;
    ///   `AvailabilityRefusal.notFound`.
    package func previewAvailability(
        of specialist: AccountID, _ new: Availability, from: CivilDate?, to: CivilDate?, by caller: Caller,
        in tx: Transaction
    ) async throws -> AvailabilityPreview {
        guard specialist == caller.account else { throw AvailabilityRefusal.notFound }
        try await checkZone(new.timeZone, in: tx)
        let time = try await previewed(from, to, in: new.timeZone, tx)
        try await tx.execute("SAVEPOINT preview")
        try await put(new, of: specialist, ifVersion: nil, alsoOver: time, by: caller, in: tx)
        let hours = tx.enqueue(PreviewSQL.hours(of: specialist, time))
        let changes = tx.enqueue(PreviewSQL.clockChanges(in: new.timeZone, time))
        let outside = try await outside(hoursOf: caller, in: tx)
        let (spans, clock) = (try await hours.rows(), try await changes.rows())
        let days = try PreviewedDay.days(of: time, spans, clock)
        try await tx.execute("ROLLBACK TO SAVEPOINT preview")
        return AvailabilityPreview(timeZone: new.timeZone, days: days, outside: outside)
    }

    private func previewed(
        _ from: CivilDate?, _ to: CivilDate?, in zone: String, _ tx: Transaction
    ) async throws -> ClosedRange<CivilDate> {
        let today = try await tx.first("SELECT (clock_timestamp() AT TIME ZONE \(zone)::text)::date")?
            .decode(CivilDate.self)
        guard let today, let farthest = today.adding(days: AvailabilityPreview.farthestDays) else {
            throw AvailabilityRefusal.notFound
        }
        let first = from ?? today
        guard let last = to ?? first.adding(days: 27), last <= farthest else {
            throw FieldRefusal(
                "/to", rule: "range", "must be at most \(AvailabilityPreview.farthestDays) days ahead of today")
        }
        guard first <= last else { throw FieldRefusal("/to", rule: "range", "must not be before from") }
        guard last.dayNumber - first.dayNumber < AvailabilityPreview.mostDays else {
            throw FieldRefusal(
                "/to", rule: "range", "must be at most \(AvailabilityPreview.mostDays - 1) days after from")
        }
        return first...last
    }
}

extension PreviewedDay {
    fileprivate static func days(
        of time: ClosedRange<CivilDate>, _ hours: [Row], _ changes: [Row]
    ) throws -> [PreviewedDay] {
        var hoursOf: [CivilDate: [PreviewedHours]] = [:]
        for row in hours {
            let (date, starts, ends, startsAt, endsAt, types) = try row.decode(
                CivilDate.self, String.self, String.self, Date.self, Date.self, [String].self)
            hoursOf[date, default: []].append(
                PreviewedHours(starts: starts, ends: ends, startsAt: startsAt, endsAt: endsAt, visitTypes: types))
        }
        var changeOf: [CivilDate: ClockChange] = [:]
        for row in changes {
            let (date, at, skips, starts, ends) = try row.decode(
                CivilDate.self, Date.self, Bool.self, String.self, String.self)
            changeOf[date] = ClockChange(at: at, effect: skips ? .skips : .repeats, starts: starts, ends: ends)
        }
        let dates = sequence(first: time.lowerBound) { $0.adding(days: 1) }.prefix { $0 <= time.upperBound }
        return dates.map { PreviewedDay(date: $0, hours: hoursOf[$0] ?? [], clockChange: changeOf[$0]) }
    }
}

enum PreviewSQL {
    /// Every date's hours with the visit types that share them and have a start in them, by the rule that makes starts;
    /// the wall times are those of the instants, past midnight as of the date's day.
    static func hours(of specialist: AccountID, _ time: ClosedRange<CivilDate>) -> SQL {
        """
        SELECT h.on_date, \(fragment: AvailabilitySQL.clock(wall("m.opens_at"))),
            \(fragment: AvailabilitySQL.clock(wall("m.closes_at"))), m.opens_at, m.closes_at, array_agg(v.id::text ORDER BY v.duration_minutes, v.id)
        FROM visit_type v, specialist s,
            LATERAL hours_of(s.id, v.id, \(time.lowerBound)::text::date, \(time.upperBound)::text::date) h,
            LATERAL (SELECT instant_of(h.on_date + make_interval(mins => h.starts), s.time_zone) AS opens_at,
                instant_of(h.on_date + make_interval(mins => h.ends), s.time_zone) AS closes_at) m
        WHERE v.current AND s.id = \(specialist) AND EXISTS (SELECT FROM candidate_starts(s.id, v, m.opens_at, m.closes_at))
        GROUP BY h.on_date, m.opens_at, m.closes_at, s.time_zone
        ORDER BY h.on_date, m.opens_at, m.closes_at
        """
    }

    /// The minutes of a date's wall clock at an instant.
    private static func wall(_ instant: SQL) -> SQL {
        "(extract(epoch FROM \(fragment: instant) AT TIME ZONE s.time_zone - h.on_date)::integer / 60)"
    }

    /// To the minute: the date, the instant, whether it goes forward, and the wall times that do not come or come twice.
    static func clockChanges(in zone: String, _ time: ClosedRange<CivilDate>) -> SQL {
        let shift: SQL = "(tick AT TIME ZONE \(zone)::text) - (tick AT TIME ZONE 'UTC')"
        return """
            WITH hour AS (
                SELECT tick, lag(\(fragment: shift)) OVER (ORDER BY tick) AS before, \(fragment: shift) AS after
                FROM generate_series(instant_of(\(time.lowerBound)::text::date - interval '1 hour', \(zone)),
                    instant_of(\(time.upperBound)::text::date + interval '1 day', \(zone)), interval '1 hour') tick
            ), change AS (
                SELECT minute.tick AS changes_at, hour.after > hour.before AS skips,
                    minute.tick AT TIME ZONE 'UTC' + least(hour.before, hour.after) AS first,
                    minute.tick AT TIME ZONE 'UTC' + greatest(hour.before, hour.after) AS last
                FROM hour, LATERAL (
                    SELECT tick FROM generate_series(hour.tick - interval '59 minutes', hour.tick, interval '1 minute')
                        tick
                    WHERE \(fragment: shift) <> hour.before ORDER BY tick LIMIT 1) minute
                WHERE hour.after <> hour.before
            )
            SELECT first::date, changes_at, skips, to_char(first, 'HH24:MI'),
                \(fragment: AvailabilitySQL.clock("extract(epoch FROM last - date_trunc('day', first))::integer / 60"))
            FROM change
            WHERE first::date BETWEEN \(time.lowerBound)::text::date AND \(time.upperBound)::text::date
            """
    }
}
