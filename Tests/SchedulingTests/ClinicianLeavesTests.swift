import Cases
import Clinic
import Outbox
import Postgres
import Scheduling
import TestSupport
import Testing

@Suite("A treating clinician who is the party no more", .database)
struct ClinicianLeavesTests {
    /// How the patient ends it.
    enum Way: CaseIterable {
        case peerToPeerWithdrawn, clinicianWithdrawn, invitationWithdrawn, anotherInvitationLeft
    }

    @Test("has no consult left and no hold, and who was to meet is told", arguments: Way.allCases)
    func leaves(way: Way) async throws {
        let stage = try await Stage.make(lane: .peerToPeer)
        let clinician = Seed.caller(
            try await Seed.consultingClinician(Stage.vault, in: stage.caseID, of: stage.patient.account),
            roles: [.treatingClinician])
        let outbox = Outbox()
        let cases = CaseService(vault: Stage.vault, outbox: outbox)
        let (consents, invitations) = (cases.consents, cases.invitations)
        let agreed = try await stage.run(stage.patient) {
            try await consents.give(
                ConsentDraft(kind: .treatingClinician, wording: "treating_clinician.2026-01"), for: stage.caseID,
                by: stage.patient, in: $0)
        }
        let start = try await stage.opening().startsAt
        let request = HoldRequest(case: stage.caseID, startsAt: start, visitType: "consult-45")
        let appointment = try await stage.run(clinician) { tx in
            let hold = try await stage.scheduler.hold(request, by: clinician, in: tx)
            return try await stage.scheduler.book(
                BookingRequest(hold: hold.id, token: hold.token ?? ""), by: clinician, in: tx)
        }
        if way == .anotherInvitationLeft {
            try await stage.asOwner(
                """
                INSERT INTO invitation (id, case_id, token_digest, email, sends_records, reads_opinion, consults, state,
                    invited_by, accepted_by, expires_at)
                SELECT gen_random_uuid(), case_id, sha256(token_digest), '', true, true, true, 'accepted', invited_by,
                    accepted_by, expires_at
                FROM invitation WHERE case_id = \(stage.caseID) AND accepted_by = \(clinician.account)
                """)
        }
        try await stage.run(stage.patient) { tx in
            switch way {
            case .clinicianWithdrawn:
                try await consents.withdraw(agreed.id, of: stage.caseID, by: stage.patient, in: tx)
            case .peerToPeerWithdrawn:
                let given = try await consents.list(for: stage.caseID, by: stage.patient, in: tx).consents
                let consent = try #require(given.first { $0.kind == .peerToPeer })
                try await consents.withdraw(consent.id, of: stage.caseID, by: stage.patient, in: tx)
            case .invitationWithdrawn, .anotherInvitationLeft:
                let sent = try await invitations.list(of: stage.caseID, by: stage.patient, in: tx).invitations
                try await invitations.withdraw(
                    #require(sent.first { $0.acceptedBy == clinician.account }).id, of: stage.caseID, by: stage.patient,
                    in: tx)
            }
        }
        let isLeft = way == .anotherInvitationLeft
        let state = try await stage.asOwner("SELECT state FROM appointment WHERE id = \(appointment.id)").first
        #expect(try state?.decode(AppointmentState.self) == (isLeft ? .booked : .cancelled))
        #expect(
            try await stage.count("SELECT count(*) FROM busy WHERE appointment_id = \(appointment.id)")
                == (isLeft ? 2 : 0))
        let told = try await stage.asOwner(
            """
            SELECT (payload -> 'recipient' -> 'account' ->> '_0')::uuid FROM job
            WHERE payload -> 'template' -> 'appointmentCancelled' ->> '_0' = \(appointment.id.description)
            """
        ).map { try $0.decode(AccountID.self) }
        #expect(Set(told) == (isLeft ? [] : [clinician.account, stage.specialist.account]))
    }
}
