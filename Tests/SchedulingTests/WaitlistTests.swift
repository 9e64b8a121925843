import Clinic
import FoundationEssentials
import Outbox
import Postgres
import Scheduling
import TestSupport
import Testing

@Suite("The waitlist", .database)
struct WaitlistTests {
    /// Where everybody is awake.
    private static let noon = Seed.zone(whereItIs: 12)

    /// A specialist whose only hour of a day is booked, by one patient, and others who wait for it.
    private func line(
        _ count: Int, zone: String = WaitlistTests.noon
    ) async throws -> (first: Stage, booked: Appointment, waiting: [(Stage, WaitlistEntry)]) {
        let first = try await Stage.make(hours: [("09:00", "10:00")])
        let opening = try await first.opening(visitType: "consult-45")
        let booked = try await first.book(try await first.hold(opening.startsAt))
        var waiting: [(Stage, WaitlistEntry)] = []
        for _ in 0..<count {
            let stage = try await Stage.make(with: first.specialist.account, patientIn: zone)
            let entry = try await stage.join(earliest: booked.startsAt, latest: booked.endsAt)
            waiting.append((stage, entry))
        }
        try await first.serve()
        return (first, booked, waiting)
    }

    @Test("offers what was given up to the first in line alone, then to the next, then to everybody")
    func inTurn() async throws {
        let (first, booked, waiting) = try await line(2)
        let rival = try await Stage.make(with: first.specialist.account)
        #expect(waiting.map(\.1.position) == [1, 2])
        #expect(try await first.serve() == 0)
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        for (index, stage) in waiting.map(\.0).enumerated() {
            let hold = try #require(try await stage.offered())
            #expect(hold.startsAt >= booked.startsAt && hold.kind == .offered)
            #expect(try await waiting[1 - index].0.offered() == nil)
            await #expect(throws: BookingRefusal.self) { try await rival.hold(hold.startsAt) }
            try await stage.expire(hold)
            // Passed over for that time, they keep their place.
            #expect(try await first.serve(lapsing: true) == (index == 0 ? 1 : 0))
            #expect(try await stage.place()?.position == index + 1)
        }
        try await rival.hold(booked.startsAt)
    }

    @Test("is served by what is accepted, and the consult moves earlier under its id")
    func earlier() async throws {
        let (first, booked, _) = try await line(0)
        let stage = try await Stage.make(with: first.specialist.account, patientIn: Self.noon)
        let mine = try await stage.booked(daysAhead: 6)
        let entry = try await stage.join(
            appointment: mine.id, earliest: booked.startsAt.addingTimeInterval(-60), latest: booked.endsAt)
        #expect(entry.visitType == mine.visitType)
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        let offer = try #require(try await stage.offered())
        #expect(offer.appointment == mine.id && offer.startsAt < mine.startsAt)
        let moved = try await stage.run(stage.patient) {
            try await stage.scheduler.accept(offer.id, by: stage.patient, in: $0)
        }
        #expect(moved.id == mine.id && moved.sequence == 1 && moved.startsAt == offer.startsAt)
        let after = try await stage.run(stage.patient) {
            try await stage.scheduler.waitlistEntry(entry.id, by: stage.patient, in: $0)
        }
        #expect(after.state == .served && after.position == nil)
        let rival = try await Stage.make(with: first.specialist.account)
        try await rival.hold(mine.startsAt)
    }

