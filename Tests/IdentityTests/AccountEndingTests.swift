import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("Ending somebody's access", .database, .timeLimit(.minutes(5)))
struct AccountEndingTests {
    let fixture = IdentityFixture()
    var ending: AccountClosure { fixture.identity.accountClosure }

    private func person(_ role: Role) async throws -> Caller {
        try await Seed.signedIn(fixture.vault, Seed.account(fixture.vault, roles: [role])).caller
    }

    /// A consult in some days, as booking would have made it.
    private func consult(
        of caseID: CaseID, with specialist: AccountID, party: AccountID, inDays days: Int32 = 3,
        colleagues: [AccountID] = []
    ) async throws -> AppointmentID {
        let id = AppointmentID.random()
        try await fixture.rewrite(
            """
            INSERT INTO consilium.appointment (id, case_id, specialist_id, colleagues, party_id, lane, visit_type,
                visit_version, state, starts_at, ends_at, booked_by)
            SELECT \(id), \(caseID), \(specialist), \(colleagues), \(party), 'licensed', 'consult-30', 1, 'booked', s,
                s + interval '30 minutes', \(party)
            FROM (SELECT clock_timestamp() + make_interval(days => \(days))) t (s)
            """)
        return id
    }

    private func text(_ sql: SQL) async throws -> String? {
        try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await tx.first(sql)?.decode(String?.self) ?? nil
        }
    }

    private func state(of id: AppointmentID) async throws -> String? {
        try await text("SELECT state FROM consilium.appointment WHERE id = \(id)")
    }

    private func state(of id: CaseID) async throws -> String? {
        try await text("SELECT state FROM consilium.clinical_case WHERE id = \(id)")
    }

    @Test("Closing one's account ends all that lets in: sessions, links, feeds, grants, parts, roles, secrets")
    func closesOwn() async throws {
        let email = IdentityFixture.address()
        let me = try await fixture.caller(email)
        let elsewhere = try await fixture.signIn(email)
        let (open, signed) = (
            try await Seed.openCase(of: me.account, fixture.vault, state: .collecting),
            try await Seed.openCase(of: me.account, fixture.vault, state: .delivered)
        )
        let specialist = try await Seed.specialist(fixture.vault)
        let followUp = try await consult(of: signed, with: specialist, party: me.account)
        let caregiver = try await person(.caregiver)
        try await fixture.rewrite(
            """
            INSERT INTO consilium.caregiver_grant (id, patient_id, caregiver_id, kind, state, token_digest, email, expires_at)
            VALUES (gen_random_uuid(), \(me.account), \(caregiver.account), 'grant', 'active', 'x', '', 'infinity')
            """)
        try await fixture.rewrite(
            """
            INSERT INTO consilium.calendar_feed (id, account_id, token_digest)
            VALUES (gen_random_uuid(), \(me.account), sha256('x'))
            """)
        try await fixture.identity.passwords.requestReset(email: email, from: IdentityFixture.client)
        let link = try #require(try await fixture.token(to: email, .resetPassword))

        try await fixture.work(as: me) { try await ending.closeOwn(AccountClosing(), by: me, in: $0) }

        #expect(try await fixture.identity.sessions.authenticate(elsewhere.token) == nil)
        await #expect(throws: IdentityRefusal.wrongCredentials) { _ = try await fixture.signIn(email) }
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await fixture.identity.passwords.reset(
                token: link, password: "marble falcon orchard", from: IdentityFixture.client)
        }
        for table in ["calendar_feed", "password", "account_role"] {
            #expect(
                try await fixture.count(
                    "SELECT count(*) FROM consilium.\(identifier: table) WHERE account_id = \(me.account)") == 0,
                "\(table)")
        }
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM consilium.case_part WHERE until IS NULL
                    AND account_id IN (\(me.account), \(caregiver.account))
                """) == 0)
        #expect(try await state(of: open) == "withdrawn")
        #expect(try await state(of: signed) == "delivered")
        #expect(try await state(of: followUp) == "cancelled")
        #expect(try await fixture.told(specialist) == [.appointmentCancelled(followUp)])
        #expect(try await fixture.mails(to: email).last?.template == .accountClosed)
        // The address is free again.
        _ = try await fixture.signIn(fixture.patient(email))
    }

    @Test("A stale session closes nothing, and nobody closes another's account but an operator")
    func isAsked() async throws {
        let (me, stranger, coordinator) = (
            try await fixture.caller(), try await person(.patient), try await person(.coordinator)
        )
        try await fixture.rewrite(
            "UPDATE consilium.session SET proved_at = proved_at - interval '1 hour' WHERE id = \(me.session)")
        let stale = Caller(
            account: me.account, session: me.session, roles: me.roles, showedSecondFactor: false, provedLately: false)
        await #expect(throws: ProofNeeded.self) {
            try await fixture.work(as: stale) { try await ending.closeOwn(AccountClosing(), by: stale, in: $0) }
        }
        for other in [stranger, coordinator] {
            for end in [
                "SELECT * FROM consilium.close_account(\(me.account))",
                "SELECT * FROM consilium.take_role(\(me.account), 'patient')",
                "SELECT consilium.erase_person(\(me.account))",
                "SELECT * FROM consilium.find_account(ARRAY['x'::bytea])",
            ] as [SQL] {
                let error = await #expect(throws: DatabaseError.self) {
                    _ = try await fixture.work(as: other) { try await $0.query(end) }
                }
                #expect(error?.sqlState == "42501")
            }
        }
        let op = try await person(.operator)
        try await fixture.work(as: op) { try await ending.close(me.account, in: $0) }
        await #expect(throws: IdentityRefusal.notFound) {
            try await fixture.work(as: op) { try await ending.close(me.account, in: $0) }
        }
        #expect(try await fixture.told(me.account) == [.accountClosed])
    }

    @Test("What a closed specialist holds goes back: open cases to the coordinators, a delivered one keeps its opinion")
    func closesSpecialist() async throws {
        let op = try await person(.operator)
        let (specialist, other, patient) = (
            try await Seed.specialist(fixture.vault), try await Seed.specialist(fixture.vault),
            try await Seed.account(fixture.vault)
        )
        let open = try await Seed.acceptedCase(of: patient, with: specialist, fixture.vault)
        let consulted = try await consult(of: open, with: specialist, party: patient)
        let delivered = try await Seed.acceptedCase(of: patient, with: specialist, fixture.vault)
        try await fixture.rewrite("UPDATE consilium.clinical_case SET state = 'reviewing' WHERE id = \(delivered)")
        for state in ["opined", "delivered"] {
            try await fixture.rewrite("UPDATE consilium.clinical_case SET state = \(state) WHERE id = \(delivered)")
        }
        let followUp = try await consult(of: delivered, with: specialist, party: patient, inDays: 4)
        let panel = try await Seed.acceptedCase(of: patient, with: other, fixture.vault)
        try await Seed.part(.colleague, of: specialist, in: panel)
        let shared = try await consult(
            of: panel, with: other, party: patient, inDays: 5, colleagues: [specialist])

        try await fixture.work(as: op) { try await ending.close(specialist, in: $0) }

        #expect(try await state(of: open) == "ready")
        #expect(try await text("SELECT specialist_id::text FROM consilium.clinical_case WHERE id = \(open)") == nil)
        #expect(try await state(of: consulted) == "cancelled")
        #expect(try await state(of: delivered) == "delivered")
        #expect(try await state(of: followUp) == "cancelled")
        #expect(try await state(of: shared) == "booked")
        #expect(
            try await text("SELECT colleagues::text FROM consilium.appointment WHERE id = \(shared)") == "{}")
        let tasks = try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                "SELECT kind::text FROM consilium.task WHERE case_id IN (\(open), \(delivered)) ORDER BY kind"
            )
            .map { try $0.decode(String.self) }
        }
        #expect(tasks == ["rebook_consult", "rescue_menu"])
        #expect(
            Set(try await fixture.told(patient)) == [
                .appointmentCancelled(consulted), .appointmentCancelled(followUp), .panelChanged(shared),
                .caseReassigned(open),
            ])
        #expect(
            try await fixture.count(
                "SELECT count(*) FROM consilium.case_part WHERE account_id = \(specialist) AND until IS NULL") == 0)
        #expect(
            try await fixture.count(
                "SELECT count(*) FROM consilium.busy WHERE person_id = \(specialist)") == 0)
        // Nobody finds a time of theirs, in a case whose specialist they stay.
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM consilium.openings(\(specialist), 'consult-30', clock_timestamp(),
                    clock_timestamp() + interval '30 days')
                """) == 0)
        #expect(
            try await fixture.count("SELECT count(*) FROM consilium.free_span WHERE specialist_id = \(specialist)") == 0
        )
        #expect(try await fixture.count("SELECT count(*) FROM consilium.ending_access") == 0)
    }

    @Test("A role that is taken back takes its parts and every session with it, at once")
    func takesRole() async throws {
        let op = try await person(.operator)
        let patient = try await Seed.account(fixture.vault)
        let caseID = try await Seed.openCase(of: patient, fixture.vault, state: .collecting)
        let (token, coordinator) = try await Seed.signedIn(
            fixture.vault, Seed.account(fixture.vault, roles: [.coordinator, .patient]))
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM consilium.case_part
                WHERE account_id = \(coordinator.account) AND case_id = \(caseID) AND until IS NULL
                """) == 1)
        try await fixture.work(as: op) { try await ending.take(.coordinator, from: coordinator.account, in: $0) }
        #expect(try await fixture.identity.sessions.authenticate(token) == nil)
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM consilium.case_part
                WHERE account_id = \(coordinator.account) AND until IS NULL
                """) == 0)
        #expect(try await fixture.told(coordinator.account) == [.roleTaken])
        for role in [Role.coordinator, .patient] {
            await #expect(throws: IdentityRefusal.notFound) {
                try await fixture.work(as: op) { try await ending.take(role, from: coordinator.account, in: $0) }
            }
        }
        let kept = try await text(
            "SELECT role::text FROM consilium.account_role WHERE account_id = \(coordinator.account)")
        #expect(kept == "patient")
    }

    @Test("The owner's command does the same, for the day when no operator can sign in")
    func byCommand() async throws {
        let email = IdentityFixture.address()
        let me = try await fixture.caller(email)
        let ending = AccountClosure(vault: fixture.vault, outbox: Outbox())
        let found = try await fixture.owner.withTransaction(as: .nobody) { tx in
            let found = try await ending.find(email: email, in: tx)
            try await ending.close(found.account, in: tx)
            try await ending.erase(found.account, in: tx)
            return found
        }
        #expect(found.account == me.account && found.roles == [.patient] && !found.secondFactor)
        await #expect(throws: IdentityRefusal.wrongCredentials) { _ = try await fixture.signIn(email) }
    }

    @Test("A person who was erased cannot be read by anybody; what they did can still be verified, and their case read")
    func erases() async throws {
        let email = IdentityFixture.address()
        let me = try await fixture.caller(email)
        let caseID = try await Seed.openCase(of: me.account, fixture.vault, state: .collecting)
        let coordinator = try await person(.coordinator)
        let op = try await person(.operator)
        await #expect(throws: IdentityRefusal.notFound) {
            try await fixture.work(as: op) { try await ending.erase(me.account, in: $0) }
        }
        try await fixture.work(as: me) { try await ending.closeOwn(AccountClosing(erase: true), by: me, in: $0) }
        #expect(try await fixture.mails(to: email).last?.template == .accountClosed)
        await #expect(throws: VaultError.destroyed) {
            _ = try await fixture.owner.withTransaction(as: .nobody) {
                try await fixture.vault.personKey(me.account, in: $0)
            }
        }
        #expect(
            try await fixture.count(
                "SELECT count(*) FROM consilium.account WHERE email_digest = \(fixture.vault.digest(email, for: .email))"
            )
                == 0)
        let page = try await fixture.work(as: coordinator) {
            try await fixture.identity.accessLog.page(of: caseID, by: coordinator, in: $0)
        }
        #expect(page.entries.contains { $0.actor?.id == me.account && $0.actor?.name == nil })
        _ = try await fixture.work(as: coordinator) { try await fixture.vault.caseKey(caseID, in: $0) }
        var settings = TestDatabase.current.superuser
        settings.conninfo = TestDatabase.current.conninfo(as: "consilium_backup")
        #expect(try await AuditLog(settings, logger: TestDatabase.current.logger).verify().isClean)
    }
}
