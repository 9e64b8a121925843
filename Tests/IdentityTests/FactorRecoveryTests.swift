import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("A second factor that was lost", .database, .timeLimit(.minutes(5)))
struct FactorRecoveryTests {
    let fixture = IdentityFixture()
    var recoveries: FactorRecoveries { fixture.identity.factorRecoveries }

    /// A patient with a second factor on, made as an operator's command makes one.
    private func enrolled() async throws -> (email: String, caller: Caller, codes: [String]) {
        let email = IdentityFixture.address()
        let caller = try await fixture.caller(email)
        let list = try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await AccountCreation(vault: fixture.vault, settings: fixture.settings)
                .renewSecondFactor(of: caller.account, email: email, in: tx)
        }
        return (email, caller, list.recovery.recoveryCodes)
    }

    private func person(_ role: Role) async throws -> Caller {
        try await Seed.signedIn(fixture.vault, Seed.account(fixture.vault, roles: [role])).caller
    }

    private func propose(_ email: String, by caller: Caller) async throws -> FactorRecovery {
        try await fixture.work(as: caller) { try await recoveries.propose(email: email, by: caller, in: $0) }
    }

    private func approve(_ id: FactorRecoveryID, by caller: Caller) async throws -> FactorRecovery {
        try await fixture.work(as: caller) { try await recoveries.approve(id, by: caller, in: $0) }
    }

    @Test("is replaced by two operators and the mailbox: a code that works once, beside the password; sessions end")
    func recovers() async throws {
        let (email, caller, codes) = try await enrolled()
        let (one, two) = (try await person(.operator), try await person(.operator))
        let open = try await fixture.signIn(email, code: codes[0])
        let proposal = try await propose(email, by: one)
        #expect(proposal.state == .proposed && proposal.account == caller.account)
        #expect(try await fixture.told(caller.account) == [.factorRecoveryAsked])
        #expect(try await fixture.identity.sessions.authenticate(open.token) != nil)
        await #expect(throws: IdentityRefusal.recoveryProposed) { _ = try await propose(email, by: two) }

        let approved = try await approve(proposal.id, by: two)
        #expect(approved.state == .approved && approved.decidedBy == two.account)
        #expect(try await fixture.identity.sessions.authenticate(open.token) == nil)
        let code = try #require(try await fixture.token(to: email, .factorRecovered))
        await #expect(throws: IdentityRefusal.codeNeeded) { _ = try await fixture.signIn(email) }
        await #expect(throws: IdentityRefusal.wrongCredentials) {
            _ = try await fixture.signIn(email, "not the password", code: code)
        }
        _ = try await fixture.signIn(email, code: code)
        await #expect(throws: IdentityRefusal.wrongCode) { _ = try await fixture.signIn(email, code: code) }
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM consilium.audit_entry WHERE chain_kind = 'account' AND chain_id = \(caller.account)
                    AND (action, actor_id) IN (('factor_recovery.created:proposed', \(one.account)),
                        ('factor_recovery.changed:approved', \(two.account)))
                """) == 2)
    }

    @Test("is not replaced by one operator alone, by the one who lost it, or by who is no operator")
    func fourEyes() async throws {
        let (email, caller, _) = try await enrolled()
        let (one, coordinator) = (try await person(.operator), try await person(.coordinator))
        let error = await #expect(throws: DatabaseError.self) { _ = try await propose(email, by: coordinator) }
        #expect(error?.isInsufficientPrivilege == true)
        let proposal = try await propose(email, by: one)
        await #expect(throws: IdentityRefusal.notFound) { _ = try await approve(proposal.id, by: one) }
        // An operator cannot approve what is about them, and the database says so whoever asks.
        try await fixture.rewrite(
            "INSERT INTO consilium.account_role (account_id, role) VALUES (\(caller.account), 'operator')")
        await #expect(throws: IdentityRefusal.notFound) { _ = try await approve(proposal.id, by: caller) }
        for decider in [one.account, caller.account] {
            let refused = await #expect(throws: DatabaseError.self) {
                try await fixture.rewrite(
                    """
                    UPDATE consilium.factor_recovery
                    SET state = 'approved', email = NULL, decided_by = \(decider), decided_at = clock_timestamp()
                    WHERE id = \(proposal.id)
                    """)
            }
            #expect(refused?.constraint == "factor_recovery_four_eyes")
        }
        #expect(try await fixture.token(to: email, .factorRecovered) == nil)
    }

    @Test(
        "is replaced so for staff as well, who may sign in only with one",
        arguments: [Role.specialist, .coordinator, .operator])
    func staff(role: Role) async throws {
        let (email, caller, _) = try await enrolled()
        try await fixture.rewrite(
            "INSERT INTO consilium.account_role (account_id, role) VALUES (\(caller.account), \(role))")
        let proposal = try await propose(email, by: person(.operator))
        _ = try await approve(proposal.id, by: person(.operator))
        let code = try #require(try await fixture.token(to: email, .factorRecovered))
        let strict = IdentityFixture { $0.requireSecondFactorForStaff = true }
        let session = try await strict.signIn(email, code: code)
        #expect(session.roles.contains(role) && session.secondFactor)
    }

    @Test("can be stopped by the person, and a proposal or a code that is too old is worth nothing")
    func stops() async throws {
        let (email, caller, _) = try await enrolled()
        let (one, two) = (try await person(.operator), try await person(.operator))
        let first = try await propose(email, by: one)
        try await fixture.work(as: caller) { try await recoveries.withdraw(first.id, in: $0) }
        await #expect(throws: IdentityRefusal.notFound) { _ = try await approve(first.id, by: two) }
        let second = try await propose(email, by: one)
        try await fixture.rewrite(
            """
            UPDATE consilium.factor_recovery SET expires_at = clock_timestamp() WHERE id = \(second.id)
            """)
        await #expect(throws: IdentityRefusal.notFound) { _ = try await approve(second.id, by: two) }
        let third = try await propose(email, by: two)
        _ = try await approve(third.id, by: one)
        let code = try #require(try await fixture.token(to: email, .factorRecovered))
        try await fixture.rewrite(
            """
            UPDATE consilium.recovery_code SET expires_at = clock_timestamp()
            WHERE account_id = \(caller.account) AND expires_at IS NOT NULL
            """)
        await #expect(throws: IdentityRefusal.wrongCode) { _ = try await fixture.signIn(email, code: code) }
    }

    @Test("leaves no address behind, however it ends")
    func forgetsAddress() async throws {
        let (one, two) = (try await person(.operator), try await person(.operator))
        for end in 0..<3 {
            let (email, caller, _) = try await enrolled()
            let proposal = try await propose(email, by: one)
            switch end {
            case 0: _ = try await approve(proposal.id, by: two)
            case 1: try await fixture.work(as: one) { try await recoveries.withdraw(proposal.id, in: $0) }
            default:
                try await fixture.work(as: one) {
                    try await fixture.identity.accountClosure.close(caller.account, in: $0)
                }
            }
            #expect(
                try await fixture.count(
                    "SELECT count(*) FROM consilium.factor_recovery WHERE id = \(proposal.id) AND email IS NULL") == 1)
        }
    }

    @Test("needs a proof of both operators, and an account with a factor")
    func refuses() async throws {
        let (email, _, _) = try await enrolled()
        let one = try await person(.operator)
        let stale = Caller(
            account: one.account, session: one.session, roles: one.roles, showedSecondFactor: true, provedLately: false)
        await #expect(throws: ProofNeeded.self) { _ = try await propose(email, by: stale) }
        let plain = try await fixture.patient()
        for nobody in [plain, IdentityFixture.address()] {
            await #expect(throws: IdentityRefusal.notFound) { _ = try await propose(nobody, by: one) }
        }
    }
}
