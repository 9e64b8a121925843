import Clinic
import FoundationEssentials
import Postgres
import Scheduling
import TestSupport
import Testing

/// A wall-clock time and the instant that it names, or none when the clock skips it.
struct WallClockCase: Sendable, CustomTestStringConvertible {
    let zone: String
    let wallClock: String
    let instant: String
    var testDescription: String { "\(wallClock) in \(zone) is \(instant)" }
}

@Suite("Wall-clock time by RFC 5545", .database, .timeLimit(.minutes(5)))
struct WallClockTimeTests {
    /// Computed by hand from the zones' rules.
    static let table = [
        // Half an hour back on 5 April 2026 at 02:00, and forward on 4 October at 02:00.
        WallClockCase(zone: "Australia/Lord_Howe", wallClock: "2026-04-05T01:45", instant: "2026-04-04T14:45Z"),
        WallClockCase(zone: "Australia/Lord_Howe", wallClock: "2026-04-05T02:00", instant: "2026-04-04T15:30Z"),
        WallClockCase(zone: "Australia/Lord_Howe", wallClock: "2026-10-04T02:15", instant: "2026-10-03T15:45Z"),
        // Back to UTC for Ramadan on 15 February 2026 at 03:00, and forward on 22 March at 02:00.
        WallClockCase(zone: "Africa/Casablanca", wallClock: "2026-02-15T02:30", instant: "2026-02-15T01:30Z"),
        WallClockCase(zone: "Africa/Casablanca", wallClock: "2026-03-01T09:00", instant: "2026-03-01T09:00Z"),
        WallClockCase(zone: "Africa/Casablanca", wallClock: "2026-04-01T09:00", instant: "2026-04-01T08:00Z"),
        WallClockCase(zone: "Asia/Kathmandu", wallClock: "2026-07-01T09:00", instant: "2026-07-01T03:15Z"),
        // Vancouver went forward for good in March 2026: no change back in November.
        WallClockCase(zone: "America/Vancouver", wallClock: "2026-07-01T09:00", instant: "2026-07-01T16:00Z"),
        WallClockCase(zone: "America/Vancouver", wallClock: "2026-12-01T09:00", instant: "2026-12-01T16:00Z"),
        // The first of two, and the offset before the gap.
        WallClockCase(zone: "America/New_York", wallClock: "2026-11-01T01:30", instant: "2026-11-01T05:30Z"),
        WallClockCase(zone: "America/New_York", wallClock: "2026-11-01T02:00", instant: "2026-11-01T07:00Z"),
        WallClockCase(zone: "America/New_York", wallClock: "2026-03-08T02:30", instant: "2026-03-08T07:30Z"),
    ]

