import Clinic
import FoundationEssentials
import Postgres
import Scheduling
import TestSupport
import Testing

@Suite("A colleague in a case", .database, .timeLimit(.minutes(5)))
struct ColleagueTests {
    @Test("is brought in by its specialist or a coordinator, with the patient's consent, once")
    func comes() async throws {
        let fixture = try await SchedulingFixture.make()
        let id = try await Seed.specialist(SchedulingFixture.vault)
        await #expect(throws: BookingRefusal.consentNeeded) { try await fixture.bring(id) }
        try await fixture.agreeToPanel()
        await #expect(throws: BookingRefusal.notAllowed) { try await fixture.bring(id, by: fixture.patient) }
        let stranger = Seed.caller(try await Seed.specialist(SchedulingFixture.vault), roles: [.specialist])
        await #expect(throws: BookingRefusal.notFound) { try await fixture.bring(id, by: stranger) }
        await #expect(throws: FieldRefusal.self) {
            try await fixture.bring(try await Seed.account(SchedulingFixture.vault))
        }
        let coordinator = Seed.caller(
            try await Seed.account(SchedulingFixture.vault, roles: [.coordinator]), roles: [.coordinator])
        #expect(try await fixture.bring(id, by: coordinator).specialist == id)
        for taken in [id, fixture.specialist.account] {
            await #expect(throws: BookingRefusal.hasPart) { try await fixture.bring(taken) }
        }
        let list = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.colleagues(in: fixture.caseID, by: fixture.patient, in: $0)
        }
        #expect(list.map(\.specialist) == [id])
        // Nobody else can be named in a hold.
        let other = Seed.caller(try await Seed.specialist(SchedulingFixture.vault))
        let start = try await fixture.morning()
        await #expect(throws: FieldRefusal.self) { try await fixture.hold(start, with: [other]) }
        try await fixture.hold(start, with: [Seed.caller(id)])
    }

    @Test("reads what its specialist reads, and the earlier opinion not before them", arguments: [true, false])
    func reads(blinded: Bool) async throws {
        let fixture = try await SchedulingFixture.make(blinded: blinded)
        for (kind, reveals) in [("symptoms", false), ("treatment", true)] {
            try await fixture.asOwner(
                """
                INSERT INTO intake_part (id, case_id, kind, reveals_prior, body)
                VALUES (gen_random_uuid(), \(fixture.caseID), \(kind), \(reveals), 'x')
                """)
        }
        let colleague = try await fixture.colleague()
        func parts() async throws -> [Int] {
            var counts: [Int] = []
            for caller in [fixture.specialist, colleague] {
                counts.append(
                    try await fixture.run(caller) {
                        try await $0.query("SELECT FROM intake_part WHERE case_id = \(fixture.caseID)").count
                    })
            }
            return counts
        }
        #expect(try await parts() == (blinded ? [1, 1] : [2, 2]))
        try await fixture.asOwner(
            """
            INSERT INTO first_read (case_id, specialist_id, body, signed_at, signature, signing_key)
            VALUES (\(fixture.caseID), \(fixture.specialist.account), 'x', clock_timestamp(), 'x', 'x')
            """)
        #expect(try await parts() == [2, 2])
    }

    @Test("who leaves reads no more; panels go on without them, and what they were to hold is free")
    func leaves() async throws {
        let fixture = try await SchedulingFixture.make()
        let (going, staying) = (try await fixture.colleague(), try await fixture.colleague())
        let start = try await fixture.morning()
        let booked = try await fixture.book(try await fixture.hold(start, with: [going, staying]))
        let hold = try await fixture.hold(start.addingTimeInterval(86_400), with: [going])
        try await release(going, by: going, fixture)
        let left = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.appointment(booked.id, by: fixture.patient, in: $0)
        }
        #expect(left.state == .booked && left.colleagues.ids == [staying.account] && left.version == 2)
        #expect(try await fixture.count("SELECT count(*) FROM busy WHERE person_id = \(going.account)") == 0)
        await #expect(throws: BookingRefusal.holdOver) { try await fixture.book(hold) }
        #expect(
            try await fixture.told("panelChanged", of: booked.id)
                == Set([fixture.patient, fixture.specialist, going, staying].map(\.account)))
        let sees = try await fixture.run(going) {
            try await $0.query("SELECT FROM clinical_case WHERE id = \(fixture.caseID)").count
        }
        #expect(sees == 0)
        await #expect(throws: BookingRefusal.notFound) { try await release(going, by: fixture.specialist, fixture) }
        let third = try await fixture.colleague()
        await #expect(throws: BookingRefusal.notAllowed) { try await release(staying, by: third, fixture) }
        // The colleague can come again.
        try await fixture.bring(going.account)
    }

    @Test("has no part in a case any longer once it ended")
    func ends() async throws {
        let fixture = try await SchedulingFixture.make()
        let colleague = try await fixture.colleague()
        let booked = try await fixture.book(try await fixture.hold(try await fixture.morning(), with: [colleague]))
        _ = try await fixture.run(fixture.patient) { try await $0.execute("SELECT release_case(\(fixture.caseID))") }
        #expect(try await fixture.taken(appointment: booked.id) == [:])
    }

    private func release(_ colleague: Caller, by caller: Caller, _ fixture: SchedulingFixture) async throws {
        try await fixture.run(caller) {
            try await fixture.scheduler.release(colleague.account, from: fixture.caseID, by: caller, in: $0)
        }
    }
}
