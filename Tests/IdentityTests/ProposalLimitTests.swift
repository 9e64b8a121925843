import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("Proposals of specialists are bounded", .database, .timeLimit(.minutes(5)))
struct ProposalLimitTests {
    let programme = ProposalFixture()
    var fixture: IdentityFixture { programme.fixture }

    @Test("An address is proposed once at a time, whoever proposes and however it is spelt")
    func once() async throws {
        let (one, two) = (try await programme.person(.coordinator), try await programme.person(.operator))
        let email = IdentityFixture.address()
        let first = try await programme.propose(try await programme.draft(email), by: one)
        func isRefused(by caller: Caller) async throws {
            let again = try await programme.draft(email.uppercased())
            let refusal = await #expect(throws: FieldRefusal.self) {
                _ = try await programme.propose(again, by: caller)
            }
            #expect(refusal?.pointer == "/email" && refusal?.rule == "proposed")
        }
        try await isRefused(by: one)
        try await isRefused(by: two)
        _ = try await programme.approve(first.id, by: two)
        try await isRefused(by: one)
        try await fixture.work(as: one) { try await programme.proposals.withdraw(first.id, in: $0) }
        let second = try await programme.propose(try await programme.draft(email), by: one)
        // Too old, and no worker has run.
        try await fixture.rewrite(
            "UPDATE consilium.specialist_proposal SET expires_at = clock_timestamp() WHERE id = \(second.id)")
        _ = try await programme.propose(try await programme.draft(email), by: two)
        #expect(try #require(try await programme.state(second.id)) == ("withdrawn", false))
    }

    @Test(
        "Two who propose an address at once do it once, also while the look-up key is changed",
        arguments: [false, true])
    func onceAtOnce(isChanging: Bool) async throws {
        let both = try IdentityFixture.keyring.adding("lookup-2", of: .lookup)
        let benches = [
            IdentityFixture(keyring: both),
            IdentityFixture(keyring: isChanging ? try both.promoting("lookup-2", of: .lookup) : both),
        ]
        let people = [try await programme.person(.coordinator), try await programme.person(.coordinator)]
        let email = IdentityFixture.address()
        let drafts = [try await programme.draft(email), try await programme.draft(email)]
        async let first = outcome(of: drafts[0], by: people[0], on: benches[0])
        async let second = outcome(of: drafts[1], by: people[1], on: benches[1])
        #expect(try await [first, second].filter { $0 }.count == 1)
    }

    /// Whether it was taken, and not refused for another.
    private func outcome(of draft: SpecialistProposalDraft, by caller: Caller, on fixture: IdentityFixture) async throws
        -> Bool
    {
        do {
            _ = try await fixture.work(as: caller) {
                try await fixture.identity.specialistProposals.propose(draft, by: caller, in: $0)
            }
            return true
        } catch let refusal as FieldRefusal where refusal.rule == "proposed" {
            return false
        }
    }

    @Test("The database keeps to it as well")
    func onceByHand() async throws {
        let email = IdentityFixture.address()
        let first = try await programme.propose(
            try await programme.draft(email), by: try await programme.person(.coordinator))
        let error = await #expect(throws: DatabaseError.self) {
            try await fixture.rewrite(
                """
                INSERT INTO consilium.specialist_proposal (id, state, email, email_digest, email_key, name, credentials,
                    organisation_id, time_zone, taxonomy_codes, languages, peer_to_peer, weekly_capacity)
                SELECT gen_random_uuid(), state, email, email_digest, email_key, name, credentials, organisation_id,
                    time_zone, taxonomy_codes, languages, peer_to_peer, weekly_capacity
                FROM consilium.specialist_proposal WHERE id = \(first.id)
                """)
        }
        #expect(error?.constraint == "specialist_proposal_one_per_address")
    }

    @Test("Somebody has 50 at most that wait or were made within a day, also when they take them back")
    func quota() async throws {
        let coordinator = try await programme.person(.coordinator)
        let organisation = try await programme.organisation()
        func add(_ count: Int, daysAgo: Int) async throws {
            try await fixture.rewrite(
                """
                INSERT INTO consilium.specialist_proposal (id, state, ended_at, name, credentials, organisation_id, time_zone,
                    taxonomy_codes, languages, peer_to_peer, weekly_capacity, proposed_by, proposed_at)
                SELECT gen_random_uuid(), 'withdrawn', clock_timestamp(), 'Sam', 'MD', \(organisation),
                    'America/New_York', '{207RH0003X}', '{en}', true, 4, \(coordinator.account),
                    clock_timestamp() - make_interval(days => \(daysAgo)::integer)
                FROM generate_series(1, \(count))
                """)
        }
        try await add(60, daysAgo: 2)
        try await add(48, daysAgo: 0)
        _ = try await programme.propose(try await programme.draft(), by: coordinator)
        let last = try await programme.propose(try await programme.draft(), by: coordinator)
        try await fixture.work(as: coordinator) { try await programme.proposals.withdraw(last.id, in: $0) }
        let more = try await programme.draft()
        await #expect(throws: IdentityRefusal.tooManyProposals) {
            _ = try await programme.propose(more, by: coordinator)
        }
        _ = try await programme.propose(more, by: try await programme.person(.coordinator))
    }

    @Test("Read in pages: each once, the latest first, however many there are")
    func pages() async throws {
        let coordinator = try await programme.person(.coordinator)
        var made: [SpecialistProposalID] = []
        for _ in 0..<5 {
            made.append(try await programme.propose(try await programme.draft(), by: coordinator).id)
        }
        var (seen, after): ([SpecialistProposalID], SpecialistProposalID?) = ([], nil)
        repeat {
            let page = try await fixture.work(as: coordinator) {
                try await programme.proposals.list(limit: 2, after: after, in: $0)
            }
            #expect(page.proposals.count <= 2)
            seen += page.proposals.map(\.id)
            after = page.next.flatMap { SpecialistProposalID($0) }
        } while after != nil
        #expect(seen.filter(made.contains) == made.reversed())
    }

    @Test(
        "What is too old is taken back by the worker, and goes a month after its end; the audit log keeps what it was")
    func swept() async throws {
        let (coordinator, one) = (try await programme.person(.coordinator), try await programme.person(.operator))
        var (old, young): ([SpecialistProposalID], [SpecialistProposalID]) = ([], [])
        for approves in [false, true] {
            for isOld in [true, false] {
                let id = try await programme.propose(try await programme.draft(), by: coordinator).id
                if approves { _ = try await programme.approve(id, by: one) }
                if isOld {
                    old.append(id)
                    try await fixture.rewrite(
                        "UPDATE consilium.specialist_proposal SET expires_at = clock_timestamp() WHERE id = \(id)")
                } else {
                    young.append(id)
                }
            }
        }
        try await sweep()
        for id in old { #expect(try #require(try await programme.state(id)) == ("withdrawn", false)) }
        for id in young { #expect(try #require(try await programme.state(id)).hasAddress) }
        try await fixture.rewrite(
            """
            UPDATE consilium.specialist_proposal SET ended_at = ended_at - interval '31 days' WHERE id = \(old[0])
            """)
        try await sweep()
        #expect(try await programme.state(old[0]) == nil)
        #expect(try await programme.state(old[1]) != nil)
        #expect(
            try await fixture.count(
                """
                SELECT count(DISTINCT action) FROM consilium.audit_entry WHERE chain_kind = 'programme' AND chain_id = \(old[0])
                    AND action IN ('specialist_proposal.created:proposed', 'specialist_proposal.changed:withdrawn',
                        'specialist_proposal.removed:withdrawn')
                """) == 3)
    }

    @Test("So is what was proposed for a lost second factor")
    func sweepsRecoveries() async throws {
        let account = try await Seed.account(fixture.vault)
        let one = try await Seed.account(fixture.vault, roles: [.operator])
        let (old, young, gone) = (FactorRecoveryID.random(), FactorRecoveryID.random(), FactorRecoveryID.random())
        try await fixture.rewrite(
            """
            INSERT INTO consilium.factor_recovery (id, account_id, email, state, proposed_by, expires_at)
            VALUES (\(old), \(account), 'x', 'proposed', \(one), clock_timestamp()),
                (\(young), \(Seed.account(fixture.vault)), 'x', 'proposed', \(one), clock_timestamp() + interval '1 hour')
            """)
        try await fixture.rewrite(
            """
            INSERT INTO consilium.factor_recovery (id, account_id, state, proposed_by, decided_at)
            VALUES (\(gone), \(account), 'withdrawn', \(one), clock_timestamp() - interval '31 days')
            """)
        try await sweep()
        func left(_ condition: SQL) async throws -> [FactorRecoveryID] {
            try await fixture.owner.withTransaction(as: .nobody) { tx in
                try await tx.query(
                    "SELECT id FROM consilium.factor_recovery WHERE proposed_by = \(one) AND \(fragment: condition)"
                ).map { try $0.decode(FactorRecoveryID.self) }
            }
        }
        #expect(try await left("state = 'withdrawn' AND email IS NULL") == [old])
        #expect(try await left("state = 'proposed' AND email IS NOT NULL") == [young])
        #expect(try await left("true").count == 2)
    }

    private func sweep() async throws {
        _ = try await TestDatabase.current.worker.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT consilium.delete_expired_identity(1000)")
        }
    }
}
