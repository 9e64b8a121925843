import Clinic
import FoundationEssentials
import Postgres
@testable import Scheduling
import TestSupport
import Testing

@Suite("A range that is cleared", .database, .timeLimit(.minutes(5)))
struct ClearTests {
    /// Two consults of two patients on one day of one specialist, and the day.
    private func day() async throws -> (stages: [SchedulingFixture], booked: [Appointment], range: TimeOffRequest) {
        let first = try await SchedulingFixture.make()
        let second = try await SchedulingFixture.make(with: first.specialist.account)
        let start = try await first.morning()
        let booked = [
            try await first.book(try await first.hold(start)),
            try await second.book(try await second.hold(start.addingTimeInterval(2 * 3600))),
        ]
        let range = TimeOffRequest(
            startsAt: start.addingTimeInterval(-3600), endsAt: start.addingTimeInterval(6 * 3600))
        return ([first, second], booked, range)
    }

    private func clear(_ range: TimeOffRequest, _ fixture: SchedulingFixture, by caller: Caller? = nil) async throws
        -> ClearedRange
    {
        let caller = caller ?? fixture.specialist
        return try await fixture.run(caller) {
            try await fixture.scheduler.clear(range, of: fixture.specialist.account, by: caller, in: $0)
        }
    }

    private func accept(_ hold: HoldID, _ fixture: SchedulingFixture, by caller: Caller? = nil) async throws
        -> Appointment
    {
        let caller = caller ?? fixture.patient
        return try await fixture.run(caller) { try await fixture.scheduler.accept(hold, by: caller, in: $0) }
    }

