import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("A specialist of the programme", .database, .timeLimit(.minutes(5)))
struct SpecialistProposalTests {
    let fixture = IdentityFixture()
    let programme = ProposalFixture()
    var proposals: SpecialistProposals { fixture.identity.specialistProposals }

    @Test("is proposed by one, approved by another, and signs up with a password that nobody else ever had")
    func joins() async throws {
        let (coordinator, approver) = (try await programme.person(.coordinator), try await programme.person(.operator))
        let email = IdentityFixture.address()
        let proposal = try await programme.propose(
            try await programme.draft("  \(email.uppercased())"), by: coordinator)
        #expect(proposal.state == .proposed && proposal.email == email && proposal.proposedBy == coordinator.account)
        #expect(try await fixture.told(approver.account).contains(.specialistProposed(proposal.id)))
        #expect(try await fixture.mails(to: email).isEmpty)

        let approved = try await programme.approve(proposal.id, by: approver)
        #expect(approved.state == .approved && approved.approvedBy == approver.account)
        let link = try #require(try await fixture.token(to: email, .specialistInvited(proposal.id)))
        let caller = try await fixture.caller(email)
        try await programme.join(link, as: caller)
        #expect(try await programme.isSpecialist(caller.account))
        #expect(try await fixture.told(caller.account) == [.specialistJoined])
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM consilium.task WHERE kind = 'renew_licence' AND subject_id = \(caller.account)
                    AND state = 'open'
                """) == 1)
        await #expect(throws: IdentityRefusal.linkInvalid) { try await programme.join(link, as: caller) }
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM consilium.audit_entry WHERE chain_kind = 'programme' AND chain_id = \(proposal.id)
                    AND (action, actor_id) IN (('specialist_proposal.created:proposed', \(coordinator.account)),
                        ('specialist_proposal.changed:approved', \(approver.account)),
                        ('specialist_proposal.changed:joined', \(caller.account)))
                """) == 3)
    }

    @Test("is proposed with languages by their canonical names, and at one address however it is spelled")
    func spellings() async throws {
        let coordinator = try await programme.person(.coordinator)
        let local = IdentityFixture.address().prefix { $0 != "@" }
        var draft = try await programme.draft("\(local)@bücher.example")
        draft.entry.languages = ["iw", "spa-MX", "zh-cmn-hans"]
        draft.entry.name = "Dr. Jose\u{301}"
        let proposal = try await programme.propose(draft, by: coordinator)
        #expect(proposal.email == "\(local)@xn--bcher-kva.example")
        #expect(proposal.entry.languages == ["he", "es-MX", "zh-Hans"])
        #expect(proposal.entry.name.unicodeScalars.elementsEqual("Dr. Jos\u{E9}".unicodeScalars))
        let refused = [("\(local)@xn--bcher-kva.example", "proposed"), ("jürgen@example.org", "ascii")]
        for (email, rule) in refused {
            let refusal = await #expect(throws: FieldRefusal.self) {
                try await programme.propose(try await programme.draft(email), by: coordinator)
            }
            #expect(refusal?.pointer == "/email" && refusal?.rule == rule)
        }
    }

    @Test("has sessions that end as early as those of all who see other people's cases")
    func shortens() async throws {
        let (token, caller) = try await programme.approved()
        #expect(try await idleSeconds(of: caller) == 12 * 3600)
        try await programme.join(token, as: caller)
        #expect(try await idleSeconds(of: caller) == 30 * 60)
    }

    private func idleSeconds(of caller: Caller) async throws -> Int {
        try await fixture.count(
            "SELECT extract(epoch FROM idle_limit)::bigint FROM consilium.session WHERE id = \(caller.session)")
    }

    @Test("is nobody but who has the address: not who proposed, not who approved, not who found the mail")
    func serves() async throws {
        let (token, caller) = try await programme.approved()
        for other in [
            try await fixture.caller(), try await programme.person(.coordinator), try await programme.person(.operator),
        ] {
            await #expect(throws: IdentityRefusal.linkInvalid) { try await programme.join(token, as: other) }
            #expect(try await !programme.isSpecialist(other.account))
        }
        try await programme.join(token, as: caller)
    }

    @Test("is not proposed by themselves, and not approved by who proposed or is meant; the database says so too")
    func fourEyes() async throws {
        let email = IdentityFixture.address()
        let one = try await programme.person(.operator)
        let meant = try await fixture.caller(email)
        try await fixture.rewrite(
            "INSERT INTO consilium.account_role (account_id, role) VALUES (\(meant.account), 'operator')")
        let refused = await #expect(throws: FieldRefusal.self) {
            _ = try await programme.propose(try await programme.draft(email), by: meant)
        }
        #expect(refused?.pointer == "/email" && refused?.rule == "not_self")
        let proposal = try await programme.propose(try await programme.draft(email), by: one)
        for caller in [one, meant] {
            await #expect(throws: IdentityRefusal.notFound) { _ = try await programme.approve(proposal.id, by: caller) }
        }
        let coordinator = try await programme.person(.coordinator)
        let error = await #expect(throws: DatabaseError.self) {
            _ = try await programme.approve(proposal.id, by: coordinator)
        }
        #expect(error?.isInsufficientPrivilege == true)
        let byHand = await #expect(throws: DatabaseError.self) {
            try await fixture.rewrite(
                """
                UPDATE consilium.specialist_proposal SET state = 'approved', token_digest = 'x', approved_by = proposed_by,
                    approved_at = clock_timestamp() WHERE id = \(proposal.id)
                """)
        }
        #expect(byHand?.constraint == "specialist_proposal_four_eyes")
        let joinedByHand = await #expect(throws: DatabaseError.self) {
            try await fixture.rewrite(
                """
                UPDATE consilium.specialist_proposal SET state = 'approved', token_digest = 'x',
                    approved_at = clock_timestamp() WHERE id = \(proposal.id)
                """)
            try await fixture.rewrite(
                """
                UPDATE consilium.specialist_proposal SET state = 'joined', token_digest = NULL, email = NULL,
                    joined_by = proposed_by, ended_at = clock_timestamp() WHERE id = \(proposal.id)
                """)
        }
        #expect(joinedByHand?.constraint == "specialist_proposal_not_self")
    }

    @Test("is nobody any more once the proposal, or its invitation, was taken back or is too old; no address is left")
    func ends() async throws {
        let (coordinator, one) = (try await programme.person(.coordinator), try await programme.person(.operator))
        for end in 0..<3 {
            let email = IdentityFixture.address()
            let proposal = try await programme.propose(try await programme.draft(email), by: coordinator)
            let other = try await programme.person(.coordinator)
            await #expect(throws: IdentityRefusal.notFound) {
                try await fixture.work(as: other) { try await proposals.withdraw(proposal.id, in: $0) }
            }
            if end > 0 { _ = try await programme.approve(proposal.id, by: one) }
            if end < 2 {
                try await fixture.work(as: coordinator) { try await proposals.withdraw(proposal.id, in: $0) }
            } else {
                try await fixture.rewrite(
                    """
                    UPDATE consilium.specialist_proposal SET expires_at = clock_timestamp() WHERE id = \(proposal.id)
                    """)
            }
            if end == 0 {
                await #expect(throws: IdentityRefusal.notFound) {
                    _ = try await programme.approve(proposal.id, by: one)
                }
            } else {
                let link = try #require(try await fixture.token(to: email, .specialistInvited(proposal.id)))
                let caller = try await fixture.caller(email)
                await #expect(throws: IdentityRefusal.linkInvalid) { try await programme.join(link, as: caller) }
            }
            #expect(
                try await fixture.count(
                    """
                    SELECT count(*) FROM consilium.specialist_proposal WHERE id = \(proposal.id)
                        AND (email IS NULL OR state = 'approved')
                    """) == 1)
        }
    }

    @Test("shows a second factor first where the programme demands one: without it they could not sign in again")
    func needsFactor() async throws {
        let strict = IdentityFixture { $0.requireSecondFactorForStaff = true }
        let (token, caller) = try await programme.approved()
        await #expect(throws: IdentityRefusal.secondFactorRequired) {
            try await strict.work(as: caller) {
                try await strict.identity.specialistProposals.join(token: token, by: caller, in: $0)
            }
        }
        #expect(try await !programme.isSpecialist(caller.account))
        let shown = Caller(
            account: caller.account, session: caller.session, roles: caller.roles, showedSecondFactor: true,
            provedLately: true)
        try await strict.work(as: shown) {
            try await strict.identity.specialistProposals.join(token: token, by: shown, in: $0)
        }
        #expect(try await programme.isSpecialist(caller.account))
    }

    private static let wrong: [(String, @Sendable (inout SpecialistProposalDraft) -> Void)] = [
        ("/email", { $0.email = "nobody" }), ("/entry/name", { $0.entry.name = " " }),
        ("/entry/name", { $0.entry.name = "A\nB" }),
        ("/entry/credentials", { $0.entry.credentials = String(repeating: "x", count: 61) }),
        ("/entry/organisation", { $0.entry.organisation = .random() }),
        ("/entry/timeZone", { $0.entry.timeZone = "Mars/Olympus" }),
        ("/entry/taxonomyCodes", { $0.entry.taxonomyCodes = [] }),
        ("/entry/taxonomyCodes/0", { $0.entry.taxonomyCodes = ["2\0"] }),
        ("/entry/taxonomyCodes/1", { $0.entry.taxonomyCodes = ["207RH0003X", "999999999X"] }),
        ("/entry/languages/0", { $0.entry.languages = ["english!"] }),
        ("/entry/languages", { $0.entry.languages = ["en", "en"] }),
        ("/entry/weeklyCapacity", { $0.entry.weeklyCapacity = 101 }),
    ]

    @Test("is not proposed with what breaks a rule", arguments: wrong)
    func refuses(pointer: String, change: @Sendable (inout SpecialistProposalDraft) -> Void) async throws {
        let coordinator = try await programme.person(.coordinator)
        var broken = try await programme.draft(IdentityFixture.address())
        change(&broken)
        let refusal = await #expect(throws: FieldRefusal.self) {
            _ = try await programme.propose(broken, by: coordinator)
        }
        #expect(refusal?.pointer == pointer)
    }

    @Test("is not proposed for an organisation that was retired; the database says so too")
    func retired() async throws {
        let coordinator = try await programme.person(.coordinator)
        var late = try await programme.draft(IdentityFixture.address())
        late.entry.organisation = try await programme.organisation(retired: true)
        let refusal = await #expect(throws: FieldRefusal.self) {
            _ = try await programme.propose(late, by: coordinator)
        }
        #expect(refusal?.pointer == "/entry/organisation" && refusal?.rule == "retired")
        let error = await #expect(throws: DatabaseError.self) {
            try await fixture.rewrite(
                """
                INSERT INTO consilium.specialist_proposal (id, state, email, email_digest, email_key, name, credentials,
                    organisation_id, time_zone, taxonomy_codes, languages, peer_to_peer, weekly_capacity)
                VALUES (\(SpecialistProposalID.random()), 'proposed', 'x', sha256('retired'), 'lookup-1', 'Sam', 'MD', \(late.entry.organisation),
                    'America/New_York', '{207RH0003X}', '{en}', true, 4)
                """)
        }
        #expect(error?.constraint == "specialist_proposal_organisation")
    }
}