    @Test(
        "is offered what somebody gives up, and of new hours it is told",
        arguments: [
            "cancelled", "moved", "released", "lapsed", "time off ended", "new hours",
        ])
    func freed(cause: String) async throws {
        let first = try await Stage.make(hours: [("09:00", "10:00")])
        let opening = try await first.opening(visitType: "consult-45")
        let (from, to) = (opening.startsAt.addingTimeInterval(-3600), opening.endsAt.addingTimeInterval(14_400))
        let hold = try await first.hold(opening.startsAt)
        let waiting = try await Stage.make(with: first.specialist.account, patientIn: Self.noon)
        var booked: Appointment?
        if cause == "cancelled" || cause == "moved" { booked = try await first.book(hold) }
        let off = try await first.run(first.specialist) {
            try await first.scheduler.takeTimeOff(
                TimeOffRequest(startsAt: from, endsAt: to), of: first.specialist.account, by: first.specialist, in: $0)
        }.timeOff
        if !cause.hasPrefix("time off") { try await first.end(off) }
        if cause.hasPrefix("time off") || cause == "new hours" { try await first.expire(hold) }
        let entry = try await waiting.join(earliest: from, latest: cause == "new hours" ? to : opening.endsAt)
        if cause == "new hours" {
            try await first.asOwner("DELETE FROM availability_rule WHERE specialist_id = \(first.specialist.account)")
        }
        try await first.serve(lapsing: cause == "new hours" || cause.hasPrefix("time off"))
        #expect(try await waiting.offered() == nil)
        let told = try await waiting.times(told: entry)
        switch cause {
        case "cancelled": try await first.cancel(try #require(booked))
        case "moved":
            let later = try await first.opening(daysAhead: 8).startsAt
            _ = try await first.run(first.patient) {
                try await first.scheduler.reschedule(try #require(booked).id, to: later, by: first.patient, in: $0)
            }
        case "released": try await first.release(hold)
        case "lapsed": try await first.expire(hold)
        case "time off ended": try await first.end(off)
        default:
            try await Seed.hours(from: "09:00", to: "12:00", of: first.specialist.account)
        }
        let isGift = cause != "new hours"
        #expect(try await first.serve(lapsing: cause == "lapsed") == (isGift ? 1 : 0))
        #expect(try await (waiting.offered() != nil) == isGift)
        #expect(try await waiting.times(told: entry) - told == (isGift ? 0 : 1))
    }

    @Test("offers nobody what is open to everybody: who joins is told once that it is there, and it stays open")
    func open() async throws {
        let first = try await Stage.make()
        let waiting = try await Stage.make(with: first.specialist.account, patientIn: Self.noon)
        let rival = try await Stage.make(with: first.specialist.account)
        let entry = try await waiting.join()
        #expect(try await first.serve() == 0)
        #expect(try await waiting.offered() == nil)
        #expect(try await waiting.times(told: entry) == 1)
        // Nor what somebody had for a moment: it was open to everybody before.
        let hold = try await rival.hold(try await rival.opening().startsAt)
        try await rival.release(hold)
        try await Seed.hours(from: "00:00", to: "24:00", of: first.specialist.account)
        #expect(try await first.serve() == 0)
        #expect(try await waiting.offered() == nil)
        #expect(try await waiting.times(told: entry) == 1)
        try await rival.hold(hold.startsAt)
    }

    @Test("Control: were joining noted as giving up, an ordinary opening would be kept for who waits")
    func ordinary() async throws {
        let first = try await Stage.make()
        let waiting = try await Stage.make(with: first.specialist.account, patientIn: Self.noon)
        try await waiting.join()
        try await first.asOwner(
            """
            INSERT INTO freed (specialist_id, during)
            VALUES (\(first.specialist.account), tstzrange(now() + interval '3 days', now() + interval '4 days'))
            """)
        #expect(try await first.serve() == 1)
        #expect(try await waiting.offered() != nil)
    }

    @Test("offers nobody what they gave up themselves")
    func own() async throws {
        let (first, booked, _) = try await line(0)
        try await first.asOwner("UPDATE account SET time_zone = \(Self.noon) WHERE id = \(first.patient.account)")
        try await first.join(earliest: booked.startsAt, latest: booked.endsAt)
        try await first.cancel(booked)
        #expect(try await first.serve() == 0)
        #expect(try await first.offered() == nil)
    }

    @Test("pauses after a decline, and goes on with the pause where the line is joined anew")
    func pauses() async throws {
        let first = try await Stage.make(hours: [("09:00", "10:00")])
        let waiting = try await Stage.make(with: first.specialist.account, patientIn: Self.noon)
        var booked: [Appointment] = []
        for days in [3.0, 5.0, 7.0] { booked.append(try await first.booked(daysAhead: days)) }
        let (from, to) = (booked[0].startsAt, booked[2].endsAt)
        let entry = try await waiting.join(earliest: from, latest: to)
        try await first.cancel(booked[0])
        #expect(try await first.serve() == 1)
        let offer = try #require(try await waiting.offered())
        try await waiting.release(offer)
        // The next that is given up is not theirs for a while.
        try await first.cancel(booked[1])
        #expect(try await first.serve() == 0)
        let pause = try await waiting.place()?.pausedUntil
        #expect(pause.map { abs($0.timeIntervalSinceNow - 43_200) < 60 } == true)
        try await waiting.run(waiting.patient) {
            try await waiting.scheduler.leaveWaitlist(entry.id, by: waiting.patient, in: $0)
        }
        #expect(try await waiting.join(earliest: from, latest: to).pausedUntil == pause)
        try await first.asOwner(
            "UPDATE waitlist SET paused_until = now() - interval '1 second' WHERE case_id = \(waiting.caseID)")
        try await first.cancel(booked[2])
        #expect(try await first.serve() == 1)
        #expect(try await waiting.offered()?.startsAt == booked[2].startsAt)
    }

    @Test("heeds weekday, hours and the first instant, by the party's own clock")
    func wishes() async throws {
        let first = try await Stage.make(timeZone: Self.noon, hours: [("09:00", "10:00")])
        let opening = try await first.opening(visitType: "consult-45")
        let booked = try await first.book(try await first.hold(opening.startsAt))
        let day = try #require(
            try await first.asOwner(
                """
                SELECT extract(isodow FROM \(booked.startsAt)::timestamptz AT TIME ZONE \(Self.noon))::integer
                """
            ).first?.decode(Int.self))
        func joined(_ weekdays: [Int]?, _ between: HoursOfDay?, from: Double = -60) async throws -> Stage {
            let stage = try await Stage.make(with: first.specialist.account, patientIn: Self.noon)
            let entry = try await stage.join(
                earliest: booked.startsAt.addingTimeInterval(from), latest: booked.endsAt, weekdays: weekdays,
                between: between)
            #expect(entry.weekdays == weekdays ?? Array(1...7))
            #expect(entry.between == between ?? HoursOfDay(starts: "00:00", ends: "24:00"))
            return stage
        }
        // In the order of joining: whom it does not suit it is not offered to.
        var passed: [Stage] = []
        passed.append(try await joined([day % 7 + 1], nil))
        passed.append(try await joined(nil, HoursOfDay(starts: "10:00", ends: "24:00")))
        passed.append(try await joined(nil, nil, from: 16 * 60))
        let suited = try await joined([day], HoursOfDay(starts: "08:30", ends: "09:30"))
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        #expect(try await suited.offered()?.startsAt == booked.startsAt)
        for stage in passed { #expect(try await stage.offered() == nil) }
        let between = HoursOfDay(starts: "10:00", ends: "09:00")
        await #expect(throws: FieldRefusal.self) { try await first.join(between: between) }
        await #expect(throws: FieldRefusal.self) { try await first.join(weekdays: [0]) }
    }

    @Test("mails nobody at night: the next who is awake is offered it")
    func awake() async throws {
        let (first, booked, waiting) = try await line(1, zone: Seed.zone(whereItIs: 23))
        let second = try await Stage.make(with: first.specialist.account, patientIn: Self.noon)
        try await second.join(earliest: booked.startsAt, latest: booked.endsAt)
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        #expect(try await waiting[0].0.offered() == nil)
        #expect(try await second.offered() != nil)
    }

    @Test("counts as asleep who has only minutes left to answer in")
    func lateEvening() async throws {
        let (first, booked, waiting) = try await line(1)
        let stage = waiting[0].0
        try await first.asOwner(
            """
            INSERT INTO notification_preference (account_id, quiet_from, quiet_to)
            VALUES (\(stage.patient.account), (now() AT TIME ZONE \(Self.noon) + interval '10 minutes')::time,
                (now() AT TIME ZONE \(Self.noon) + interval '2 hours')::time)
            """)
        try await first.cancel(booked)
        #expect(try await first.serve() == 0)
        let minutes = try await first.count(
            """
            SELECT (extract(epoch FROM look_at - now()) / 60)::integer FROM freed
            WHERE specialist_id = \(first.specialist.account) AND during IS NOT NULL
            """)
        #expect((118...120).contains(minutes))
    }

    @Test("is offered to who has quiet hours all day, by day")
    func quietDay() async throws {
        let (first, booked, waiting) = try await line(1)
        let stage = waiting[0].0
        try await first.asOwner(
            """
            INSERT INTO notification_preference (account_id, quiet_from, quiet_to)
            VALUES (\(stage.patient.account), '08:00', '21:00')
            """)
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        #expect(try await stage.offered() != nil)
    }

    @Test("where nobody is awake it waits, open to everybody, until the first of them is", arguments: [false, true])
    func night(isTaken: Bool) async throws {
        let (first, booked, waiting) = try await line(1, zone: Seed.zone(whereItIs: 23))
        let stage = waiting[0].0
        try await first.cancel(booked)
        #expect(try await first.serve() == 0)
        let minutes = try await first.count(
            """
            SELECT (extract(epoch FROM look_at - now()) / 60)::integer FROM freed
            WHERE specialist_id = \(first.specialist.account) AND during IS NOT NULL
            """)
        #expect((8 * 60...9 * 60).contains(minutes))
        if isTaken {
            let rival = try await Stage.make(with: first.specialist.account)
            _ = try await rival.book(try await rival.hold(booked.startsAt))
        }
        try await first.asOwner(
            "UPDATE freed SET look_at = now() WHERE specialist_id = \(first.specialist.account)")
        try await first.asOwner(
            "UPDATE account SET time_zone = \(Seed.zone(whereItIs: 8)) WHERE id = \(stage.patient.account)")
        #expect(try await first.serve() == (isTaken ? 0 : 1))
        #expect(try await (stage.offered() != nil) != isTaken)
        #expect(
            try await first.count(
                "SELECT count(*) FROM freed WHERE specialist_id = \(first.specialist.account) AND during IS NOT NULL")
                == 0)
    }

    @Test("tells who joined for the party as well, as long as they act for them")
    func caregiver() async throws {
        let (first, booked, _) = try await line(0)
        let stage = try await Stage.make(with: first.specialist.account, patientIn: Self.noon)
        let caregiver = Seed.caller(try await Seed.account(Stage.vault))
        try await Seed.part(.caregiver, of: caregiver.account, in: stage.caseID)
        try await stage.join(earliest: booked.startsAt, latest: booked.endsAt, by: caregiver)
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        let hold = try #require(try await stage.offered())
        let told = try await stage.asOwner(
            """
            SELECT (payload -> 'recipient' -> 'account' ->> '_0')::uuid FROM job
            WHERE payload -> 'template' -> 'openingOffered' ->> '_0' = \(hold.id.description)
            """
        ).map { try $0.decode(AccountID.self) }
        #expect(Set(told) == [stage.patient.account, caregiver.account])
    }

    @Test("is joined once a case, by the party's side, and left at will")
    func rules() async throws {
        let (first, booked, waiting) = try await line(1)
        let (stage, entry) = waiting[0]
        await #expect(throws: BookingRefusal.alreadyWaiting) { try await stage.join() }
        await #expect(throws: BookingRefusal.notFound) { try await stage.join(by: first.patient) }
        await #expect(throws: BookingRefusal.notAllowed) { try await stage.join(by: stage.specialist) }
        await #expect(throws: FieldRefusal.self) {
            try await first.join(earliest: booked.startsAt, latest: booked.startsAt)
        }
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        let hold = try #require(try await stage.offered())
        try await stage.run(stage.patient) {
            try await stage.scheduler.leaveWaitlist(entry.id, by: stage.patient, in: $0)
        }
        #expect(try await stage.taken(hold: hold.id) == [:])
        await #expect(throws: BookingRefusal.notWaiting) {
            try await stage.run(stage.patient) {
                try await stage.scheduler.leaveWaitlist(entry.id, by: stage.patient, in: $0)
            }
        }
        _ = try await stage.join()
    }

    @Test("ends with its case, and nothing is offered to a case that cannot have consults")
    func ends() async throws {
        let (first, booked, waiting) = try await line(2)
        try await waiting[0].0.run(waiting[0].0.patient) {
            _ = try await $0.query("SELECT release_case(\(waiting[0].0.caseID))")
        }
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        #expect(try await waiting[0].0.offered() == nil)
        #expect(try await waiting[1].0.offered() != nil)
    }

    @Test("Control: nobody's token books what is offered")
    func untold() async throws {
        let (first, booked, waiting) = try await line(1)
        try await first.cancel(booked)
        try await first.serve()
        let stage = waiting[0].0
        let hold = try #require(try await stage.offered())
        await #expect(throws: BookingRefusal.wrongToken) { try await stage.book(hold) }
        await #expect(throws: BookingRefusal.renewedTooOften) {
            try await stage.run(stage.patient) { try await stage.scheduler.renew(hold.id, by: stage.patient, in: $0) }
        }
    }
}

