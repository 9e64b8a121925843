package import Clinic
package import FoundationEssentials
package import Postgres

/// What hours would mean for some dates if they were saved.
package struct AvailabilityPreview: Codable, Sendable, Hashable {
    package let timeZone: String
    /// Every date of the range.
    package let days: [PreviewedDay]
    /// Booked consults to come, on any date, that these hours would not cover.
    package let outside: [Appointment]

    /// The most dates that are shown at once.
    package static let mostDays = 92
    /// How many days ahead a preview reaches.
    package static let farthestDays = 3660
}

/// One date's hours.
package struct PreviewedDay: Codable, Sendable, Hashable {
    package let date: CivilDate
    /// Earliest first; hours of one kind of consult that overlap or adjoin as one.
    package let hours: [PreviewedHours]
    /// The change of the specialist's clock on this date.
    package let clockChange: ClockChange?
}

/// Hours in which a consult can begin and end, by the specialist's clock. Times that the clock skips are not among them.
package struct PreviewedHours: Codable, Sendable, Hashable {
    package let starts: String
    package let ends: String
    package let startsAt: Date
    package let endsAt: Date
    /// The kinds of consult that can be booked in them.
    package let visitTypes: [String]
}

/// A change of the clock: times of day that its date does not have, or has twice. Of two the first counts.
package struct ClockChange: Codable, Sendable, Hashable {
    package enum Effect: String, Codable, Sendable, CaseIterable {
        case skips, repeats
    }

    package let at: Date
    package let effect: Effect
    /// The first of those times.
    package let starts: String
    /// The end of those times.
    package let ends: String
}

extension AvailabilityPreview {
    package static let example = AvailabilityPreview(
        timeZone: "America/New_York",
        days: [
            PreviewedDay(
                date: ExampleValues.date("2027-03-14"),
                hours: [
                    PreviewedHours(
                        starts: "01:00", ends: "04:00", startsAt: Date(timeIntervalSince1970: 1_805_004_000),
                        endsAt: Date(timeIntervalSince1970: 1_805_011_200), visitTypes: ["consult-30", "consult-45"])
                ],
                clockChange: ClockChange(
                    at: Date(timeIntervalSince1970: 1_805_007_600), effect: .skips, starts: "02:00", ends: "03:00"))
        ], outside: [.example])
}

extension Scheduler {
    /// Shows what hours would mean from one date to another, and which booked consults they would leave outside. It saves
    /// them, looks, and rolls back, so that it shows exactly what saving does.
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
    /// Every date's hours, with the visit types that share them and have a start in them by the rule that makes starts. The
    /// times of day are those of the instants, counted from the date's midnight.
    static func hours(of specialist: AccountID, _ time: ClosedRange<CivilDate>) -> SQL {
        """
        SELECT h.on_date, \(fragment: AvailabilitySQL.clock(minutes(at: "m.opens_at"))),
            \(fragment: AvailabilitySQL.clock(minutes(at: "m.closes_at"))), m.opens_at, m.closes_at,
            array_agg(v.id::text ORDER BY v.duration_minutes, v.id)
        FROM consilium.visit_type v, consilium.specialist s,
            LATERAL consilium.hours_of(s.id, v.id, \(time.lowerBound)::text::date, \(time.upperBound)::text::date) h,
            LATERAL (SELECT consilium.instant_of(h.on_date + make_interval(mins => h.starts), s.time_zone) AS opens_at,
                consilium.instant_of(h.on_date + make_interval(mins => h.ends), s.time_zone) AS closes_at) m
        WHERE v.current AND s.id = \(specialist) AND EXISTS (SELECT FROM consilium.grid(s.id, v, m.opens_at, m.closes_at))
        GROUP BY h.on_date, m.opens_at, m.closes_at, s.time_zone
        ORDER BY h.on_date, m.opens_at, m.closes_at
        """
    }

    /// The minutes since a date's midnight at an instant, by the specialist's clock.
    private static func minutes(at instant: SQL) -> SQL {
        "(extract(epoch FROM \(fragment: instant) AT TIME ZONE s.time_zone - h.on_date)::integer / 60)"
    }

    /// To the minute: the date, the instant, whether the clock goes forward, and the times that it skips or repeats.
    static func clockChanges(in zone: String, _ time: ClosedRange<CivilDate>) -> SQL {
        let shift: SQL = "(tick AT TIME ZONE \(zone)::text) - (tick AT TIME ZONE 'UTC')"
        return """
            WITH hour AS (
                SELECT tick, lag(\(fragment: shift)) OVER (ORDER BY tick) AS before, \(fragment: shift) AS after
                FROM generate_series(consilium.instant_of(\(time.lowerBound)::text::date - interval '1 hour', \(zone)),
                    consilium.instant_of(\(time.upperBound)::text::date + interval '1 day', \(zone)), interval '1 hour') tick
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
