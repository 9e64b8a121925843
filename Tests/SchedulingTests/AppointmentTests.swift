import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing

@testable import Scheduling

@Suite("An appointment", .database, .timeLimit(.minutes(5)))
struct AppointmentTests {
    @Test("is booked by its hold's token alone, told to both, and reminded of a day and an hour before")
    func books() async throws {
        let fixture = try await SchedulingFixture.make()
        let hold = try await fixture.hold(try await fixture.opening().startsAt)
        let wrong = BookingRequest(hold: hold.id, token: "not the token")
        await #expect(throws: BookingRefusal.wrongToken) {
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.book(wrong, by: fixture.patient, in: $0)
            }
        }
        let appointment = try await fixture.book(hold)
        #expect(appointment.state == .booked && appointment.startsAt == hold.startsAt && appointment.sequence == 0)
        #expect(try await fixture.notices("appointmentBooked", of: appointment) == 2)
        #expect(try await fixture.notices("reminder", of: appointment) == 4)
        await #expect(throws: BookingRefusal.holdOver) { try await fixture.book(hold) }
        for caller in [fixture.patient, fixture.specialist] {
            let listed = try await fixture.run(caller) {
                try await fixture.scheduler.appointments(
                    AppointmentSearch(case: fixture.caseID), by: caller, in: $0)
            }
            #expect(listed == [appointment])
        }
    }

    @Test("within a day of its booking is reminded of an hour before only")
    func soon() async throws {
        let fixture = try await SchedulingFixture.make()
        let soonest = try #require(
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.soonest(for: fixture.caseID, by: fixture.patient, in: $0)
            }.first)
        let appointment = try await fixture.book(try await fixture.hold(soonest.startsAt))
        #expect(try await fixture.notices("reminder", of: appointment) == 2)
    }

    @Test("is told to who acts for the patient as well, as long as they do")
    func caregiver() async throws {
        let fixture = try await SchedulingFixture.make()
        let (caregiver, former) = (
            try await Seed.account(SchedulingFixture.vault), try await Seed.account(SchedulingFixture.vault)
        )
        for account in [caregiver, former] { try await Seed.part(.caregiver, of: account, in: fixture.caseID) }
        try await fixture.asOwner("UPDATE case_part SET until = now() WHERE account_id = \(former)")
        let people = Set([fixture.patient.account, fixture.specialist.account, caregiver])
        let booked = try await fixture.booked()
        #expect(try await fixture.told("appointmentBooked", of: booked.id) == people)
        #expect(try await fixture.told("reminder", of: booked.id) == people)
        let later = try await fixture.opening(daysAhead: 5).startsAt
        _ = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.reschedule(booked.id, to: later, by: fixture.patient, in: $0)
        }
        #expect(try await fixture.told("appointmentMoved", of: booked.id) == people)
        try await fixture.cancel(booked)
        #expect(try await fixture.told("appointmentCancelled", of: booked.id) == people)
    }

    @Test("that moves keeps its id, raises its sequence, and gives the old time back")
    func moves() async throws {
        let fixture = try await SchedulingFixture.make()
        let rival = try await SchedulingFixture.make(with: fixture.specialist.account)
        let old = try await fixture.booked()
        let target = try await fixture.opening(daysAhead: 5).startsAt
        let moved = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.reschedule(
                old.id, to: target, ifVersion: ExpectedVersion(old.version), by: fixture.patient, in: $0)
        }
        #expect(moved.id == old.id && moved.startsAt == target && moved.sequence == 1 && moved.version == 2)
        #expect(moved.endsAt.timeIntervalSince(moved.startsAt) == 45 * 60)
        #expect(try await fixture.notices("appointmentMoved", of: moved) == 2)
        #expect(try await fixture.notices("reminder", of: moved) == 8)
        try await rival.hold(old.startsAt)
        await #expect(throws: VersionRefusal.changedMeanwhile) {
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.reschedule(
                    old.id, to: old.startsAt, ifVersion: ExpectedVersion(old.version), by: fixture.patient, in: $0)
            }
        }
    }

    @Test("loses nothing when the new start is taken, and can move by less than its length")
    func moveRefused() async throws {
        let fixture = try await SchedulingFixture.make()
        let rival = try await SchedulingFixture.make(with: fixture.specialist.account)
        let mine = try await fixture.booked(daysAhead: 3)
        let theirs = try await rival.booked(daysAhead: 6)
        let refusal = await #expect(throws: BookingRefusal.self) {
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.reschedule(mine.id, to: theirs.startsAt, by: fixture.patient, in: $0)
            }
        }
        guard case .taken(let next) = refusal else { return #expect(Bool(false), "not refused as taken") }
        #expect(!next.isEmpty)
        let kept = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.appointment(mine.id, by: fixture.patient, in: $0)
        }
        #expect(kept == mine)
        #expect(try await fixture.count("SELECT count(*) FROM busy WHERE appointment_id = \(mine.id)") == 2)
        let nudged = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.reschedule(
                mine.id, to: mine.startsAt.addingTimeInterval(15 * 60), by: fixture.patient, in: $0)
        }
        #expect(nudged.startsAt == mine.startsAt.addingTimeInterval(15 * 60))
    }

    @Test("is changed by the patient until the policy's limit, and by the specialist at any time")
    func changeLimit() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        try await fixture.wait(until: appointment, isInMinutes: 60)
        await #expect(throws: BookingRefusal.self) {
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.cancel(appointment.id, by: fixture.patient, in: $0)
            }
        }
        let cancelled = try await fixture.run(fixture.specialist) {
            try await fixture.scheduler.cancel(appointment.id, by: fixture.specialist, in: $0)
        }
        #expect(cancelled.state == .cancelled && cancelled.sequence == 1 && cancelled.endedAt != nil)
        #expect(try await fixture.notices("appointmentCancelled", of: appointment) == 2)
        #expect(try await fixture.count("SELECT count(*) FROM busy WHERE appointment_id = \(appointment.id)") == 0)
    }

    @Test("goes from booked to checked in to completed, and refuses what its state does not lead to")
    func states() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        await #expect(throws: BookingRefusal.notBegun(startsAt: appointment.startsAt)) {
            try await fixture.run(fixture.specialist) {
                try await fixture.scheduler.complete(appointment.id, by: fixture.specialist, in: $0)
            }
        }
        try await fixture.wait(until: appointment, isInMinutes: -5)
        let here = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.checkIn(appointment.id, by: fixture.patient, in: $0)
        }
        #expect(here.state == .checkedIn)
        await #expect(throws: BookingRefusal.notAllowed) {
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.complete(appointment.id, by: fixture.patient, in: $0)
            }
        }
        let done = try await fixture.run(fixture.specialist) {
            try await fixture.scheduler.complete(appointment.id, by: fixture.specialist, in: $0)
        }
        #expect(done.state == .completed)
        await #expect(throws: BookingRefusal.wrongState(.completed)) {
            try await fixture.run(fixture.specialist) {
                try await fixture.scheduler.markNoShow(appointment.id, by: fixture.specialist, in: $0)
            }
        }
    }

    @Test("of a stranger is not made free by naming it, whatever the service asks")
    func namedByStranger() async throws {
        let fixture = try await SchedulingFixture.make()
        let rival = try await SchedulingFixture.make(with: fixture.specialist.account)
        let theirs = try await fixture.booked()
        func isFree(to asker: SchedulingFixture) async throws -> Bool {
            let asking = OpeningQuery(
                participants: ConsultParticipants(party: asker.patient.account, specialist: fixture.specialist.account),
                visitType: VisitType.usual, from: theirs.startsAt, to: theirs.endsAt, moving: theirs.id)
            let found = try await asker.run(asker.patient) { try await asker.scheduler.openings(asking, in: $0) }
            return found.contains { $0.startsAt == theirs.startsAt }
        }
        #expect(try await !isFree(to: rival))
        #expect(try await isFree(to: fixture))
    }

    @Test("is one calendar entry with a UID that stays and a sequence that rises, and no clinical word")
    func calendar() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        let text = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.calendarEntry(of: appointment.id, by: fixture.patient, in: $0).text
        }
        #expect(text.hasPrefix("BEGIN:VCALENDAR\r\n") && text.contains("\r\nBEGIN:VEVENT\r\n"))
        #expect(text.contains("UID:\(appointment.id)@consilium") && text.contains("SEQUENCE:0"))
        #expect(text.contains("STATUS:CONFIRMED") && text.contains("SUMMARY:Video consult"))
        let cancelled = try await fixture.run(fixture.specialist) { tx in
            _ = try await fixture.scheduler.cancel(appointment.id, by: fixture.specialist, in: tx)
            return try await fixture.scheduler.calendarEntry(of: appointment.id, by: fixture.specialist, in: tx).text
        }
        #expect(cancelled.contains("SEQUENCE:1") && cancelled.contains("STATUS:CANCELLED"))
    }
}

extension SchedulingFixture {
    /// How many notices of a template wait for somebody about this appointment.
    func notices(_ template: String, of appointment: Appointment) async throws -> Int {
        try await count(
            """
            SELECT count(*) FROM job WHERE kind = 'notice' AND payload::text LIKE \("%\(template)%")
                AND payload::text ILIKE \("%\(appointment.id)%")
            """)
    }
}
