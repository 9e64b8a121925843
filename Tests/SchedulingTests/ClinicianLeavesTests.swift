import Cases
import Clinic
import Outbox
import Postgres
import Scheduling
import TestSupport
import Testing

@Suite("A treating clinician who is the party no more", .database, .timeLimit(.minutes(5)))
struct ClinicianLeavesTests {
    /// How the patient ends it.
    enum Way: CaseIterable {
        case peerToPeerWithdrawn, clinicianWithdrawn, invitationWithdrawn, anotherInvitationLeft
    }

    @Test("has no consult left and no hold, and who was to meet is told", arguments: Way.allCases)
    func leaves(way: Way) async throws {
        let fixture = try await SchedulingFixture.make(lane: .peerToPeer)
        let clinician = Seed.caller(
            try await Seed.consultingClinician(
                SchedulingFixture.vault, in: fixture.caseID, of: fixture.patient.account),
            roles: [.treatingClinician])
        let outbox = Outbox()
        let cases = CaseService(vault: SchedulingFixture.vault, outbox: outbox, fileLimit: 1 << 20)
        let (consents, invitations) = (cases.consents, cases.invitations)
        let agreed = try await fixture.run(fixture.patient) {
            try await consents.give(
                ConsentDraft(kind: .treatingClinician, wording: "treating_clinician.2026-01"), for: fixture.caseID,
                by: fixture.patient, in: $0)
        }
        let start = try await fixture.opening().startsAt
        let request = HoldRequest(case: fixture.caseID, startsAt: start, visitType: "consult-45")
        let appointment = try await fixture.run(clinician) { tx in
            let hold = try await fixture.scheduler.hold(request, by: clinician, in: tx)
            return try await fixture.scheduler.book(
                BookingRequest(hold: hold.id, token: hold.token ?? ""), by: clinician, in: tx)
        }
        if way == .anotherInvitationLeft {
            try await fixture.asOwner(
                """
                INSERT INTO invitation (id, case_id, token_digest, email, sends_records, reads_opinion, consults, state,
                    invited_by, accepted_by, expires_at)
                SELECT gen_random_uuid(), case_id, sha256(token_digest), '', true, true, true, 'accepted', invited_by,
                    accepted_by, expires_at
                FROM invitation WHERE case_id = \(fixture.caseID) AND accepted_by = \(clinician.account)
                """)
        }
        try await fixture.run(fixture.patient) { tx in
            switch way {
            case .clinicianWithdrawn:
                try await consents.withdraw(agreed.id, of: fixture.caseID, by: fixture.patient, in: tx)
            case .peerToPeerWithdrawn:
                let given = try await consents.list(for: fixture.caseID, by: fixture.patient, in: tx).consents
                let consent = try #require(given.first { $0.kind == .peerToPeer })
                try await consents.withdraw(consent.id, of: fixture.caseID, by: fixture.patient, in: tx)
            case .invitationWithdrawn, .anotherInvitationLeft:
                let sent = try await invitations.list(of: fixture.caseID, by: fixture.patient, in: tx).invitations
                try await invitations.withdraw(
                    #require(sent.first { $0.acceptedBy == clinician.account }).id, of: fixture.caseID,
                    by: fixture.patient,
                    in: tx)
            }
        }
        let isLeft = way == .anotherInvitationLeft
        let state = try await fixture.asOwner("SELECT state FROM appointment WHERE id = \(appointment.id)").first
        #expect(try state?.decode(AppointmentState.self) == (isLeft ? .booked : .cancelled))
        #expect(
            try await fixture.count("SELECT count(*) FROM busy WHERE appointment_id = \(appointment.id)")
                == (isLeft ? 2 : 0))
        let told = try await fixture.asOwner(
            """
            SELECT (payload -> 'recipient' -> 'account' ->> '_0')::uuid FROM job
            WHERE payload -> 'template' -> 'appointmentCancelled' ->> '_0' = \(appointment.id.description)
            """
        ).map { try $0.decode(AccountID.self) }
        #expect(Set(told) == (isLeft ? [] : [clinician.account, fixture.specialist.account]))
    }
}
