import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing

@testable import Scheduling

@Suite("The lane at the gate of booking", .database, .timeLimit(.minutes(5)))
struct LaneTests {
    @Test("is open with a licence where the patient lives, and its evidence is kept")
    func licensed() async throws {
        let fixture = try await SchedulingFixture.make()
        _ = try await fixture.booked()
        let row = try #require(
            try await fixture.asOwner(
                """
                SELECT lawful, licence_number, jurisdiction FROM lane_check
                WHERE case_id = \(fixture.caseID) AND gate = 'booking'
                """
            ).first)
        let (lawful, number, place) = try row.decode(Bool.self, String?.self, String.self)
        #expect(lawful && number == "L-US-OH" && place == "US-OH")
    }

    @Test("is closed without a licence there, or with one that ends before the consult", arguments: [true, false])
    func closed(expired: Bool) async throws {
        let fixture = try await SchedulingFixture.make(
            licensedIn: expired ? ["US-OH"] : ["US-TX"], expiresOn: expired ? "2026-01-01" : "2999-12-31")
        let hold = try await fixture.hold(try await fixture.opening().startsAt)
        let refusal = await #expect(throws: BookingRefusal.self) { try await fixture.book(hold) }
        guard case .laneClosed(let check) = refusal else { return #expect(Bool(false), "not refused by the lane") }
        #expect(check.obstacle == (expired ? .licenceExpired : .noLicence))
        #expect(try await fixture.count("SELECT count(*) FROM appointment WHERE case_id = \(fixture.caseID)") == 0)
        // The hold stands, and so does the evidence of the refusal.
        #expect(try await fixture.count("SELECT count(*) FROM hold WHERE id = \(hold.id) AND state = 'active'") == 1)
        #expect(try await fixture.count("SELECT count(*) FROM lane_check WHERE id = \(check.id) AND NOT lawful") == 1)
    }

    @Test("peer to peer is between the specialist and the treating clinician, with the patient's consent first")
    func peers() async throws {
        let fixture = try await SchedulingFixture.make(lane: .peerToPeer, licensedIn: [])
        await #expect(throws: BookingRefusal.noParty) { try await fixture.openings() }
        let clinician = Seed.caller(
            try await Seed.consultingClinician(
                SchedulingFixture.vault, in: fixture.caseID, of: fixture.patient.account, consents: false),
            roles: [.treatingClinician])
        let start = try await fixture.opening().startsAt
        await #expect(throws: BookingRefusal.notAllowed) { try await fixture.hold(start) }
        let request = HoldRequest(case: fixture.caseID, startsAt: start, visitType: "consult-45")
        let hold = try await fixture.run(clinician) {
            try await fixture.scheduler.hold(request, by: clinician, in: $0)
        }
        let booking = BookingRequest(hold: hold.id, token: hold.token ?? "")
        let refusal = await #expect(throws: BookingRefusal.self) {
            try await fixture.run(clinician) { try await fixture.scheduler.book(booking, by: clinician, in: $0) }
        }
        guard case .laneClosed(let check) = refusal else { return #expect(Bool(false), "not refused by the lane") }
        #expect(check.obstacle == .noConsent)
        try await fixture.asOwner(
            """
            INSERT INTO consent (id, case_id, kind, wording, given_by)
            VALUES (\(ConsentID.random()), \(fixture.caseID), 'peer_to_peer', 'peer_to_peer.2026-01', \(fixture.patient.account))
            """)
        let appointment = try await fixture.run(clinician) {
            try await fixture.scheduler.book(booking, by: clinician, in: $0)
        }
        #expect(appointment.party == clinician.account && appointment.lane == .peerToPeer)
    }
}
