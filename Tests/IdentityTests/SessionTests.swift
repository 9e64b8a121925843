import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("A session", .database, .timeLimit(.minutes(5)))
struct SessionTests {
    let fixture = IdentityFixture()

    private func resolve(_ token: String) async throws -> Caller? {
        try await fixture.identity.sessions.authenticate(token)
    }

    @Test("Its token says who calls, and any other says nothing")
    func authenticates() async throws {
        let session = try await fixture.signIn(fixture.patient())
        let caller = try #require(try await resolve(session.token))
        #expect(caller.account == session.account)
        #expect(caller.session == session.session)
        #expect(caller.roles == [.patient])
        #expect(!caller.showedSecondFactor)
        #expect(try await resolve(Vault.newToken()) == nil)
        #expect(try await resolve("") == nil)
    }

    @Test("It ends when nothing was asked for too long, however long it might have lived")
    func idles() async throws {
        let session = try await fixture.signIn(fixture.patient())
        try await fixture.rewrite(
            "UPDATE consilium.session SET seen_at = clock_timestamp() - interval '11:59:00' WHERE id = \(session.session)"
        )
        #expect(try await resolve(session.token) != nil)
        let seen = try await fixture.count(
            "SELECT extract(epoch FROM clock_timestamp() - seen_at)::bigint FROM consilium.session WHERE id = \(session.session)"
        )
        #expect(seen < 60, "a request counts as being there")
        try await fixture.rewrite(
            "UPDATE consilium.session SET seen_at = clock_timestamp() - interval '12:00:01' WHERE id = \(session.session)"
        )
        #expect(try await resolve(session.token) == nil)
    }

    @Test("What is no activity of a person does not put off the idle limit")
    func noActivity() async throws {
        let session = try await fixture.signIn(fixture.patient())
        try await fixture.rewrite(
            "UPDATE consilium.session SET seen_at = clock_timestamp() - interval '11:59:00' WHERE id = \(session.session)"
        )
        #expect(try await fixture.identity.sessions.authenticate(session.token, isActivity: false) != nil)
        let seen = try await fixture.count(
            "SELECT extract(epoch FROM clock_timestamp() - seen_at)::bigint FROM consilium.session WHERE id = \(session.session)"
        )
        #expect(seen >= 11 * 3600)
    }

    @Test("Of what is held on to, it names what has ended and nothing else")
    func held() async throws {
        let (one, two) = (try await fixture.signIn(fixture.patient()), try await fixture.signIn(fixture.patient()))
        let nowhere = CaseID.random()
        let held = [
            HeldAccess(session: one.session), HeldAccess(session: two.session),
            HeldAccess(session: two.session, case: nowhere), HeldAccess(session: .random()),
        ]
        #expect(try await fixture.identity.sessions.ended(of: held) == [held[2], held[3]])
        try await fixture.rewrite("UPDATE consilium.session SET ended_at = now() WHERE id = \(one.session)")
        #expect(try await fixture.identity.sessions.ended(of: held) == [held[0], held[2], held[3]])
        #expect(try await fixture.identity.sessions.ended(of: []).isEmpty)
    }

    @Test("It ends at its absolute limit, however busy it is")
    func expires() async throws {
        let session = try await fixture.signIn(fixture.patient())
        try await fixture.rewrite(
            "UPDATE consilium.session SET expires_at = clock_timestamp() WHERE id = \(session.session)")
        #expect(try await resolve(session.token) == nil)
    }

    @Test("A specialist's is short")
    func staff() async throws {
        let email = try await fixture.patient()
        try await fixture.rewrite(
            """
            INSERT INTO consilium.account_role (account_id, role)
            SELECT id, 'specialist' FROM consilium.account
            WHERE email_digest = \(fixture.vault.digest(email, for: .email))
            """)
        let session = try await fixture.signIn(email)
        #expect(session.idleSeconds == 1800)
        #expect(session.roles == [.patient, .specialist])
        let hours = session.expiresAt.timeIntervalSinceNow / 3600
        #expect(hours > 11.9 && hours < 12.1)
    }

