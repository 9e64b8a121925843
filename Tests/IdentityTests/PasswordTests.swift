import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import TypedText
import Vault

@testable import Identity

@Suite("Passwords and addresses", .database, .timeLimit(.minutes(5)))
struct PasswordTests {
    let fixture = IdentityFixture()
    let other = "marble falcon orchard"

    @Test("A reset sets the new password, ends every session, and works once")
    func resets() async throws {
        let email = try await fixture.patient()
        let session = try await fixture.signIn(email)
        try await fixture.identity.passwords.requestReset(email: email.uppercased(), from: IdentityFixture.client)
        let token = try #require(try await fixture.token(to: email, .resetPassword))
        #expect(try await fixture.identity.sessions.authenticate(session.token) != nil)
        try await fixture.identity.passwords.reset(token: token, password: other, from: IdentityFixture.client)
        #expect(try await fixture.identity.sessions.authenticate(session.token) == nil)
        await #expect(throws: IdentityRefusal.wrongCredentials) { _ = try await fixture.signIn(email) }
        _ = try await fixture.signIn(email, other)
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await fixture.identity.passwords.reset(
                token: token, password: IdentityFixture.password, from: IdentityFixture.client)
        }
        #expect(try await fixture.told(session.account) == [.passwordChanged])
    }

    @Test("A reset ends what else was set up: sessions, calendar feeds, known devices, links")
    func endsAccess() async throws {
        let email = IdentityFixture.address()
        let caller = try await fixture.caller(email)
        let device = try await fixture.signIn(email).device
        try await fixture.identity.emailChange.request(
            email: IdentityFixture.address(), password: IdentityFixture.password, by: caller)
        _ = try await fixture.work(as: caller) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.calendar_feed (id, account_id, token_digest)
                VALUES (\(CalendarFeedID.random()), \(caller.account), sha256('feed'))
                """)
        }
        func left() async throws -> [Int] {
            var counts: [Int] = []
            for table in ["session", "known_device", "calendar_feed", "mail_token"] {
                let live: SQL =
                    switch table {
                    case "session": " AND ended_at IS NULL"
                    case "mail_token": " AND used_at IS NULL"
                    default: ""
                    }
                counts.append(
                    try await fixture.count(
                        "SELECT count(*) FROM consilium.\(identifier: table) WHERE account_id = \(caller.account)"
                            + live
                    ))
            }
            return counts
        }
        #expect(try await left() == [2, 2, 1, 1], "control")
        try await fixture.identity.passwords.requestReset(email: email, from: IdentityFixture.client)
        try await fixture.identity.passwords.reset(
            token: #require(try await fixture.token(to: email, .resetPassword)), password: other,
            from: IdentityFixture.client)
        #expect(try await left() == [0, 0, 0, 0])
        #expect(try await fixture.signIn(email, other, device: device).device != device)
    }

    @Test("A refused password leaves the link alive; a used link takes the others with it")
    func keepsLink() async throws {
        let email = try await fixture.patient()
        try await fixture.identity.passwords.requestReset(email: email, from: IdentityFixture.client)
        let first = try #require(try await fixture.token(to: email, .resetPassword))
        try await fixture.identity.passwords.requestReset(email: email, from: IdentityFixture.client)
        let second = try #require(try await fixture.token(to: email, .resetPassword))
        await #expect(throws: FieldRefusal.self) {
            try await fixture.identity.passwords.reset(token: second, password: "short", from: IdentityFixture.client)
        }
        try await fixture.identity.passwords.reset(token: second, password: other, from: IdentityFixture.client)
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await fixture.identity.passwords.reset(token: first, password: other, from: IdentityFixture.client)
        }
    }

    @Test("Asking for an address without an account, or one unconfirmed, is answered alike and mails nothing")
    func hides() async throws {
        let (nobody, unconfirmed) = (IdentityFixture.address(), IdentityFixture.address())
        try await fixture.identity.signUp.open(IdentityFixture.request(unconfirmed), from: IdentityFixture.client)
        for email in [nobody, unconfirmed] {
            try await fixture.identity.passwords.requestReset(email: email, from: IdentityFixture.client)
        }
        #expect(try await fixture.mails(to: nobody).isEmpty)
        #expect(try await fixture.mails(to: unconfirmed).map(\.template) == [.confirmEmail])
    }

    @Test("A reset lets a person in whom somebody else's guesses locked out")
    func resetForgives() async throws {
        let email = try await fixture.patient()
        for _ in 0..<6 { _ = try? await fixture.signIn(email, "not the password") }
        await #expect(throws: IdentityRefusal.throttled(retryAfter: 1)) { _ = try await fixture.signIn(email) }
        try await fixture.identity.passwords.requestReset(email: email, from: IdentityFixture.client)
        try await fixture.identity.passwords.reset(
            token: #require(try await fixture.token(to: email, .resetPassword)), password: other,
            from: IdentityFixture.client)
        _ = try await fixture.signIn(email, other)
    }

    @Test(
        "A reset forgives in the order in which a sign-in counts: it waits for one and holds nothing",
        .timeLimit(.minutes(1)))
    func forgivesInOrder() async throws {
        let network = ClientNetwork(address: IdentityFixture.client)
        func subjects(_ address: String) -> [[UInt8]] {
            ["codes \(address)", "pair \(address) \(network.text)", "address \(address)"]
                .map { fixture.vault.digest($0, for: .throttle) }
        }
        // An address whose codes come first.
        var text = IdentityFixture.address()
        while subjects(text).min(by: { $0.lexicographicallyPrecedes($1) }) != subjects(text)[0] {
            text = IdentityFixture.address()
        }
        let (email, all) = (text, subjects(text))
        try await fixture.rewrite(
            """
            INSERT INTO consilium.sign_in_throttle (subject, failures, last_failure_at, blocked_until)
            SELECT s, 1, clock_timestamp(), '-infinity' FROM unnest(\(all)) s
            """)
        let throttle = SignInThrottle(database: fixture.app, vault: fixture.vault)
        let forgiving = try await fixture.owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.query("SELECT FROM consilium.sign_in_throttle WHERE subject = \(all[0]) FOR UPDATE")
            let forgiving = Task {
                try await fixture.app.withTransaction(as: .nobody) { tx in
                    try await throttle.forgiveAll(EmailAddress(email), from: network, in: tx)
                }
            }
            let waiting: SQL = """
                SELECT FROM pg_locks l WHERE NOT l.granted AND pg_backend_pid() = ANY (pg_blocking_pids(l.pid))
                """
            try await wait(for: "the other transaction to wait") { try await !tx.query(waiting).isEmpty }
            let free = try await fixture.owner.withTransaction(as: .nobody) { tx in
                try await tx.query(
                    """
                    SELECT FROM consilium.sign_in_throttle WHERE subject = ANY (\(Array(all.dropFirst())))
                    FOR UPDATE SKIP LOCKED
                    """
                ).count
            }
            #expect(free == 2)
            return forgiving
        }
        try await forgiving.value
        #expect(
            try await fixture.count("SELECT count(*) FROM consilium.sign_in_throttle WHERE subject = ANY (\(all))") == 0
        )
    }

    @Test("A change takes the old password, keeps this session and ends the others")
    func changes() async throws {
        let email = IdentityFixture.address()
        let caller = try await fixture.caller(email)
        let elsewhere = try await fixture.signIn(email)
        await #expect(throws: IdentityRefusal.wrongPassword) {
            try await fixture.identity.passwords.change(current: "not the password", to: other, by: caller)
        }
        let refused = await #expect(throws: FieldRefusal.self) {
            try await fixture.identity.passwords.change(current: IdentityFixture.password, to: "short", by: caller)
        }
        #expect(refused?.pointer == "/newPassword")
        try await fixture.identity.passwords.change(current: IdentityFixture.password, to: other, by: caller)
        #expect(try await fixture.identity.sessions.authenticate(elsewhere.token) == nil)
        let left = try await fixture.work(as: caller) { try await fixture.identity.sessions.list(by: caller, in: $0) }
        #expect(left.map(\.id) == [caller.session])
        _ = try await fixture.signIn(email, other)
    }

    @Test("An address changes once the new one is confirmed; the old one is told and no longer signs in")
    func changesAddress() async throws {
        let (old, new) = (IdentityFixture.address(), IdentityFixture.address())
        let caller = try await fixture.caller(old)
        try await fixture.identity.passwords.requestReset(email: old, from: IdentityFixture.client)
        let stale = try #require(try await fixture.token(to: old, .resetPassword))
        await #expect(throws: IdentityRefusal.wrongPassword) {
            try await fixture.identity.emailChange.request(email: new, password: "not the password", by: caller)
        }
        try await fixture.identity.emailChange.request(email: new, password: IdentityFixture.password, by: caller)
        #expect(try await fixture.told(caller.account) == [.emailChangeAsked])
        _ = try await fixture.signIn(old)
        let token = try #require(try await fixture.token(to: new, .confirmNewEmail))
        try await fixture.work(as: caller) {
            try await fixture.identity.emailChange.confirm(token: token, by: caller, in: $0)
        }
        _ = try await fixture.signIn(new)
        await #expect(throws: IdentityRefusal.wrongCredentials) { _ = try await fixture.signIn(old) }
        #expect(try await fixture.mails(to: old).last?.template == .emailChanged)
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await fixture.identity.passwords.reset(token: stale, password: other, from: IdentityFixture.client)
        }
        let profile = try await fixture.work(as: caller) {
            try await fixture.identity.profiles.profile(of: caller, in: $0)
        }
        #expect(profile.email == new)
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await fixture.work(as: caller) {
                try await fixture.identity.emailChange.confirm(token: token, by: caller, in: $0)
            }
        }
    }

    @Test("An address that another account has is not given away, and its owner is told")
    func takenAddress() async throws {
        let (caller, taken) = (try await fixture.caller(), try await fixture.patient())
        try await fixture.identity.emailChange.request(email: taken, password: IdentityFixture.password, by: caller)
        #expect(try await fixture.mails(to: taken).map(\.template) == [.confirmEmail, .accountExists])
    }

    @Test("A link for a new address is its own account's")
    func linkIsPersonal() async throws {
        let new = IdentityFixture.address()
        let (caller, stranger) = (try await fixture.caller(), try await fixture.caller())
        try await fixture.identity.emailChange.request(email: new, password: IdentityFixture.password, by: caller)
        let token = try #require(try await fixture.token(to: new, .confirmNewEmail))
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await fixture.work(as: stranger) {
                try await fixture.identity.emailChange.confirm(token: token, by: stranger, in: $0)
            }
        }
    }
}