    @Test("names the first of a repeated time, and reads a skipped one with the offset before", arguments: table)
    func instants(of example: WallClockCase) async throws {
        #expect(
            try await ask(
                """
                SELECT to_char(instant_of(\(example.wallClock)::text::timestamp, \(example.zone)) AT TIME ZONE 'UTC',
                    'YYYY-MM-DD"T"HH24:MI"Z"')
                """) == example.instant)
    }

    @Test(
        "names the earliest instant that shows the wall-clock time, at every quarter hour around every change of 2026–2028"
    )
    func everyZone() async throws {
        let wrong = try await ask(
            """
            WITH hour AS (
                SELECT z.name AS zone, h AS at, (h AT TIME ZONE z.name) - (h AT TIME ZONE 'UTC') AS offset_now,
                    lag((h AT TIME ZONE z.name) - (h AT TIME ZONE 'UTC')) OVER (PARTITION BY z.name ORDER BY h) AS before
                FROM (SELECT name FROM pg_timezone_names WHERE name ~ '^[A-Z][a-z]+/' AND name !~ '^(posix|right|Etc)'
                        ORDER BY md5(name) LIMIT 120) z,
                    generate_series(timestamptz '2026-01-01 00:00Z', timestamptz '2029-01-01 00:00Z', interval '6 hours') h
            ), change AS (
                SELECT zone, at FROM hour WHERE offset_now <> before
            ), clock AS (
                SELECT DISTINCT c.zone, w FROM change c, generate_series(
                    date_trunc('hour', c.at AT TIME ZONE c.zone) - interval '9 hours',
                    date_trunc('hour', c.at AT TIME ZONE c.zone) + interval '3 hours', interval '15 minutes') w
            ), shown AS (
                -- Every instant of the day around, and what the clock shows then: the definition, without a formula.
                SELECT w.zone, w.w, min(i) AS earliest FROM clock w
                LEFT JOIN LATERAL generate_series(
                    (w.w AT TIME ZONE w.zone) - interval '3 hours', (w.w AT TIME ZONE w.zone) + interval '3 hours',
                    interval '15 minutes') i ON i AT TIME ZONE w.zone = w.w
                GROUP BY w.zone, w.w
            )
            SELECT concat_ws('/', count(*) FILTER (WHERE earliest IS NOT NULL AND instant_of(w, zone) <> earliest),
                count(*) FILTER (WHERE earliest IS NULL
                    AND instant_of(w, zone) AT TIME ZONE zone <= w), count(*) > 5000) FROM shown
            """)
        #expect(wrong == "0/0/t")
    }

    @Test("gives a start that the clock skips to nobody, and one that it repeats once, the first")
    func candidateStartsOnChangeDays() async throws {
        // New York in the next spring and autumn after which the grid can look; the hours are all night.
        let starts = try await candidateStarts(in: "America/New_York", hours: ("00:00", "05:00"), on: "2027-03-14")
        #expect(!starts.contains { $0.hasPrefix("02:") })
        #expect(starts.contains("01:45 06:45Z") && starts.contains("03:00 07:00Z"))
        let autumn = try await candidateStarts(in: "America/New_York", hours: ("00:00", "05:00"), on: "2027-11-07")
        #expect(autumn.filter { $0.hasPrefix("01:30") } == ["01:30 05:30Z"])
        #expect(Set(autumn).count == autumn.count)
    }

    @Test("lets a consult fit wholly before the end as the clock maps it")
    func ends() async throws {
        // 00:00 to 02:30 on the day when 02:30 is skipped: its end maps to 03:30 of the new time, 07:30 UTC.
        let spring = try await candidateStarts(in: "America/New_York", hours: ("00:00", "02:30"), on: "2027-03-14")
        #expect(spring.last == "01:45 06:45Z")
        // 00:00 to 01:30 on the day when 01:30 comes twice: it ends at the first.
        let autumn = try await candidateStarts(in: "America/New_York", hours: ("00:00", "01:30"), on: "2027-11-07")
        #expect(autumn.last == "00:45 04:45Z")
        let kathmandu = try await candidateStarts(in: "Asia/Kathmandu", hours: ("09:00", "10:00"), on: "2027-05-05")
        #expect(kathmandu == ["09:00 03:15Z", "09:15 03:30Z"])
        let lordHowe = try await candidateStarts(in: "Australia/Lord_Howe", hours: ("01:00", "03:00"), on: "2027-10-03")
        #expect(!lordHowe.contains { $0.hasPrefix("02:00") || $0.hasPrefix("02:15") })
    }

    @Test("gives no start to hours that end, begin or lie in what the clock skips, but those that come")
    func inTheGap() async throws {
        let ending = try await candidateStarts(
            in: "America/New_York", hours: ("01:30", "02:30"), on: "2027-03-14", for: "consult-30")
        #expect(ending == ["01:30 06:30Z", "01:45 06:45Z"])
        // 02:30 is read as 07:30 UTC, which the wall clock shows as 03:30.
        let beginning = try await candidateStarts(
            in: "America/New_York", hours: ("02:30", "04:15"), on: "2027-03-14", for: "consult-30")
        #expect(beginning == ["03:30 07:30Z", "03:45 07:45Z"])
        let within = try await candidateStarts(
            in: "America/New_York", hours: ("02:00", "02:45"), on: "2027-03-14", for: "consult-30")
        #expect(within == [])
    }

    @Test("starts lie on the wall clock's grid whatever the hours begin with")
    func onTheGrid() async throws {
        let starts = try await candidateStarts(in: "America/Vancouver", hours: ("09:07", "10:20"), on: "2027-05-05")
        #expect(starts.map { $0.prefix(5) } == ["09:15", "09:30"])
    }

    /// The starts of one date: wall-clock time and instant.
    private func candidateStarts(
        in zone: String, hours: (String, String), on day: String, for visitType: String = "consult-45"
    ) async throws -> [String] {
        let specialist = try await Seed.specialist(SchedulingFixture.vault, timeZone: zone, hours: [])
        let only = HoursRule(nil, from: date(day), starts: hours.0, ends: hours.1)
        return try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await Availability(timeZone: zone, ruleSets: [RuleSet(rules: [only])])
                .write(of: specialist, alsoOver: date(day)...date(day), in: tx)
            return try await tx.query(
                """
                SELECT to_char(g.wall_clock + (at - g.starts_at), 'HH24:MI') || to_char(at AT TIME ZONE 'UTC', ' HH24:MI"Z"')
                FROM visit_type v, LATERAL candidate_starts(\(specialist), v, \(day)::text::date - interval '1 day',
                        \(day)::text::date + interval '2 days') g,
                    generate_series(g.starts_at, g.last_at, make_interval(mins => v.granularity_minutes)) at
                WHERE v.id = \(visitType) AND v.current AND g.wall_clock::date = \(day)::text::date ORDER BY at
                """
            ).map { try $0.decode(String.self) }
        }
    }

    private func ask(_ sql: SQL) async throws -> String? {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) {
            try await $0.first(sql)?.decode(String.self)
        }
    }
}
