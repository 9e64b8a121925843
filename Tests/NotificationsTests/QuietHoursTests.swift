import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Notifications

@Suite("Night and quiet hours", .database, .timeLimit(.minutes(5)))
struct QuietHoursTests {
    let vault = Vault(.generate())
    let owner = TestDatabase.current.owner

    private func prefer(_ account: AccountID, _ from: SQL, _ to: SQL) async throws {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.notification_preference (account_id, quiet_from, quiet_to)
                VALUES (\(account), \(fragment: from), \(fragment: to))
                """)
        }
    }

    private func date(_ query: SQL) async throws -> Date? {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT \(fragment: query)")?.decode(Date?.self) ?? nil
        }
    }

    /// Somebody whose clock was set back by an hour twenty minutes ago, and shows UTC since.
    private func personAfterSummer() async throws -> AccountID {
        let account = try await Seed.account(vault)
        try await owner.withTransaction(as: .nobody) { tx in
            // No zone of tzdata changes whenever a test runs: a rule of POSIX does, and the schema takes none otherwise.
            try await tx.execute(
                """
                CREATE OR REPLACE FUNCTION consilium.is_zone(zone text) RETURNS boolean LANGUAGE sql IMMUTABLE
                RETURN true
                """)
            try await tx.execute(
                """
                UPDATE consilium.account SET time_zone = format('WIN0SUM-1,%s/0,%s/%s', (day + 180) % 365, day,
                    to_char(turn, 'HH24:MI:SS'))
                FROM (SELECT turn, extract(doy FROM turn)::integer - 1 AS day
                    FROM (SELECT now() AT TIME ZONE 'UTC' + interval '40 minutes' AS turn) t) change
                WHERE id = \(account)
                """)
        }
        return account
    }

    @Test("Quiet hours that end at a time that the clock shows twice end at the one that is to come")
    func endOfSummer() async throws {
        let person = try await personAfterSummer()
        try await prefer(
            person, "(now() AT TIME ZONE 'UTC' - interval '5 hours')::time",
            "(now() AT TIME ZONE 'UTC' + interval '10 minutes')::time")
        let recipient = try await TestDatabase.current.worker.withTransaction(as: .nobody) { tx in
            try await Recipient.find(person, in: tx)
        }
        let end = try #require(recipient?.quietUntil)
        #expect(abs(end.timeIntervalSinceNow - 600) < 61)
        // Unless it is night then as well.
        #expect(try #require(recipient?.nightUntil) >= end)
        // Control: the first of the two has been.
        let first = try await date(
            """
            consilium.instant_of(clock_timestamp() AT TIME ZONE time_zone + interval '10 minutes', time_zone)
            FROM consilium.account WHERE id = \(person)
            """)
        #expect(try #require(first).timeIntervalSinceNow < -2900)
    }

    @Test(
        "The end of quiet hours is an instant ahead on both days of a change",
        arguments: [
            // New York, the night of 1 November 2026: the clock shows 01:00 to 02:00 twice.
            ("2026-11-01 05:10Z", "America/New_York", "01:30", "2026-11-01 05:30Z"),
            ("2026-11-01 05:40Z", "America/New_York", "01:30", nil),
            ("2026-11-01 06:10Z", "America/New_York", "01:30", "2026-11-01 06:30Z"),
            ("2026-11-01 06:40Z", "America/New_York", "01:30", nil),
            ("2026-11-01 05:40Z", "America/New_York", "07:00", "2026-11-01 12:00Z"),
            // 14 March 2027: it shows no 02:30.
            ("2027-03-14 06:59Z", "America/New_York", "02:30", "2027-03-14 07:30Z"),
            ("2027-03-14 07:10Z", "America/New_York", "02:30", nil),
            // Lord Howe turns by half an hour.
            ("2026-04-04 15:05Z", "Australia/Lord_Howe", "01:45", "2026-04-04 15:15Z"),
        ] as [(String, String, String, String?)])
    func changes(instant: String, zone: String, end: String, expected: String?) async throws {
        let until = try await date(
            """
            consilium.quiet_until(\(instant)::text::timestamptz, \(zone)::text, '22:00', \(end)::text::time)
            """)
        #expect(try await until == date("\(expected)::text::timestamptz"))
    }

    @Test("Whatever the hours and the zone, on the days around a change nothing ends before it is looked at")
    func neverPast() async throws {
        let row = try await owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                """
                SELECT count(*), count(until),
                    count(*) FILTER (WHERE until <= at OR until > at + interval '25 hours'
                        OR consilium.awake_at(at, zone, quiet_from, quiet_to) < at)
                FROM (VALUES ('America/New_York', '2026-03-08'), ('America/New_York', '2026-11-01'),
                        ('Europe/Dublin', '2026-03-29'), ('Europe/Dublin', '2026-10-25'),
                        ('Australia/Lord_Howe', '2026-04-05'), ('Australia/Lord_Howe', '2026-10-04'),
                        ('Africa/Casablanca', '2026-02-15'), ('Africa/Casablanca', '2026-03-22')) AS change (zone, day),
                    LATERAL (SELECT day::date::timestamp AT TIME ZONE 'UTC' AS day) AS utc (midnight),
                    generate_series(midnight - interval '18 hours', midnight + interval '30 hours', '11 minutes') AS at,
                    (VALUES (time '22:00', time '01:30'), ('23:30', '02:15'), ('01:00', '01:45'), ('00:00', '03:00'),
                        ('08:00', '21:00')) AS quiet (quiet_from, quiet_to),
                    LATERAL (SELECT consilium.quiet_until(at, zone, quiet_from, quiet_to) AS until) found
                """)
        }
        let (looks, quiet, wrong) = try #require(try row?.decode(Int64.self, Int64.self, Int64.self))
        #expect(looks > 10_000 && quiet > 1_500 && wrong == 0)
    }

    @Test(
        "Whose quiet hours leave no half hour of the day is reached by day all the same, and not at night",
        arguments: [
            ("08:00", "21:00"), ("07:30", "21:30"), ("08:20", "20:45"), ("12:00", "11:59"), ("07:00", "20:59"),
        ],
        ["0", "30 minutes"])
    func noWakingHour(quiet: (String, String), margin: String) async throws {
        func wait(at hour: Int) async throws -> Double {
            let person = try await Seed.account(vault, timeZone: Seed.zone(whereItIs: hour))
            try await prefer(person, "\(quiet.0)::text::time", "\(quiet.1)::text::time")
            return try await owner.withTransaction(as: .nobody) { tx in
                let row = try await tx.first(
                    """
                    SELECT (extract(epoch FROM consilium.awake_from(\(person), \(margin)::text::interval) - clock_timestamp())
                        / 60)::double precision
                    """)
                return try #require(try row?.decode(Double.self))
            }
        }
        for hour in [8, 10, 12, 19] { #expect(try await wait(at: hour) <= 0) }
        #expect(try await (8 * 60...9 * 60).contains(wait(at: 23).rounded()))
    }

    @Test("Quiet hours that leave time of the day are kept", arguments: [(10, 600), (19, 60), (23, 540), (20, nil)])
    func wakingHours(hour: Int, minutes: Int?) async throws {
        let person = try await Seed.account(vault, timeZone: Seed.zone(whereItIs: hour))
        try await prefer(person, "'09:00'", "'20:00'")
        let wait =
            try await date("consilium.awake_from(\(person))").map { $0.timeIntervalSinceNow / 60 } ?? .infinity
        if let minutes {
            #expect((Double(minutes) - 61...Double(minutes)).contains(wait))
        } else {
            #expect(wait <= 0)
        }
    }
}
