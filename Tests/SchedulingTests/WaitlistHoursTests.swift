import Clinic
import FoundationEssentials
import Postgres
import Scheduling
import TestSupport
import Testing

@Suite("The waitlist, by the clock of who waits", .database, .timeLimit(.minutes(5)))
struct WaitlistHoursTests {
    @Test("heeds weekday, hours and the first instant, by the party's own clock")
    func wishes() async throws {
        let first = try await SchedulingFixture.make(timeZone: SchedulingFixture.noon, hours: [("09:00", "10:00")])
        let opening = try await first.opening(visitType: "consult-45")
        let booked = try await first.book(try await first.hold(opening.startsAt))
        let day = try #require(
            try await first.asOwner(
                """
                SELECT extract(isodow FROM \(booked.startsAt)::timestamptz AT TIME ZONE \(SchedulingFixture.noon))::integer
                """
            ).first?.decode(Int.self))
        func joined(_ weekdays: [Int]?, _ between: HoursOfDay?, from: Double = -60) async throws -> SchedulingFixture {
            let fixture = try await SchedulingFixture.make(
                with: first.specialist.account, patientIn: SchedulingFixture.noon)
            let entry = try await fixture.join(
                earliest: booked.startsAt.addingTimeInterval(from), latest: booked.endsAt, weekdays: weekdays,
                between: between)
            #expect(entry.weekdays == weekdays ?? Array(1...7))
            #expect(entry.between == between ?? HoursOfDay(starts: "00:00", ends: "24:00"))
            return fixture
        }
        // In the order of joining: whom it does not suit it is not offered to.
        var passed: [SchedulingFixture] = []
        passed.append(try await joined([day % 7 + 1], nil))
        passed.append(try await joined(nil, HoursOfDay(starts: "10:00", ends: "24:00")))
        passed.append(try await joined(nil, nil, from: 16 * 60))
        let suited = try await joined([day], HoursOfDay(starts: "08:30", ends: "09:30"))
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        #expect(try await suited.offered()?.startsAt == booked.startsAt)
        for fixture in passed { #expect(try await fixture.offered() == nil) }
        let between = HoursOfDay(starts: "10:00", ends: "09:00")
        await #expect(throws: FieldRefusal.self) { try await first.join(between: between) }
        await #expect(throws: FieldRefusal.self) { try await first.join(weekdays: [0]) }
    }

    @Test("mails nobody at night: the next who is awake is offered it")
    func awake() async throws {
        let (first, booked, waiting) = try await SchedulingFixture.line(1, zone: Seed.zone(whereItIs: 23))
        let second = try await SchedulingFixture.make(with: first.specialist.account, patientIn: SchedulingFixture.noon)
        try await second.join(earliest: booked.startsAt, latest: booked.endsAt)
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        #expect(try await waiting[0].0.offered() == nil)
        #expect(try await second.offered() != nil)
    }

    @Test("counts as asleep who has only minutes left to answer in")
    func lateEvening() async throws {
        let (first, booked, waiting) = try await SchedulingFixture.line(1)
        let fixture = waiting[0].0
        try await first.asOwner(
            """
            INSERT INTO notification_preference (account_id, quiet_from, quiet_to)
            VALUES (\(fixture.patient.account), (now() AT TIME ZONE \(SchedulingFixture.noon) + interval '10 minutes')::time,
                (now() AT TIME ZONE \(SchedulingFixture.noon) + interval '2 hours')::time)
            """)
        try await first.cancel(booked)
        #expect(try await first.serve() == 0)
        let minutes = try await first.count(
            """
            SELECT (extract(epoch FROM due_at - now()) / 60)::integer FROM waitlist_signal
            WHERE specialist_id = \(first.specialist.account) AND during IS NOT NULL
            """)
        #expect((118...120).contains(minutes))
    }

    @Test("is offered to who has quiet hours all day, by day")
    func quietDay() async throws {
        let (first, booked, waiting) = try await SchedulingFixture.line(1)
        let fixture = waiting[0].0
        try await first.asOwner(
            """
            INSERT INTO notification_preference (account_id, quiet_from, quiet_to)
            VALUES (\(fixture.patient.account), '08:00', '21:00')
            """)
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        #expect(try await fixture.offered() != nil)
    }

    @Test("where nobody is awake it waits, open to everybody, until the first of them is", arguments: [false, true])
    func night(isTaken: Bool) async throws {
        let (first, booked, waiting) = try await SchedulingFixture.line(1, zone: Seed.zone(whereItIs: 23))
        let fixture = waiting[0].0
        try await first.cancel(booked)
        #expect(try await first.serve() == 0)
        let minutes = try await first.count(
            """
            SELECT (extract(epoch FROM due_at - now()) / 60)::integer FROM waitlist_signal
            WHERE specialist_id = \(first.specialist.account) AND during IS NOT NULL
            """)
        #expect((8 * 60...9 * 60).contains(minutes))
        if isTaken {
            let rival = try await SchedulingFixture.make(with: first.specialist.account)
            _ = try await rival.book(try await rival.hold(booked.startsAt))
        }
        try await first.asOwner(
            "UPDATE waitlist_signal SET due_at = now() WHERE specialist_id = \(first.specialist.account)")
        try await first.asOwner(
            "UPDATE account SET time_zone = \(Seed.zone(whereItIs: 8)) WHERE id = \(fixture.patient.account)")
        #expect(try await first.serve() == (isTaken ? 0 : 1))
        #expect(try await (fixture.offered() != nil) != isTaken)
        #expect(
            try await first.count(
                "SELECT count(*) FROM waitlist_signal WHERE specialist_id = \(first.specialist.account) AND during IS NOT NULL"
            )
                == 0)
    }
}
