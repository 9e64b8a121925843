import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("An invitation of a specialist, when things have changed since", .database, .timeLimit(.minutes(5)))
struct ProposalJoinTests {
    let programme = ProposalFixture()
    var fixture: IdentityFixture { programme.fixture }

    private func invitation(to email: String, _ change: (inout DirectoryEntry) -> Void = { _ in }) async throws
        -> String
    {
        var draft = try await programme.draft(email)
        change(&draft.entry)
        let proposal = try await programme.propose(draft, by: try await programme.person(.coordinator))
        _ = try await programme.approve(proposal.id, by: try await programme.person(.operator))
        return try await programme.invitation(proposal.id, to: email)
    }

    private func entry(of account: AccountID) async throws -> (name: String, version: Int)? {
        try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT name, version FROM consilium.specialist WHERE id = \(account)")?
                .decode(String.self, Int.self)
        }
    }

    private func licences(of account: AccountID) async throws -> Int {
        try await fixture.count("SELECT count(*) FROM consilium.licence WHERE specialist_id = \(account)")
    }

    @Test("writes nothing over the entry of who is a specialist already")
    func second() async throws {
        let email = IdentityFixture.address()
        let token = try await invitation(to: email)
        let caller = try await fixture.caller(email)
        try await programme.join(token, as: caller)
        try await fixture.rewrite(
            "INSERT INTO consilium.licence VALUES (\(caller.account), 'US-OH', 'L-1', '2999-12-31')")
        let before = try await entry(of: caller.account)
        let again = try await invitation(to: email) { $0.name = "Somebody Else" }
        await #expect(throws: IdentityRefusal.linkInvalid) { try await programme.join(again, as: caller) }
        #expect(try #require(try await entry(of: caller.account)) == #require(before))
        #expect(try await licences(of: caller.account) == 1)
    }

    @Test("brings none of the licences back that were recorded before the role was taken")
    func rejoins() async throws {
        let email = IdentityFixture.address()
        let token = try await invitation(to: email)
        let caller = try await fixture.caller(email)
        try await programme.join(token, as: caller)
        try await fixture.rewrite(
            "INSERT INTO consilium.licence VALUES (\(caller.account), 'US-OH', 'L-1', '2999-12-31')")
        try await fixture.rewrite(
            """
            UPDATE consilium.task SET state = 'done', done_by = \(caller.account), done_at = clock_timestamp()
            WHERE subject_id = \(caller.account) AND state = 'open'
            """)
        try await programme.take(.specialist, from: caller.account)
        let before = try #require(try await entry(of: caller.account))
        let again = try await invitation(to: email) { $0.name = "Amara Bell" }
        let back = try #require(try await fixture.identity.sessions.authenticate(fixture.signIn(email).token))
        try await programme.join(again, as: back)
        #expect(try await programme.isSpecialist(caller.account))
        let entry = try #require(try await entry(of: caller.account))
        #expect(entry.name == "Amara Bell" && entry.version > before.version)
        #expect(try await licences(of: caller.account) == 0)
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM consilium.task WHERE kind = 'renew_licence' AND subject_id = \(caller.account)
                    AND state = 'open'
                """) == 1, "the coordinators are asked for them anew")
    }

    @Test("leads into no organisation that was retired since: the operator is told so at approval")
    func retiredSince() async throws {
        let email = IdentityFixture.address()
        let one = try await programme.person(.operator)
        let draft = try await programme.draft(email)
        func retire(_ isRetired: Bool) async throws {
            try await fixture.rewrite(
                """
                UPDATE consilium.organisation SET retired_at = CASE WHEN \(isRetired) THEN clock_timestamp() END
                WHERE id = \(draft.entry.organisation)
                """)
        }
        let proposal = try await programme.propose(draft, by: try await programme.person(.coordinator))
        try await retire(true)
        await #expect(throws: IdentityRefusal.organisationRetired) {
            _ = try await programme.approve(proposal.id, by: one)
        }
        #expect(try #require(try await programme.state(proposal.id)).state == "proposed")
        try await retire(false)
        _ = try await programme.approve(proposal.id, by: one)
        let token = try await programme.invitation(proposal.id, to: email)
        let caller = try await fixture.caller(email)
        try await retire(true)
        await #expect(throws: IdentityRefusal.linkInvalid) { try await programme.join(token, as: caller) }
        #expect(try await !programme.isSpecialist(caller.account))
        try await retire(false)
        try await programme.join(token, as: caller)
    }

    @Test("is retired beside who accepts: one waits for the other")
    func retiredBeside() async throws {
        let (token, caller) = try await programme.approved()
        let organisation: SQL = """
            SELECT organisation_id FROM consilium.specialist_proposal WHERE token_digest IS NOT NULL
                AND token_digest = \(Vault.digest(secret: token, serving: try await address(of: caller), for: .specialist))
            """
        try await withThrowingTaskGroup { group in
            try await fixture.owner.withTransaction(as: .nobody) { tx in
                try await tx.execute(
                    """
                    UPDATE consilium.organisation SET retired_at = clock_timestamp()
                    WHERE id = (\(fragment: organisation))
                    """)
                group.addTask { [programme] in
                    await #expect(throws: IdentityRefusal.linkInvalid) { try await programme.join(token, as: caller) }
                }
                let look: SQL = """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%join_as_specialist%'
                    """
                try await wait(for: "whoever joins to wait, or to be done") {
                    if try await fixture.count(look) > 0 { return true }
                    return try await programme.isSpecialist(caller.account)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await !programme.isSpecialist(caller.account))
    }

    private func address(of caller: Caller) async throws -> String {
        try #require(try await fixture.work(as: caller) { try await fixture.vault.address(of: caller.account, in: $0) })
    }

    @Test("whose address no key opens takes no list down, and can be taken back")
    func unreadable() async throws {
        let (coordinator, one) = (try await programme.person(.coordinator), try await programme.person(.operator))
        let proposal = try await programme.propose(try await programme.draft(), by: coordinator)
        let whole = try await programme.propose(try await programme.draft(), by: coordinator)
        try await fixture.rewrite("UPDATE consilium.specialist_proposal SET email = 'x' WHERE id = \(proposal.id)")
        let list = try await fixture.work(as: coordinator) { try await programme.proposals.list(limit: 200, in: $0) }
        #expect(try #require(list.proposals.first { $0.id == proposal.id }).email == nil)
        #expect(try #require(list.proposals.first { $0.id == whole.id }).email == whole.email)
        await #expect(throws: IdentityRefusal.addressUnreadable) {
            _ = try await programme.approve(proposal.id, by: one)
        }
        try await fixture.work(as: coordinator) { try await programme.proposals.withdraw(proposal.id, in: $0) }
        await #expect(throws: IdentityRefusal.notFound) { _ = try await programme.approve(proposal.id, by: one) }
    }
}
