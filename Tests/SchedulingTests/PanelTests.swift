import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing

@testable import Scheduling

@Suite("A panel", .database, .timeLimit(.minutes(5)))
struct PanelTests {
    @Test("takes all calendars, each specialist's with its buffers, and books, moves and gives back all of them")
    func whole() async throws {
        let fixture = try await SchedulingFixture.make()
        let colleagues = [try await fixture.colleague(), try await fixture.colleague()]
        let start = try await fixture.morning()
        let hold = try await fixture.hold(start, with: colleagues)
        #expect(hold.colleagues == Colleagues(colleagues.map(\.account)))
        func spans(of start: Date) -> [AccountID: Range<Date>] {
            let end = start.addingTimeInterval(45 * 60)
            var spans = [fixture.patient.account: start..<end]
            for person in [fixture.specialist] + colleagues {
                spans[person.account] = start..<end.addingTimeInterval(15 * 60)
            }
            return spans
        }
        #expect(try await fixture.taken(hold: hold.id) == spans(of: start))
        let booked = try await fixture.book(hold)
        #expect(try await fixture.taken(appointment: booked.id) == spans(of: start))
        let everybody = Set(([fixture.patient, fixture.specialist] + colleagues).map(\.account))
        #expect(try await fixture.told("appointmentBooked", of: booked.id) == everybody)
        #expect(
            try await fixture.count(
                "SELECT count(*) FROM lane_check WHERE case_id = \(fixture.caseID) AND gate = 'booking' AND lawful")
                == 3)
        let later = start.addingTimeInterval(30 * 60)
        let moved = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.reschedule(booked.id, to: later, by: fixture.patient, in: $0)
        }
        #expect(moved.id == booked.id && moved.colleagues == hold.colleagues)
        #expect(try await fixture.taken(appointment: booked.id) == spans(of: later))
        _ = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.cancel(booked.id, by: fixture.patient, in: $0)
        }
        #expect(try await fixture.taken(appointment: booked.id) == [:])
        #expect(try await fixture.told("appointmentCancelled", of: booked.id) == everybody)
    }

    @Test("meets when it suits everybody: hours, consults and time off of each, and the patient's own")
    func openings() async throws {
        let fixture = try await SchedulingFixture.make()
        let early = try await fixture.colleague(hours: [("08:00", "12:00")])
        let late = try await fixture.colleague(hours: [("10:00", "18:00")])
        let from = try await fixture.morning()
        let to = from.addingTimeInterval(2 * 86_400)
        let both = try await fixture.openings(with: [early, late], from: from, to: to)
        #expect(!both.isEmpty)
        #expect(both.allSatisfy { ("10:00"..."11:15").contains($0.specialistTime.local.description.suffix(5)) })
        // Another's consult with the one colleague takes it from all.
        let first = try #require(both.first).startsAt
        let rival = try await SchedulingFixture.make(with: early.account)
        try await rival.hold(first)
        #expect(try await !fixture.openings(with: [early, late], from: from, to: to).contains { $0.startsAt == first })
        let refusal = await #expect(throws: BookingRefusal.self) { try await fixture.hold(first, with: [early, late]) }
        guard case .taken(let next) = refusal else { return #expect(Bool(false), "not refused as taken") }
        #expect(!next.isEmpty && next.allSatisfy { both.contains($0) })
        // None of the calendars was touched.
        #expect(try await fixture.count("SELECT count(*) FROM busy WHERE person_id = \(late.account)") == 0)
        try await fixture.hold(first, with: [late])
    }

    @Test("is closed when the lane is closed to any of its specialists, and then nothing is booked")
    func lane() async throws {
        let fixture = try await SchedulingFixture.make()
        let colleague = try await fixture.colleague()
        let hold = try await fixture.hold(try await fixture.opening().startsAt, with: [colleague])
        try await fixture.asOwner("DELETE FROM licence WHERE specialist_id = \(colleague.account)")
        let refusal = await #expect(throws: BookingRefusal.self) { try await fixture.book(hold) }
        guard case .laneClosed(let check) = refusal else { return #expect(Bool(false), "not refused by the lane") }
        #expect(check.facts.specialist == colleague.account && check.obstacle == .noLicence)
        #expect(try await fixture.count("SELECT count(*) FROM appointment WHERE case_id = \(fixture.caseID)") == 0)
        await #expect(throws: BookingRefusal.self) {
            try await fixture.bring(try await Seed.specialist(SchedulingFixture.vault, licensedIn: ["US-TX"]))
        }
    }

    @Test("is joined by each: the party where every specialist is licensed, a specialist where they are")
    func joins() async throws {
        let fixture = try await SchedulingFixture.make(licensedIn: ["US-OH", "US-TX"])
        let colleague = try await fixture.colleague()
        let booked = try await fixture.book(
            try await fixture.hold(try await fixture.opening().startsAt, with: [colleague]))
        try await fixture.wait(until: booked, isInMinutes: 10)
        func join(_ caller: Caller, in place: String?) async throws {
            _ = try await fixture.run(caller) {
                try await fixture.scheduler.join(booked.id, JoinRequest(jurisdiction: place), by: caller, in: $0)
            }
        }
        try await join(fixture.patient, in: "US-OH")
        try await join(fixture.specialist, in: nil)
        try await join(colleague, in: nil)
        await #expect(throws: BookingRefusal.self) { try await join(fixture.patient, in: "US-TX") }
        // A colleague sits there; the consult is its specialist's to move, cancel and complete.
        for act in [
            { try await fixture.scheduler.cancel(booked.id, by: colleague, in: $0) },
            { try await fixture.scheduler.complete(booked.id, by: colleague, in: $0) },
        ] as [@Sendable (Transaction) async throws -> Appointment] {
            await #expect(throws: BookingRefusal.notAllowed) { _ = try await fixture.run(colleague, act) }
        }
    }

    @Test("What it takes of calendars is written by nobody's hand", arguments: ["less", "shifted", "more"])
    func refuses(fault: String) async throws {
        let fixture = try await SchedulingFixture.make()
        let colleague = try await fixture.colleague()
        let booked = try await fixture.book(
            try await fixture.hold(try await fixture.opening().startsAt, with: [colleague]))
        let statement: SQL =
            switch fault {
            case "less": "DELETE FROM busy WHERE appointment_id = \(booked.id) AND person_id = \(colleague.account)"
            case "shifted":
                """
                UPDATE busy SET during = tstzrange(lower(during) + interval '1 minute', upper(during))
                WHERE appointment_id = \(booked.id) AND person_id = \(colleague.account)
                """
            default:
                """
                INSERT INTO busy (person_id, during, appointment_id)
                SELECT person_id, tstzrange(upper(during), upper(during) + interval '1 hour'), appointment_id FROM busy
                WHERE appointment_id = \(booked.id) AND person_id = \(colleague.account)
                """
            }
        let error = await #expect(throws: DatabaseError.self) { try await fixture.asOwner(statement) }
        #expect(error?.sqlState == "42501")
    }

    @Test("What it takes of calendars follows, whoever changes it")
    func follows() async throws {
        let fixture = try await SchedulingFixture.make()
        let colleague = try await fixture.colleague()
        let booked = try await fixture.book(
            try await fixture.hold(try await fixture.opening().startsAt, with: [colleague]))
        try await fixture.asOwner(
            """
            UPDATE appointment SET colleagues = '{}', starts_at = starts_at + interval '1 day',
                ends_at = ends_at + interval '1 day' WHERE id = \(booked.id)
            """)
        let taken = try await fixture.taken(appointment: booked.id)
        #expect(Set(taken.keys) == [fixture.specialist.account, fixture.patient.account])
        #expect(taken[fixture.patient.account]?.lowerBound == booked.startsAt.addingTimeInterval(86_400))
        try await fixture.asOwner(
            "UPDATE appointment SET state = 'cancelled', ended_at = clock_timestamp() WHERE id = \(booked.id)")
        #expect(try await fixture.taken(appointment: booked.id) == [:])
    }
}