    @Test("calls off every consult in it, and keeps the next best for each patient alone, who is told")
    func clears() async throws {
        let (stages, booked, range) = try await day()
        let held = try await SchedulingFixture.make(with: stages[0].specialist.account)
        let hold = try await held.hold(range.startsAt.addingTimeInterval(5 * 3600))
        let cleared = try await clear(range, stages[0])
        #expect(cleared.consults.map(\.appointment.id) == booked.map(\.id))
        #expect(cleared.consults.allSatisfy { $0.appointment.state == .cancelled })
        let offered = try cleared.consults.map { try #require($0.offered.first) }
        #expect(offered.allSatisfy { $0.kind == .offered && $0.startsAt >= range.endsAt && $0.token == nil })
        #expect(offered.map(\.appointment) == booked.map(\.id))
        // The soonest goes to whose consult was to be first.
        #expect(offered[0].startsAt < offered[1].startsAt)
        for (index, fixture) in stages.enumerated() {
            let mine = try await fixture.run(fixture.patient) {
                try await fixture.scheduler.holds(of: fixture.caseID, by: fixture.patient, in: $0)
            }
            #expect(mine.map(\.id) == cleared.consults[index].offered.map(\.id))
            #expect(
                try await fixture.told("appointmentCancelled", of: booked[index].id).contains(fixture.patient.account))
            let told = try await fixture.count(
                """
                SELECT count(*) FROM job WHERE payload -> 'template' -> 'openingOffered' ->> '_0' =
                    \(offered[index].id.description)
                """)
            #expect(told == 1)
        }
        // Nobody else can have it, nor anything in the range; what was only held there cannot be booked.
        let refusal = await #expect(throws: BookingRefusal.self) { try await held.hold(offered[0].startsAt) }
        guard case .taken = refusal else { return #expect(Bool(false), "not refused as taken") }
        await #expect(throws: BookingRefusal.holdOver) { try await held.book(hold) }
        #expect(try await held.openings(from: range.startsAt, to: range.endsAt.addingTimeInterval(-900)).isEmpty)
    }

    @Test("offers what one step accepts; the patient's own calendar is taken only then")
    func accepts() async throws {
        let (stages, _, range) = try await day()
        let cleared = try await clear(range, stages[0])
        let offered = try #require(cleared.consults.first?.offered.first)
        #expect(Set(try await stages[0].taken(hold: offered.id).keys) == [stages[0].specialist.account])
        // Reading it, as a scanner of mails would, changes nothing.
        for _ in 0..<3 {
            let read = try await stages[0].run(stages[0].patient) {
                try await stages[0].scheduler.hold(offered.id, by: stages[0].patient, in: $0)
            }
            #expect(read == offered)
        }
        await #expect(throws: BookingRefusal.notFound) {
            try await accept(offered.id, stages[0], by: stages[1].patient)
        }
        await #expect(throws: BookingRefusal.notAllowed) {
            try await accept(offered.id, stages[0], by: stages[0].specialist)
        }
        let booked = try await accept(offered.id, stages[0])
        #expect(booked.startsAt == offered.startsAt && booked.state == .booked)
        #expect(
            Set(try await stages[0].taken(appointment: booked.id).keys)
                == [stages[0].patient.account, stages[0].specialist.account])
        await #expect(throws: BookingRefusal.holdOver) { try await accept(offered.id, stages[0]) }
        #expect(
            try await stages[0].count(
                "SELECT count(*) FROM lane_check WHERE case_id = \(stages[0].caseID) AND gate = 'booking'") == 2)
    }

    @Test("offers what is everybody's again when its time is over, with no worker there")
    func returns() async throws {
        let (stages, _, range) = try await day()
        let cleared = try await clear(range, stages[0])
        let offered = try #require(cleared.consults.first?.offered.first)
        try await stages[0].expire(offered)
        await #expect(throws: BookingRefusal.holdOver) { try await accept(offered.id, stages[0]) }
        let rival = try await SchedulingFixture.make(with: stages[0].specialist.account)
        try await rival.hold(offered.startsAt)
    }

    @Test("offers an equal specialist of the case's match who can sooner, and accepting brings them into the case")
    func standIn() async throws {
        let (stages, booked, range) = try await day()
        let fixture = stages[0]
        let (unlicensed, equal) = (
            try await Seed.specialist(SchedulingFixture.vault, licensedIn: ["US-TX"]),
            try await Seed.specialist(SchedulingFixture.vault)
        )
        try await fixture.matched([fixture.specialist.account, unlicensed, equal])
        let cleared = try await clear(range, fixture)
        let offered = try #require(cleared.consults.first).offered
        #expect(offered.map(\.specialist) == [equal, fixture.specialist.account])
        #expect(offered[0].startsAt >= booked[0].startsAt && offered[0].startsAt < offered[1].startsAt)
        // The stand-in reads nothing yet.
        let standIn = Seed.caller(equal, roles: [.specialist])
        func sees() async throws -> Int {
            try await fixture.run(standIn) {
                try await $0.query("SELECT FROM clinical_case WHERE id = \(fixture.caseID)").count
            }
        }
        #expect(try await sees() == 0)
        let taken = try await accept(offered[0].id, fixture)
        #expect(taken.specialist == equal && taken.case == fixture.caseID)
        #expect(try await sees() == 1)
        #expect(
            try await fixture.count(
                "SELECT count(*) FROM consent WHERE case_id = \(fixture.caseID) AND kind = 'panel' AND withdrawn_at IS NULL"
            ) == 1)
        // The other went back.
        await #expect(throws: BookingRefusal.holdOver) { try await accept(offered[1].id, fixture) }
        #expect(try await fixture.taken(hold: offered[1].id) == [:])
        _ = try await fixture.run(standIn) { try await fixture.scheduler.cancel(taken.id, by: standIn, in: $0) }
    }

    @Test("of a panel offers what suits all of it")
    func panel() async throws {
        let fixture = try await SchedulingFixture.make()
        let colleague = try await fixture.colleague(hours: [("08:00", "12:00")])
        let day = try await fixture.morning()
        let start = try #require(
            try await fixture.openings(with: [colleague], from: day, to: day.addingTimeInterval(2 * 86_400)).first)
        let booked = try await fixture.book(try await fixture.hold(start.startsAt, with: [colleague]))
        let range = TimeOffRequest(startsAt: booked.startsAt, endsAt: booked.endsAt.addingTimeInterval(6 * 3600))
        let offered = try #require(try await clear(range, fixture).consults.first?.offered.first)
        #expect(offered.colleagues.ids == [colleague.account])
        #expect(
            Set(try await fixture.taken(hold: offered.id).keys) == Set([fixture.specialist, colleague].map(\.account)))
        let again = try await accept(offered.id, fixture)
        #expect(again.colleagues.ids == [colleague.account])
    }

    @Test("for whom there is nothing becomes a coordinator's task")
    func nothing() async throws {
        let fixture = try await SchedulingFixture.make()
        let booked = try await fixture.booked()
        try await fixture.asOwner("DELETE FROM availability_rule WHERE specialist_id = \(fixture.specialist.account)")
        let range = TimeOffRequest(startsAt: booked.startsAt, endsAt: booked.endsAt)
        let cleared = try await clear(range, fixture)
        #expect(cleared.consults.map(\.offered.count) == [0])
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM task WHERE case_id = \(fixture.caseID) AND kind = 'rebook_consult'
                    AND subject_id = \(booked.id) AND state = 'open'
                """) == 1)
    }

    @Test("is its specialist's or a coordinator's to clear, and nobody else's; and it is short and ahead")
    func refused() async throws {
        let (stages, _, range) = try await day()
        let other = Seed.caller(try await Seed.specialist(SchedulingFixture.vault), roles: [.specialist])
        await #expect(throws: AvailabilityRefusal.notFound) { try await clear(range, stages[0], by: other) }
        for (starts, ends) in [(0.0, -1.0), (0, 32 * 86_400), (-200_000, -100_000)] {
            let now = Date()
            let wrong = TimeOffRequest(
                startsAt: now.addingTimeInterval(starts), endsAt: now.addingTimeInterval(ends))
            await #expect(throws: FieldRefusal.self) { try await clear(wrong, stages[0]) }
        }
        let coordinator = Seed.caller(
            try await Seed.account(SchedulingFixture.vault, roles: [.coordinator]), roles: [.coordinator])
        #expect(try await clear(range, stages[0], by: coordinator).consults.count == 2)
    }
}

extension SchedulingFixture {
    /// A match of the case with this menu.
    func matched(_ menu: [AccountID]) async throws {
        try await asOwner(
            """
            INSERT INTO match (id, case_id, rules_version, input_digest, input, result, ranking)
            VALUES (gen_random_uuid(), \(caseID), 1, 'x', 'x', 'x', \(menu))
            """)
    }
}
