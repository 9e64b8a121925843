import Clinic
import FoundationEssentials
import Postgres
import Scheduling
import TestSupport
import Testing

@Suite("A colleague in a case", .database)
struct ColleagueTests {
    @Test("is brought in by its specialist or a coordinator, with the patient's consent, once")
    func comes() async throws {
        let stage = try await Stage.make()
        let id = try await Seed.specialist(Stage.vault)
        await #expect(throws: BookingRefusal.consentNeeded) { try await stage.bring(id) }
        try await stage.agreeToPanel()
        await #expect(throws: BookingRefusal.notAllowed) { try await stage.bring(id, by: stage.patient) }
        let stranger = Seed.caller(try await Seed.specialist(Stage.vault), roles: [.specialist])
        await #expect(throws: BookingRefusal.notFound) { try await stage.bring(id, by: stranger) }
        await #expect(throws: FieldRefusal.self) { try await stage.bring(try await Seed.account(Stage.vault)) }
        let coordinator = Seed.caller(
            try await Seed.account(Stage.vault, roles: [.coordinator]), roles: [.coordinator])
        #expect(try await stage.bring(id, by: coordinator).specialist == id)
        for taken in [id, stage.specialist.account] {
            await #expect(throws: BookingRefusal.hasPart) { try await stage.bring(taken) }
        }
        let list = try await stage.run(stage.patient) {
            try await stage.scheduler.colleagues(in: stage.caseID, by: stage.patient, in: $0)
        }
        #expect(list.map(\.specialist) == [id])
        // Nobody else can be named in a hold.
        let other = Seed.caller(try await Seed.specialist(Stage.vault))
        let start = try await stage.morning()
        await #expect(throws: FieldRefusal.self) { try await stage.hold(start, with: [other]) }
        try await stage.hold(start, with: [Seed.caller(id)])
    }

    @Test("reads what its specialist reads, and the earlier opinion not before her", arguments: [true, false])
    func reads(blinded: Bool) async throws {
        let stage = try await Stage.make(blinded: blinded)
        for (kind, reveals) in [("symptoms", false), ("treatment", true)] {
            try await stage.asOwner(
                """
                INSERT INTO intake_part (id, case_id, kind, reveals_prior, body)
                VALUES (gen_random_uuid(), \(stage.caseID), \(kind), \(reveals), 'x')
                """)
        }
        let colleague = try await stage.colleague()
        func parts() async throws -> [Int] {
            var counts: [Int] = []
            for caller in [stage.specialist, colleague] {
                counts.append(
                    try await stage.run(caller) {
                        try await $0.query("SELECT FROM intake_part WHERE case_id = \(stage.caseID)").count
                    })
            }
            return counts
        }
        #expect(try await parts() == (blinded ? [1, 1] : [2, 2]))
        try await stage.asOwner(
            """
            INSERT INTO first_read (case_id, specialist_id, body, signed_at, signature, signing_key)
            VALUES (\(stage.caseID), \(stage.specialist.account), 'x', clock_timestamp(), 'x', 'x')
            """)
        #expect(try await parts() == [2, 2])
    }

    @Test("who leaves reads no more; panels go on without her, and what was hers to hold is free")
    func leaves() async throws {
        let stage = try await Stage.make()
        let (going, staying) = (try await stage.colleague(), try await stage.colleague())
        let start = try await stage.morning()
        let booked = try await stage.book(try await stage.hold(start, with: [going, staying]))
        let hold = try await stage.hold(start.addingTimeInterval(86_400), with: [going])
        try await release(going, by: going, stage)
        let left = try await stage.run(stage.patient) {
            try await stage.scheduler.appointment(booked.id, by: stage.patient, in: $0)
        }
        #expect(left.state == .booked && left.colleagues.ids == [staying.account] && left.version == 2)
        #expect(try await stage.count("SELECT count(*) FROM busy WHERE person_id = \(going.account)") == 0)
        await #expect(throws: BookingRefusal.holdOver) { try await stage.book(hold) }
        #expect(
            try await stage.told("panelChanged", of: booked.id)
                == Set([stage.patient, stage.specialist, going, staying].map(\.account)))
        let sees = try await stage.run(going) {
            try await $0.query("SELECT FROM clinical_case WHERE id = \(stage.caseID)").count
        }
        #expect(sees == 0)
        await #expect(throws: BookingRefusal.notFound) { try await release(going, by: stage.specialist, stage) }
        let third = try await stage.colleague()
        await #expect(throws: BookingRefusal.notAllowed) { try await release(staying, by: third, stage) }
        // She can come again.
        try await stage.bring(going.account)
    }

    @Test("has no part in a case any longer once it ended")
    func ends() async throws {
        let stage = try await Stage.make()
        let colleague = try await stage.colleague()
        let booked = try await stage.book(try await stage.hold(try await stage.morning(), with: [colleague]))
        _ = try await stage.run(stage.patient) { try await $0.execute("SELECT release_case(\(stage.caseID))") }
        #expect(try await stage.taken(appointment: booked.id) == [:])
    }

    private func release(_ colleague: Caller, by caller: Caller, _ stage: Stage) async throws {
        try await stage.run(caller) {
            try await stage.scheduler.release(colleague.account, from: stage.caseID, by: caller, in: $0)
        }
    }
}
