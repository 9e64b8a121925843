import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing

@testable import Scheduling

@Suite("The lane at the gate of booking", .database)
struct LaneTests {
    @Test("is open with a licence where the patient lives, and its evidence is kept")
    func licensed() async throws {
        let stage = try await Stage.make()
        _ = try await stage.booked()
        let row = try #require(
            try await stage.asOwner(
                """
                SELECT lawful, licence_number, jurisdiction FROM lane_check
                WHERE case_id = \(stage.caseID) AND gate = 'booking'
                """
            ).first)
        let (lawful, number, place) = try row.decode(Bool.self, String?.self, String.self)
        #expect(lawful && number == "L-US-OH" && place == "US-OH")
    }

    @Test("is closed without a licence there, or with one that ends before the consult", arguments: [true, false])
    func closed(expired: Bool) async throws {
        let stage = try await Stage.make(
            licensedIn: expired ? ["US-OH"] : ["US-TX"], expiresOn: expired ? "2026-01-01" : "2999-12-31")
        let hold = try await stage.hold(try await stage.opening().startsAt)
        let refusal = await #expect(throws: BookingRefusal.self) { try await stage.book(hold) }
        guard case .laneClosed(let check) = refusal else { return #expect(Bool(false), "not refused by the lane") }
        #expect(check.obstacle == (expired ? .licenceExpired : .noLicence))
        #expect(try await stage.count("SELECT count(*) FROM appointment WHERE case_id = \(stage.caseID)") == 0)
        // The hold stands, and so does the evidence of the refusal.
        #expect(try await stage.count("SELECT count(*) FROM hold WHERE id = \(hold.id) AND state = 'active'") == 1)
        #expect(try await stage.count("SELECT count(*) FROM lane_check WHERE id = \(check.id) AND NOT lawful") == 1)
    }

    @Test("peer to peer is between the specialist and the treating clinician, with the patient's consent first")
    func peers() async throws {
        let stage = try await Stage.make(lane: .peerToPeer, licensedIn: [])
        await #expect(throws: BookingRefusal.noParty) { try await stage.openings() }
        let clinician = Seed.caller(
            try await Seed.consultingClinician(
                Stage.vault, in: stage.caseID, of: stage.patient.account, consents: false),
            roles: [.treatingClinician])
        let start = try await stage.opening().startsAt
        await #expect(throws: BookingRefusal.notAllowed) { try await stage.hold(start) }
        let request = HoldRequest(case: stage.caseID, startsAt: start, visitType: "consult-45")
        let hold = try await stage.run(clinician) {
            try await stage.scheduler.hold(request, by: clinician, in: $0)
        }
        let booking = BookingRequest(hold: hold.id, token: hold.token ?? "")
        let refusal = await #expect(throws: BookingRefusal.self) {
            try await stage.run(clinician) { try await stage.scheduler.book(booking, by: clinician, in: $0) }
        }
        guard case .laneClosed(let check) = refusal else { return #expect(Bool(false), "not refused by the lane") }
        #expect(check.obstacle == .noConsent)
        try await stage.asOwner(
            """
            INSERT INTO consent (id, case_id, kind, wording, given_by)
            VALUES (\(ConsentID.random()), \(stage.caseID), 'peer_to_peer', 'peer_to_peer.2026-01', \(stage.patient.account))
            """)
        let appointment = try await stage.run(clinician) {
            try await stage.scheduler.book(booking, by: clinician, in: $0)
        }
        #expect(appointment.party == clinician.account && appointment.lane == .peerToPeer)
    }
}
