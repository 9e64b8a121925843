import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing

@testable import Identity

@Suite("What is being made while access ends ends with it", .database, .timeLimit(.minutes(1)))
struct AccessEndingRaceTests {
    private let fixture = IdentityFixture()
    private let other = "marble falcon orchard"

    /// Who ends what lets somebody in.
    enum End: CaseIterable, Sendable { case reset, change, factor, everywhere, role, closed }

    /// Runs `end` while somebody who knows the old password has opened a session that is not committed yet.
    private func beside(
        _ account: AccountID, _ end: @escaping @Sendable () async throws -> Void
    ) async throws -> SessionID {
        let session = SessionID.random()
        try await withThrowingTaskGroup { group in
            try await fixture.app.withTransaction(as: Actor(account.rawValue)) { tx in
                try await tx.execute(OwnAccount.lock(account))
                try await tx.execute(
                    """
                    INSERT INTO consilium.session (id, account_id, token_digest, second_factor, idle_limit, expires_at)
                    VALUES (\(session), \(account), sha256(\(session)::uuid::text::bytea), false, interval '1 hour',
                        clock_timestamp() + interval '1 day')
                    """)
                group.addTask { try await end() }
                try await somebodyWaits(orEnded: account)
            }
            try await group.waitForAll()
        }
        return session
    }

    /// Until the end waits for the account, or did not and is done.
    private func somebodyWaits(orEnded account: AccountID) async throws {
        let look: SQL = """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        let ended: SQL = "SELECT count(*) FROM consilium.session WHERE account_id = \(account) AND ended_at IS NOT NULL"
        try await wait(for: "the end to wait, or to be done") {
            if try await fixture.count(look) > 0 { return true }
            return try await fixture.count(ended) > 0
        }
    }

    private func isAlive(_ session: SessionID) async throws -> Bool {
        try await fixture.count("SELECT count(*) FROM consilium.session WHERE id = \(session) AND ended_at IS NULL")
            == 1
    }

    @Test("A sign-in that is under way", arguments: End.allCases)
    func signIn(end: End) async throws {
        let email = try await fixture.patient()
        let caller = try #require(
            try await fixture.identity.sessions.authenticate(fixture.signIn(email).token))
        let identity = fixture.identity
        try await fixture.identity.passwords.requestReset(email: email, from: IdentityFixture.client)
        let token = try #require(try await fixture.token(to: email, .resetPassword))
        _ = try await fixture.work(as: caller) { try await identity.secondFactors.enrol(by: caller, in: $0) }
        let totp = try await fixture.totp(of: caller)
        if end == .role {
            try await fixture.rewrite(
                "INSERT INTO consilium.account_role (account_id, role) VALUES (\(caller.account), 'coordinator')")
        }
        let session = try await beside(caller.account) { [fixture, other] in
            switch end {
            case .reset: try await identity.passwords.reset(token: token, password: other, from: IdentityFixture.client)
            case .change: try await identity.passwords.change(current: IdentityFixture.password, to: other, by: caller)
            case .factor:
                _ = try await fixture.work(as: caller) { tx in
                    try await identity.secondFactors.confirm(
                        code: totp.code(at: fixture.now(in: tx)), by: caller, in: tx)
                }
            case .everywhere:
                try await fixture.work(as: caller) { try await identity.sessions.endAll(by: caller, in: $0) }
            case .role:
                _ = try await fixture.owner.withTransaction(as: .nobody) { tx in
                    try await tx.query("SELECT * FROM consilium.take_role(\(caller.account), 'coordinator')")
                }
            case .closed:
                _ = try await fixture.owner.withTransaction(as: .nobody) { tx in
                    try await tx.query("SELECT * FROM consilium.close_account(\(caller.account))")
                }
            }
        }
        #expect(try await !isAlive(session))
    }

    @Test(
        "A password that a reset has replaced is not replaced by who knew the old one, nor is a session of then proof")
    func changeBesideReset() async throws {
        let email = try await fixture.patient()
        let caller = try #require(
            try await fixture.identity.sessions.authenticate(fixture.signIn(email).token))
        let account = try await fixture.work(as: caller) {
            try #require(try await OwnAccount.read(caller.account, with: fixture.vault, in: $0))
        }
        try await fixture.work(as: caller) { try await account.hold(for: caller, with: fixture.vault, in: $0) }
        try await fixture.identity.passwords.requestReset(email: email, from: IdentityFixture.client)
        try await fixture.identity.passwords.reset(
            token: #require(try await fixture.token(to: email, .resetPassword)), password: other,
            from: IdentityFixture.client)
        // What the intruder's change and their feed come to, begun before the reset.
        await #expect(throws: ProofNeeded.self) {
            try await fixture.work(as: caller) { try await account.hold(for: caller, with: fixture.vault, in: $0) }
        }
        await #expect(throws: ProofNeeded.self) {
            try await fixture.work(as: caller) { try await caller.requireProof(in: $0) }
        }
    }

    @Test("An invitation that somebody sent before a reset opens nothing after it")
    func invitations() async throws {
        let email = try await fixture.patient()
        let patient = try #require(
            try await fixture.identity.sessions.authenticate(fixture.signIn(email).token))
        let address = IdentityFixture.address()
        let caregiver = try await fixture.caller(address)
        let grant = try await fixture.work(as: patient) {
            try await fixture.identity.caregivers.invite(
                CaregiverInvitation(email: address, kind: .grant), by: patient, in: $0)
        }
        let link = try #require(try await fixture.token(to: address, .caregiverInvited(grant.id)))
        try await fixture.identity.passwords.requestReset(email: email, from: IdentityFixture.client)
        try await fixture.identity.passwords.reset(
            token: #require(try await fixture.token(to: email, .resetPassword)), password: other,
            from: IdentityFixture.client)
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await fixture.work(as: caregiver) {
                try await fixture.identity.caregivers.accept(token: link, by: caregiver, in: $0)
            }
        }
    }
}