    @Test("That it was seen is written once a minute, and no more often")
    func touches() async throws {
        let session = try await fixture.signIn(fixture.patient())
        func seen() async throws -> Date? {
            try await fixture.owner.withTransaction(as: .nobody) { tx in
                try await tx.first("SELECT seen_at FROM consilium.session WHERE id = \(session.session)")?
                    .decode(Date.self)
            }
        }
        let first = try await seen()
        _ = try await resolve(session.token)
        #expect(try await seen() == first)
    }

    @Test("Signing out ends this session, and signing out everywhere ends all, at once and at every gateway")
    func ends() async throws {
        let email = try await fixture.patient()
        let (one, two, three) = (
            try await fixture.signIn(email), try await fixture.signIn(email), try await fixture.signIn(email)
        )
        let elsewhere = IdentityFixture()
        let caller = try #require(try await resolve(one.token))
        #expect(try await elsewhere.identity.sessions.authenticate(one.token) != nil)
        try await fixture.work(as: caller) { try await fixture.identity.sessions.endCurrent(by: caller, in: $0) }
        #expect(try await elsewhere.identity.sessions.authenticate(one.token) == nil)
        let other = try #require(try await resolve(two.token))
        let list = try await fixture.work(as: other) { try await fixture.identity.sessions.list(by: other, in: $0) }
        #expect(Set(list.map(\.id)) == [two.session, three.session])
        #expect(list.filter(\.current).map(\.id) == [two.session])
        try await fixture.work(as: other) { try await fixture.identity.sessions.endAll(by: other, in: $0) }
        #expect(try await resolve(two.token) == nil)
        #expect(try await elsewhere.identity.sessions.authenticate(three.token) == nil)
    }

    @Test("Another account sees none of its rows, nor of any other table of its identity, service or not")
    func rowSecurity() async throws {
        let (mine, theirs) = (try await fixture.caller(), try await fixture.caller())
        let enrolled = try await fixture.work(as: theirs) {
            try await fixture.identity.secondFactors.enrol(by: theirs, in: $0)
        }
        #expect(!enrolled.secret.isEmpty)
        for table in ["session", "password", "account", "account_role", "second_factor", "person_key", "mail_token"] {
            let query: SQL = "SELECT count(*) FROM consilium.\(identifier: table) WHERE "
            let key: SQL = table == "account" ? "id = \(theirs.account)" : "account_id = \(theirs.account)"
            func count(as caller: Caller) async throws -> Int64? {
                try await fixture.work(as: caller) { tx in try await tx.first(query + key)?.decode(Int64.self) }
            }
            #expect(try await count(as: mine) == 0, "\(table)")
            #expect(try await count(as: theirs) ?? 0 > 0, "\(table): control")
        }
        let ended = try await fixture.work(as: mine) { tx in
            try await tx.execute("UPDATE consilium.session SET ended_at = now() WHERE account_id = \(theirs.account)")
        }
        #expect(ended == 0)
    }

    @Test("The throttle's table is closed to the app")
    func throttleIsClosed() async throws {
        let caller = try await fixture.caller()
        await #expect(throws: DatabaseError.self) {
            try await fixture.work(as: caller) { tx in _ = try await tx.query("SELECT FROM consilium.sign_in_throttle")
            }
        }
    }

    @Test("Nobody gives themselves a staff role")
    func noSelfPromotion() async throws {
        let caller = try await fixture.caller()
        for role in [Role.specialist, .coordinator, .operator] {
            await #expect(throws: DatabaseError.self) {
                try await fixture.work(as: caller) { tx in
                    try await tx.execute(
                        "INSERT INTO consilium.account_role (account_id, role) VALUES (\(caller.account), \(role))")
                }
            }
        }
    }
}