extension Stage {
    @discardableResult
    func join(
        appointment: AppointmentID? = nil, earliest: Date? = nil, latest: Date? = nil, weekdays: [Int]? = nil,
        between: HoursOfDay? = nil, by caller: Caller? = nil
    ) async throws -> WaitlistEntry {
        let caller = caller ?? patient
        let request = WaitlistRequest(
            case: caseID, appointment: appointment, earliest: earliest, latest: latest, weekdays: weekdays,
            between: between)
        return try await run(caller) { try await scheduler.joinWaitlist(request, by: caller, in: $0) }
    }

    /// One round of the worker for this specialist, where something was noted that is due.
    /// - Parameter lapsing: whether holds whose time is over are let lapse first, as its other round does.
    /// - Returns: how many were made an offer.
    @discardableResult
    func serve(lapsing: Bool = false) async throws -> Int {
        let worker = TestDatabase.current.worker
        if lapsing {
            try await asOwner("SELECT lapse_holds(ARRAY[\(specialist.account)])")
        }
        let due = try await count(
            "SELECT count(*) FROM freed WHERE specialist_id = \(specialist.account) AND look_at <= now()")
        guard due > 0 else { return 0 }
        return try await worker.withTransaction(as: .nobody) {
            try await Scheduler.serveWaitlist(
                of: specialist.account, lasts: .seconds(3600), outbox: Outbox(), in: $0)
        }
    }

    /// What is offered to the case's patient now.
    func offered() async throws -> Hold? {
        try await run(patient) { try await scheduler.holds(of: caseID, by: patient, in: $0) }.first {
            $0.kind == .offered
        }
    }

    func place() async throws -> WaitlistEntry? {
        try await run(patient) { try await scheduler.waitlist(of: caseID, by: patient, in: $0) }.first
    }

    /// How often an entry's people were told that something is open to everybody.
    func times(told entry: WaitlistEntry) async throws -> Int {
        try await count(
            """
            SELECT count(*) FROM job
            WHERE payload -> 'template' -> 'openingsAvailable' ->> '_0' = \(entry.id.description)
            """)
    }

    func cancel(_ consult: Appointment) async throws {
        _ = try await run(patient) { try await scheduler.cancel(consult.id, by: patient, in: $0) }
    }

    func release(_ hold: Hold) async throws {
        try await run(patient) { try await scheduler.release(hold.id, by: patient, in: $0) }
    }

    func end(_ off: TimeOff) async throws {
        try await run(specialist) {
            try await scheduler.endTimeOff(off.id, of: specialist.account, by: specialist, in: $0)
        }
    }
}
