import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing

@testable import Scheduling

@Suite("A panel", .database)
struct PanelTests {
    @Test("takes all calendars, each specialist's with its buffers, and books, moves and gives back all of them")
    func whole() async throws {
        let stage = try await Stage.make()
        let colleagues = [try await stage.colleague(), try await stage.colleague()]
        let start = try await stage.morning()
        let hold = try await stage.hold(start, with: colleagues)
        #expect(hold.colleagues == Colleagues(colleagues.map(\.account)))
        func spans(of start: Date) -> [AccountID: Range<Date>] {
            let end = start.addingTimeInterval(45 * 60)
            var spans = [stage.patient.account: start..<end]
            for person in [stage.specialist] + colleagues {
                spans[person.account] = start..<end.addingTimeInterval(15 * 60)
            }
            return spans
        }
        #expect(try await stage.taken(hold: hold.id) == spans(of: start))
        let booked = try await stage.book(hold)
        #expect(try await stage.taken(appointment: booked.id) == spans(of: start))
        let everybody = Set(([stage.patient, stage.specialist] + colleagues).map(\.account))
        #expect(try await stage.told("appointmentBooked", of: booked.id) == everybody)
        #expect(
            try await stage.count(
                "SELECT count(*) FROM lane_check WHERE case_id = \(stage.caseID) AND gate = 'booking' AND lawful") == 3)
        let later = start.addingTimeInterval(30 * 60)
        let moved = try await stage.run(stage.patient) {
            try await stage.scheduler.reschedule(booked.id, to: later, by: stage.patient, in: $0)
        }
        #expect(moved.id == booked.id && moved.colleagues == hold.colleagues)
        #expect(try await stage.taken(appointment: booked.id) == spans(of: later))
        _ = try await stage.run(stage.patient) {
            try await stage.scheduler.cancel(booked.id, by: stage.patient, in: $0)
        }
        #expect(try await stage.taken(appointment: booked.id) == [:])
        #expect(try await stage.told("appointmentCancelled", of: booked.id) == everybody)
    }

    @Test("meets when it suits everybody: hours, consults and time off of each, and the patient's own")
    func openings() async throws {
        let stage = try await Stage.make()
        let early = try await stage.colleague(hours: [("08:00", "12:00")])
        let late = try await stage.colleague(hours: [("10:00", "18:00")])
        let from = try await stage.morning()
        let to = from.addingTimeInterval(2 * 86_400)
        let both = try await stage.openings(with: [early, late], from: from, to: to)
        #expect(!both.isEmpty)
        #expect(both.allSatisfy { ("10:00"..."11:15").contains($0.specialistTime.local.description.suffix(5)) })
        // Another's consult with the one colleague takes it from all.
        let first = try #require(both.first).startsAt
        let rival = try await Stage.make(with: early.account)
        try await rival.hold(first)
        #expect(try await !stage.openings(with: [early, late], from: from, to: to).contains { $0.startsAt == first })
        let refusal = await #expect(throws: BookingRefusal.self) { try await stage.hold(first, with: [early, late]) }
        guard case .taken(let next) = refusal else { return #expect(Bool(false), "not refused as taken") }
        #expect(!next.isEmpty && next.allSatisfy { both.contains($0) })
        // None of the calendars was touched.
        #expect(try await stage.count("SELECT count(*) FROM busy WHERE person_id = \(late.account)") == 0)
        try await stage.hold(first, with: [late])
    }

    @Test("is closed when the lane is closed to any of its specialists, and then nothing is booked")
    func lane() async throws {
        let stage = try await Stage.make()
        let colleague = try await stage.colleague()
        let hold = try await stage.hold(try await stage.opening().startsAt, with: [colleague])
        try await stage.asOwner("DELETE FROM licence WHERE specialist_id = \(colleague.account)")
        let refusal = await #expect(throws: BookingRefusal.self) { try await stage.book(hold) }
        guard case .laneClosed(let check) = refusal else { return #expect(Bool(false), "not refused by the lane") }
        #expect(check.facts.specialist == colleague.account && check.obstacle == .noLicence)
        #expect(try await stage.count("SELECT count(*) FROM appointment WHERE case_id = \(stage.caseID)") == 0)
        await #expect(throws: BookingRefusal.self) {
            try await stage.bring(try await Seed.specialist(Stage.vault, licensedIn: ["US-TX"]))
        }
    }

    @Test("is joined by each: the party where every specialist is licensed, a specialist where she is")
    func joins() async throws {
        let stage = try await Stage.make(licensedIn: ["US-OH", "US-TX"])
        let colleague = try await stage.colleague()
        let booked = try await stage.book(
            try await stage.hold(try await stage.opening().startsAt, with: [colleague]))
        try await stage.wait(until: booked, isInMinutes: 10)
        func join(_ caller: Caller, in place: String?) async throws {
            _ = try await stage.run(caller) {
                try await stage.scheduler.join(booked.id, JoinRequest(jurisdiction: place), by: caller, in: $0)
            }
        }
        try await join(stage.patient, in: "US-OH")
        try await join(stage.specialist, in: nil)
        try await join(colleague, in: nil)
        await #expect(throws: BookingRefusal.self) { try await join(stage.patient, in: "US-TX") }
        // A colleague sits there; the consult is its specialist's to move, cancel and complete.
        for act in [
            { try await stage.scheduler.cancel(booked.id, by: colleague, in: $0) },
            { try await stage.scheduler.complete(booked.id, by: colleague, in: $0) },
        ] as [@Sendable (Transaction) async throws -> Appointment] {
            await #expect(throws: BookingRefusal.notAllowed) { _ = try await stage.run(colleague, act) }
        }
    }

    @Test("What it takes of calendars is written by nobody's hand", arguments: ["less", "shifted", "more"])
    func wall(fault: String) async throws {
        let stage = try await Stage.make()
        let colleague = try await stage.colleague()
        let booked = try await stage.book(
            try await stage.hold(try await stage.opening().startsAt, with: [colleague]))
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
        let error = await #expect(throws: DatabaseError.self) { try await stage.asOwner(statement) }
        #expect(error?.sqlState == "42501")
    }

    @Test("What it takes of calendars follows, whoever changes it")
    func follows() async throws {
        let stage = try await Stage.make()
        let colleague = try await stage.colleague()
        let booked = try await stage.book(
            try await stage.hold(try await stage.opening().startsAt, with: [colleague]))
        try await stage.asOwner(
            """
            UPDATE appointment SET colleagues = '{}', starts_at = starts_at + interval '1 day',
                ends_at = ends_at + interval '1 day' WHERE id = \(booked.id)
            """)
        let taken = try await stage.taken(appointment: booked.id)
        #expect(Set(taken.keys) == [stage.specialist.account, stage.patient.account])
        #expect(taken[stage.patient.account]?.lowerBound == booked.startsAt.addingTimeInterval(86_400))
        try await stage.asOwner(
            "UPDATE appointment SET state = 'cancelled', ended_at = clock_timestamp() WHERE id = \(booked.id)")
        #expect(try await stage.taken(appointment: booked.id) == [:])
    }
}
