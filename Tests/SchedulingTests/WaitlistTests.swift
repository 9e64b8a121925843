import Clinic
import FoundationEssentials
import Postgres
@testable import Scheduling
import TestSupport
import Testing

@Suite("The waitlist", .database, .timeLimit(.minutes(5)))
struct WaitlistTests {
    @Test("offers what was given up to the first in line alone, then to the next, then to everybody")
    func inTurn() async throws {
        let (first, booked, waiting) = try await SchedulingFixture.line(2)
        let rival = try await SchedulingFixture.make(with: first.specialist.account)
        #expect(waiting.map(\.1.position) == [1, 2])
        #expect(try await first.serve() == 0)
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        for (index, fixture) in waiting.map(\.0).enumerated() {
            let hold = try #require(try await fixture.offered())
            #expect(hold.startsAt >= booked.startsAt && hold.kind == .offered)
            #expect(try await waiting[1 - index].0.offered() == nil)
            await #expect(throws: BookingRefusal.self) { try await rival.hold(hold.startsAt) }
            try await fixture.expire(hold)
            // Passed over for that time, they keep their place.
            #expect(try await first.serve(lapsing: true) == (index == 0 ? 1 : 0))
            #expect(try await fixture.place()?.position == index + 1)
        }
        try await rival.hold(booked.startsAt)
    }

    @Test("is served by what is accepted, and the consult moves earlier under its id")
    func earlier() async throws {
        let (first, booked, _) = try await SchedulingFixture.line(0)
        let fixture = try await SchedulingFixture.make(
            with: first.specialist.account, patientIn: SchedulingFixture.noon)
        let mine = try await fixture.booked(daysAhead: 6)
        let entry = try await fixture.join(
            appointment: mine.id, earliest: booked.startsAt.addingTimeInterval(-60), latest: booked.endsAt)
        #expect(entry.visitType == mine.visitType)
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        let offer = try #require(try await fixture.offered())
        #expect(offer.appointment == mine.id && offer.startsAt < mine.startsAt)
        let moved = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.accept(offer.id, by: fixture.patient, in: $0)
        }
        #expect(moved.id == mine.id && moved.sequence == 1 && moved.startsAt == offer.startsAt)
        let after = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.waitlistEntry(entry.id, by: fixture.patient, in: $0)
        }
        #expect(after.state == .served && after.position == nil)
        let rival = try await SchedulingFixture.make(with: first.specialist.account)
        try await rival.hold(mine.startsAt)
    }

    @Test(
        "is offered what somebody gives up, and of new hours it is told",
        arguments: [
            "cancelled", "moved", "released", "lapsed", "time off ended", "new hours",
        ])
    func freed(cause: String) async throws {
        let first = try await SchedulingFixture.make(hours: [("09:00", "10:00")])
        let opening = try await first.opening(visitType: "consult-45")
        let (from, to) = (opening.startsAt.addingTimeInterval(-3600), opening.endsAt.addingTimeInterval(14_400))
        let hold = try await first.hold(opening.startsAt)
        let waiting = try await SchedulingFixture.make(
            with: first.specialist.account, patientIn: SchedulingFixture.noon)
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
        let first = try await SchedulingFixture.make()
        let waiting = try await SchedulingFixture.make(
            with: first.specialist.account, patientIn: SchedulingFixture.noon)
        let rival = try await SchedulingFixture.make(with: first.specialist.account)
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
        let first = try await SchedulingFixture.make()
        let waiting = try await SchedulingFixture.make(
            with: first.specialist.account, patientIn: SchedulingFixture.noon)
        try await waiting.join()
        try await first.asOwner(
            """
            INSERT INTO waitlist_signal (specialist_id, during)
            VALUES (\(first.specialist.account), tstzrange(now() + interval '3 days', now() + interval '4 days'))
            """)
        #expect(try await first.serve() == 1)
        #expect(try await waiting.offered() != nil)
    }

    @Test("offers nobody what they gave up themselves")
    func own() async throws {
        let (first, booked, _) = try await SchedulingFixture.line(0)
        try await first.asOwner(
            "UPDATE account SET time_zone = \(SchedulingFixture.noon) WHERE id = \(first.patient.account)")
        try await first.join(earliest: booked.startsAt, latest: booked.endsAt)
        try await first.cancel(booked)
        #expect(try await first.serve() == 0)
        #expect(try await first.offered() == nil)
    }

    @Test("pauses after a decline, and goes on with the pause where the line is joined anew")
    func pauses() async throws {
        let first = try await SchedulingFixture.make(hours: [("09:00", "10:00")])
        let waiting = try await SchedulingFixture.make(
            with: first.specialist.account, patientIn: SchedulingFixture.noon)
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

    @Test("tells who joined for the party as well, as long as they act for them")
    func caregiver() async throws {
        let (first, booked, _) = try await SchedulingFixture.line(0)
        let fixture = try await SchedulingFixture.make(
            with: first.specialist.account, patientIn: SchedulingFixture.noon)
        let caregiver = Seed.caller(try await Seed.account(SchedulingFixture.vault))
        try await Seed.part(.caregiver, of: caregiver.account, in: fixture.caseID)
        try await fixture.join(earliest: booked.startsAt, latest: booked.endsAt, by: caregiver)
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        let hold = try #require(try await fixture.offered())
        let told = try await fixture.asOwner(
            """
            SELECT (payload -> 'recipient' -> 'account' ->> '_0')::uuid FROM job
            WHERE payload -> 'template' -> 'openingOffered' ->> '_0' = \(hold.id.description)
            """
        ).map { try $0.decode(AccountID.self) }
        #expect(Set(told) == [fixture.patient.account, caregiver.account])
    }

    @Test("is joined once a case, by the party's side, and left at will")
    func rules() async throws {
        let (first, booked, waiting) = try await SchedulingFixture.line(1)
        let (fixture, entry) = waiting[0]
        await #expect(throws: BookingRefusal.alreadyWaiting) { try await fixture.join() }
        await #expect(throws: BookingRefusal.notFound) { try await fixture.join(by: first.patient) }
        await #expect(throws: BookingRefusal.notAllowed) { try await fixture.join(by: fixture.specialist) }
        await #expect(throws: FieldRefusal.self) {
            try await first.join(earliest: booked.startsAt, latest: booked.startsAt)
        }
        try await first.cancel(booked)
        #expect(try await first.serve() == 1)
        let hold = try #require(try await fixture.offered())
        try await fixture.run(fixture.patient) {
            try await fixture.scheduler.leaveWaitlist(entry.id, by: fixture.patient, in: $0)
        }
        #expect(try await fixture.taken(hold: hold.id) == [:])
        await #expect(throws: BookingRefusal.notWaiting) {
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.leaveWaitlist(entry.id, by: fixture.patient, in: $0)
            }
        }
        _ = try await fixture.join()
    }

    @Test("ends with its case, and nothing is offered to a case that cannot have consults")
    func ends() async throws {
        let (first, booked, waiting) = try await SchedulingFixture.line(2)
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
        let (first, booked, waiting) = try await SchedulingFixture.line(1)
        try await first.cancel(booked)
        try await first.serve()
        let fixture = waiting[0].0
        let hold = try #require(try await fixture.offered())
        await #expect(throws: BookingRefusal.wrongToken) { try await fixture.book(hold) }
        await #expect(throws: BookingRefusal.renewedTooOften) {
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.renew(hold.id, by: fixture.patient, in: $0)
            }
        }
    }
}
