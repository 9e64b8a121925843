import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Vault

/// Somebody for each part that one can have in a case, beside the people of the scenario: they have it in every case of the
/// scenario that is looked at.
struct CaseParticipants: Sendable {
    let vault: Vault
    /// The strangers' cases, in which they have no part.
    let strangers: [CaseID]
    let caregiver: TestPerson
    let candidate: TestPerson
    let colleague: TestPerson
    let clinician: TestPerson
    /// Who reads a case for an hour without a part.
    let emergency: TestPerson

    static func make(_ vault: Vault, strangers: [CaseID]) async throws -> CaseParticipants {
        func person(_ role: Role, _ id: AccountID) -> TestPerson {
            TestPerson(token: "\(role)-\(id)", caller: Seed.caller(id, roles: [role]))
        }
        // Licensed where the patient is not, so that no menu has them.
        func specialist() async throws -> TestPerson {
            person(.specialist, try await Seed.specialist(vault, licensedIn: ["US-TX"]))
        }
        return CaseParticipants(
            vault: vault, strangers: strangers,
            caregiver: person(.caregiver, try await Seed.account(vault, roles: [.caregiver])),
            candidate: try await specialist(), colleague: try await specialist(),
            clinician: person(.treatingClinician, try await Seed.account(vault, roles: [.treatingClinician])),
            emergency: try await specialist())
    }

    var people: [TestPerson] { [caregiver, candidate, colleague, clinician, emergency] }

    var actors: [RightsProbe.Actor] {
        [
            .init(name: "caregiver", person: caregiver), .init(name: "candidate", person: candidate),
            .init(name: "colleague", person: colleague), .init(name: "clinician", person: clinician),
            .init(name: "emergency", person: emergency),
        ]
    }

    /// Gives them their parts in the cases that have been opened since.
    func join() async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            for id in try await cases(where: "true", without: clinician, "case_part", tx) {
                try await letActForPatient(of: id, tx)
                try await invite(to: id, tx)
                for (person, part) in [
                    (caregiver, CasePart.caregiver), (candidate, .candidate), (colleague, .colleague),
                    (clinician, .treatingClinician),
                ] {
                    try await tx.execute(
                        """
                        INSERT INTO consilium.case_part (case_id, account_id, part)
                        VALUES (\(id), \(person.caller.account), \(part)) ON CONFLICT DO NOTHING
                        """)
                }
            }
            for id in try await cases(where: "c.state <> 'draft'", without: emergency, "emergency_access", tx) {
                try await openEmergency(id, tx)
            }
        }
    }

    private func cases(
        where condition: SQL, without person: TestPerson, _ table: String, _ tx: Transaction
    ) async throws -> [CaseID] {
        try await tx.query(
            """
            SELECT c.id FROM consilium.clinical_case c
            WHERE c.id <> ALL (\(strangers)) AND \(fragment: condition) AND NOT EXISTS (
                SELECT FROM consilium.\(identifier: table) p
                WHERE p.case_id = c.id AND p.account_id = \(person.caller.account))
            """
        ).map { try $0.decode(CaseID.self) }
    }

    private func letActForPatient(of id: CaseID, _ tx: Transaction) async throws {
        let grant = GrantID.random()
        let patient = try await tx.first("SELECT patient_id FROM consilium.clinical_case WHERE id = \(id)")?
            .decode(AccountID.self)
        guard let patient else { return }
        let email = try await vault.personKey(patient, in: tx).seal(
            Array("caregiver@example.org".utf8), as: RowIdentity("caregiver_grant.email", grant))
        try await tx.execute(
            """
            INSERT INTO consilium.caregiver_grant (id, patient_id, caregiver_id, kind, state, token_digest, email,
                expires_at, accepted_at)
            SELECT \(grant), \(patient), \(caregiver.caller.account), 'grant', 'active',
                sha256(\(grant)::uuid::text::bytea), \(email), t + interval '7 days', t
            FROM clock_timestamp() t WHERE NOT EXISTS (
                SELECT FROM consilium.caregiver_grant g
                WHERE g.patient_id = \(patient) AND g.caregiver_id = \(caregiver.caller.account))
            """)
    }

    private func invite(to id: CaseID, _ tx: Transaction) async throws {
        let invitation = InvitationID.random()
        let email = try await vault.caseKey(id, in: tx).seal(
            Array("clinician@example.org".utf8), as: RowIdentity("invitation.email", invitation))
        try await tx.execute(
            """
            INSERT INTO consilium.invitation (id, case_id, token_digest, email, sends_records, reads_opinion, consults,
                state, invited_by, accepted_by, expires_at)
            SELECT \(invitation), c.id, sha256(\(invitation)::uuid::text::bytea), \(email), true, true, true, 'accepted',
                c.patient_id, \(clinician.caller.account), clock_timestamp() + interval '7 days'
            FROM consilium.clinical_case c WHERE c.id = \(id)
            """)
    }

    private func openEmergency(_ id: CaseID, _ tx: Transaction) async throws {
        let access = EmergencyAccessID.random()
        let reason = try await vault.caseKey(id, in: tx).seal(
            Array("The specialist is ill.".utf8), as: RowIdentity("emergency_access.reason", access))
        try await tx.execute(
            """
            INSERT INTO consilium.emergency_access (id, case_id, account_id, reason, since, until)
            SELECT \(access), \(id), \(emergency.caller.account), \(reason), t, t + interval '1 hour'
            FROM clock_timestamp() t
            """)
    }

    /// The case's own specialist, once there is one.
    func specialist(of actors: [TestPerson]) async throws -> TestPerson? {
        let found = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                """
                SELECT account_id FROM consilium.case_part
                WHERE part = 'specialist' AND until IS NULL AND case_id <> ALL (\(strangers)) LIMIT 1
                """)?.decode(AccountID.self)
        }
        return actors.first { $0.caller.account == found }
    }
}
