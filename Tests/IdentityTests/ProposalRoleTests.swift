import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing

@testable import Identity

@Suite("Who proposed or approved a specialist and is shut out", .database, .timeLimit(.minutes(1)))
struct ProposalRoleTests {
    let programme = ProposalFixture()
    var fixture: IdentityFixture { programme.fixture }

    enum Loss: CaseIterable, Sendable { case proposersRole, proposersAccount, approversRole, approversAccount }

    /// An invitation that waits, and who stood for it.
    private func invited() async throws -> (
        proposal: SpecialistProposalID, token: String, meant: Caller, proposer: AccountID, approver: AccountID
    ) {
        let email = IdentityFixture.address()
        let (proposer, approver) = (try await programme.person(.coordinator), try await programme.person(.operator))
        let proposal = try await programme.propose(try await programme.draft(email), by: proposer)
        _ = try await programme.approve(proposal.id, by: approver)
        return (
            proposal.id, try await programme.invitation(proposal.id, to: email), try await fixture.caller(email),
            proposer.account, approver.account
        )
    }

    @Test("leaves no invitation behind", arguments: Loss.allCases)
    func endsInvitation(loss: Loss) async throws {
        let (other, _, _, _, _) = try await invited()
        let (proposal, token, meant, proposer, approver) = try await invited()
        switch loss {
        case .proposersRole: try await programme.take(.coordinator, from: proposer)
        case .proposersAccount: try await programme.close(proposer)
        case .approversRole: try await programme.take(.operator, from: approver)
        case .approversAccount: try await programme.close(approver)
        }
        #expect(try #require(try await programme.state(proposal)) == ("withdrawn", false))
        #expect(try #require(try await programme.state(other)) == ("approved", true), "whoever else stood for theirs")
        await #expect(throws: IdentityRefusal.linkInvalid) { try await programme.join(token, as: meant) }
        #expect(try await !programme.isSpecialist(meant.account))
    }

    @Test("leaves no proposal behind that another could approve", arguments: [Loss.proposersRole, .proposersAccount])
    func endsProposal(loss: Loss) async throws {
        let (proposer, approver) = (try await programme.person(.coordinator), try await programme.person(.operator))
        let proposal = try await programme.propose(try await programme.draft(), by: proposer)
        switch loss {
        case .proposersRole: try await programme.take(.coordinator, from: proposer.account)
        default: try await programme.close(proposer.account)
        }
        #expect(try #require(try await programme.state(proposal.id)) == ("withdrawn", false))
        await #expect(throws: IdentityRefusal.notFound) { _ = try await programme.approve(proposal.id, by: approver) }
    }

    /// By hand: what took the role did not look after what stood on it.
    private func lose(_ role: Role, _ account: AccountID) async throws {
        try await fixture.rewrite(
            "DELETE FROM consilium.account_role WHERE account_id = \(account) AND role = \(role)")
    }

    @Test("stands for nobody, however the role went: it is asked for at each step")
    func asksForRoles() async throws {
        let (proposer, approver) = (try await programme.person(.coordinator), try await programme.person(.operator))
        let proposal = try await programme.propose(try await programme.draft(), by: proposer)
        try await lose(.coordinator, proposer.account)
        await #expect(throws: IdentityRefusal.notFound) { _ = try await programme.approve(proposal.id, by: approver) }
        #expect(try #require(try await programme.state(proposal.id)) == ("proposed", true))

        for role in [Role.coordinator, .operator] {
            let (_, token, meant, proposer, approver) = try await invited()
            try await lose(role, role == .coordinator ? proposer : approver)
            await #expect(throws: IdentityRefusal.linkInvalid) { try await programme.join(token, as: meant) }
            #expect(try await !programme.isSpecialist(meant.account))
            try await fixture.rewrite(
                """
                INSERT INTO consilium.account_role (account_id, role)
                VALUES (\(role == .coordinator ? proposer : approver), \(role))
                """)
            try await programme.join(token, as: meant)
        }
    }

    @Test("is waited for by who accepts at that moment", arguments: [Role.coordinator, .operator])
    func race(role: Role) async throws {
        let (_, token, meant, proposer, approver) = try await invited()
        try await withThrowingTaskGroup { group in
            try await fixture.owner.withTransaction(as: .nobody) { tx in
                _ = try await tx.query(
                    """
                    SELECT * FROM consilium.take_role(\(role == .coordinator ? proposer : approver), \(role))
                    """)
                group.addTask { [programme] in
                    await #expect(throws: IdentityRefusal.linkInvalid) { try await programme.join(token, as: meant) }
                }
                // Until they wait for this transaction, or did not.
                let look: SQL = """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%join_as_specialist%'
                    """
                try await wait(for: "whoever joins to wait, or to be done") {
                    if try await fixture.count(look) > 0 { return true }
                    return try await programme.isSpecialist(meant.account)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await !programme.isSpecialist(meant.account))
    }

    @Test("replaces nobody's second factor, either")
    func endsRecovery() async throws {
        let recoveries = fixture.identity.factorRecoveries
        for byHand in [false, true] {
            let email = IdentityFixture.address()
            let caller = try await fixture.caller(email)
            _ = try await fixture.owner.withTransaction(as: .nobody) { tx in
                try await AccountCreation(vault: fixture.vault, settings: fixture.settings)
                    .renewSecondFactor(of: caller.account, email: email, in: tx)
            }
            let (one, two) = (try await programme.person(.operator), try await programme.person(.operator))
            let proposal = try await fixture.work(as: one) {
                try await recoveries.propose(email: email, by: one, in: $0)
            }
            if byHand {
                try await lose(.operator, one.account)
            } else {
                try await programme.take(.operator, from: one.account)
            }
            await #expect(throws: IdentityRefusal.notFound) {
                _ = try await fixture.work(as: two) { try await recoveries.approve(proposal.id, by: two, in: $0) }
            }
            #expect(
                try await fixture.count(
                    """
                    SELECT count(*) FROM consilium.factor_recovery WHERE id = \(proposal.id)
                        AND state = \(byHand ? "proposed" : "withdrawn") AND (email IS NOT NULL) = \(byHand)
                    """) == 1)
        }
    }
}
