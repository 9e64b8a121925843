import Clinic
import FoundationEssentials
import Outbox
import Postgres
import Scheduling
import TestSupport
import Testing

@Suite("The waitlist", .database)
struct WaitlistTests {
    /// A specialist whose only hour of a day is booked, by one patient, and others who wait for it.
    private func line(_ count: Int) async throws -> (
        first: Stage, booked: Appointment, waiting: [(Stage, WaitlistEntry)]
    ) {
        let first = try await Stage.make(hours: [("09:00", "10:00")])
        let opening = try await first.opening(visitType: "consult-45")
        let booked = try await first.book(try await first.hold(opening.startsAt))
        var waiting: [(Stage, WaitlistEntry)] = []
        for _ in 0..<count {
            let stage = try await Stage.make(with: first.specialist.account)
            let entry = try await stage.join(earliest: booked.startsAt, latest: booked.endsAt)
            waiting.append((stage, entry))
        }
        try await first.serve()
        return (first, booked, waiting)
    }

    @Test("offers a freed opening to the first in line alone, then to the next, then to everybody")
    func inTurn() async throws {
        let (first, booked, waiting) = try await line(2)
        let rival = try await Stage.make(with: first.specialist.account)
        #expect(waiting.map(\.1.position) == [1, 2])
        #expect(try await first.serve() == 0)
        _ = try await first.run(first.patient) {
            try await first.scheduler.cancel(booked.id, by: first.patient, in: $0)
        }
        #expect(try await first.serve() == 1)
        for (index, stage) in waiting.map(\.0).enumerated() {
            let hold = try #require(try await stage.offered())
            #expect(hold.startsAt >= booked.startsAt && hold.kind == .offered)
            #expect(try await waiting[1 - index].0.offered() == nil)
            await #expect(throws: BookingRefusal.self) { try await rival.hold(hold.startsAt) }
            try await stage.expire(hold)
            // Passed over for that time, she keeps her place.
            #expect(try await first.serve(lapsing: true) == (index == 0 ? 1 : 0))
            #expect(try await stage.place()?.position == index + 1)
        }
        try await rival.hold(booked.startsAt)
    }

    @Test("is served by what is accepted, and the consult moves earlier under its id")
    func earlier() async throws {
        let (first, booked, _) = try await line(0)
        let stage = try await Stage.make(with: first.specialist.account)
        let mine = try await stage.booked(daysAhead: 6)
        let entry = try await stage.join(appointment: mine.id, earliest: booked.startsAt.addingTimeInterval(-60))
        #expect(entry.latest == mine.startsAt && entry.visitType == mine.visitType)
        // There are earlier ones free: she has the first of them at once.
        #expect(try await first.serve() == 1)
        let offer = try #require(try await stage.offered())
        #expect(offer.appointment == mine.id && offer.startsAt < mine.startsAt && offer.startsAt > booked.startsAt)
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
        "leaves nothing free unserved: what frees it, leaves a note for the worker",
        arguments: [
            "cancelled", "moved", "released", "lapsed", "time off ended", "new hours",
        ])
    func freed(cause: String) async throws {
        let first = try await Stage.make(hours: [("09:00", "10:00")])
        let opening = try await first.opening(visitType: "consult-45")
        let (from, to) = (opening.startsAt.addingTimeInterval(-3600), opening.endsAt.addingTimeInterval(14_400))
        let hold = try await first.hold(opening.startsAt)
        let waiting = try await Stage.make(with: first.specialist.account)
        var booked: Appointment?
        if cause == "cancelled" || cause == "moved" { booked = try await first.book(hold) }
        let off = try await first.run(first.specialist) {
            try await first.scheduler.takeTimeOff(
                TimeOffRequest(startsAt: from, endsAt: to), of: first.specialist.account, by: first.specialist, in: $0)
        }.timeOff
        if !cause.hasPrefix("time off") { try await first.end(off) }
        if cause.hasPrefix("time off") || cause == "new hours" { try await first.expire(hold) }
        try await waiting.join(earliest: from, latest: cause == "new hours" ? to : opening.endsAt)
        if cause == "new hours" {
            try await first.asOwner("DELETE FROM availability_rule WHERE specialist_id = \(first.specialist.account)")
        }
        _ = try await first.serve(lapsing: cause == "new hours" || cause.hasPrefix("time off"))
        #expect(try await waiting.offered() == nil)
        switch cause {
        case "cancelled":
            _ = try await first.run(first.patient) {
                try await first.scheduler.cancel(try #require(booked).id, by: first.patient, in: $0)
            }
        case "moved":
            let later = try await first.opening(daysAhead: 8).startsAt
            _ = try await first.run(first.patient) {
                try await first.scheduler.reschedule(try #require(booked).id, to: later, by: first.patient, in: $0)
            }
        case "released":
            try await first.run(first.patient) { try await first.scheduler.release(hold.id, by: first.patient, in: $0) }
        case "lapsed": try await first.expire(hold)
        case "time off ended": try await first.end(off)
        default:
            try await Seed.hours(from: "09:00", to: "12:00", of: first.specialist.account)
        }
        #expect(try await first.serve(lapsing: cause == "lapsed") == 1)
        #expect(try await waiting.offered() != nil)
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
        _ = try await first.run(first.patient) {
            try await first.scheduler.cancel(booked.id, by: first.patient, in: $0)
        }
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
        _ = try await first.run(first.patient) {
            try await first.scheduler.cancel(booked.id, by: first.patient, in: $0)
        }
        #expect(try await first.serve() == 1)
        #expect(try await waiting[0].0.offered() == nil)
        #expect(try await waiting[1].0.offered() != nil)
    }

    @Test("Control: nobody's token books what is offered")
    func untold() async throws {
        let (first, booked, waiting) = try await line(1)
        _ = try await first.run(first.patient) {
            try await first.scheduler.cancel(booked.id, by: first.patient, in: $0)
        }
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
        appointment: AppointmentID? = nil, earliest: Date? = nil, latest: Date? = nil, by caller: Caller? = nil
    ) async throws -> WaitlistEntry {
        let caller = caller ?? patient
        let request = WaitlistRequest(case: caseID, appointment: appointment, earliest: earliest, latest: latest)
        return try await run(caller) { try await scheduler.joinWaitlist(request, by: caller, in: $0) }
    }

    /// One round of the worker for this specialist, where something was noted.
    /// - Parameter lapsing: whether holds whose time is over are let lapse first, as its other round does.
    @discardableResult
    func serve(lapsing: Bool = false) async throws -> Int {
        let worker = TestDatabase.current.worker
        if lapsing {
            try await asOwner("SELECT lapse_holds(ARRAY[\(specialist.account)])")
        }
        guard try await count("SELECT count(*) FROM freed WHERE specialist_id = \(specialist.account)") > 0 else {
            return 0
        }
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

    func end(_ off: TimeOff) async throws {
        try await run(specialist) {
            try await scheduler.endTimeOff(off.id, of: specialist.account, by: specialist, in: $0)
        }
    }
}
