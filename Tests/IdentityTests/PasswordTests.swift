import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import TypedText
import Vault

@testable import Identity

@Suite("Passwords and addresses", .database)
struct PasswordTests {
    let bench = Bench()
    let other = "marble falcon orchard"

    @Test("A reset sets the new password, ends every session, and works once")
    func resets() async throws {
        let email = try await bench.patient()
        let session = try await bench.signIn(email)
        try await bench.identity.passwords.requestReset(email: email.uppercased(), from: Bench.client)
        let token = try #require(try await bench.token(to: email, .resetPassword))
        #expect(try await bench.identity.sessions.authenticate(session.token) != nil)
        try await bench.identity.passwords.reset(token: token, password: other, from: Bench.client)
        #expect(try await bench.identity.sessions.authenticate(session.token) == nil)
        await #expect(throws: IdentityRefusal.wrongCredentials) { _ = try await bench.signIn(email) }
        _ = try await bench.signIn(email, other)
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await bench.identity.passwords.reset(token: token, password: Bench.password, from: Bench.client)
        }
        #expect(try await bench.told(session.account) == [.passwordChanged])
    }

    @Test("A reset ends what else was set up: sessions, calendar feeds, known devices, links")
    func endsAccess() async throws {
        let email = Bench.address()
        let caller = try await bench.caller(email)
        let device = try await bench.signIn(email).device
        try await bench.identity.emailChange.request(
            email: Bench.address(), password: Bench.password, by: caller)
        _ = try await bench.work(as: caller) { tx in
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
                    try await bench.count(
                        "SELECT count(*) FROM consilium.\(identifier: table) WHERE account_id = \(caller.account)"
                            + live
                    ))
            }
            return counts
        }
        #expect(try await left() == [2, 2, 1, 1], "control")
        try await bench.identity.passwords.requestReset(email: email, from: Bench.client)
        try await bench.identity.passwords.reset(
            token: #require(try await bench.token(to: email, .resetPassword)), password: other, from: Bench.client)
        #expect(try await left() == [0, 0, 0, 0])
        #expect(try await bench.signIn(email, other, device: device).device != device)
    }

    @Test("A refused password leaves the link alive; a used link takes the others with it")
    func keepsLink() async throws {
        let email = try await bench.patient()
        try await bench.identity.passwords.requestReset(email: email, from: Bench.client)
        let first = try #require(try await bench.token(to: email, .resetPassword))
        try await bench.identity.passwords.requestReset(email: email, from: Bench.client)
        let second = try #require(try await bench.token(to: email, .resetPassword))
        await #expect(throws: FieldRefusal.self) {
            try await bench.identity.passwords.reset(token: second, password: "short", from: Bench.client)
        }
        try await bench.identity.passwords.reset(token: second, password: other, from: Bench.client)
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await bench.identity.passwords.reset(token: first, password: other, from: Bench.client)
        }
    }

    @Test("Asking for an address without an account, or one unconfirmed, is answered alike and mails nothing")
    func hides() async throws {
        let (nobody, unconfirmed) = (Bench.address(), Bench.address())
        try await bench.identity.signUp.open(Bench.request(unconfirmed), from: Bench.client)
        for email in [nobody, unconfirmed] {
            try await bench.identity.passwords.requestReset(email: email, from: Bench.client)
        }
        #expect(try await bench.mails(to: nobody).isEmpty)
        #expect(try await bench.mails(to: unconfirmed).map(\.template) == [.confirmEmail])
    }

    @Test("A reset lets a person in whom somebody else's guesses locked out")
    func resetForgives() async throws {
        let email = try await bench.patient()
        for _ in 0..<6 { _ = try? await bench.signIn(email, "not the password") }
        await #expect(throws: IdentityRefusal.throttled(retryAfter: 1)) { _ = try await bench.signIn(email) }
        try await bench.identity.passwords.requestReset(email: email, from: Bench.client)
        try await bench.identity.passwords.reset(
            token: #require(try await bench.token(to: email, .resetPassword)), password: other, from: Bench.client)
        _ = try await bench.signIn(email, other)
    }

    @Test(
        "A reset forgives in the order in which a sign-in counts: it waits for one and holds nothing",
        .timeLimit(.minutes(1)))
    func forgivesInOrder() async throws {
        let network = ClientNetwork(address: Bench.client)
        func subjects(_ address: String) -> [[UInt8]] {
            ["codes \(address)", "pair \(address) \(network.text)", "address \(address)"]
                .map { bench.vault.digest($0, for: .throttle) }
        }
        // An address whose codes come first.
        var text = Bench.address()
        while subjects(text).min(by: { $0.lexicographicallyPrecedes($1) }) != subjects(text)[0] {
            text = Bench.address()
        }
        let (email, all) = (text, subjects(text))
        try await bench.rewrite(
            """
            INSERT INTO consilium.sign_in_throttle (subject, failures, last_failure_at, blocked_until)
            SELECT s, 1, clock_timestamp(), '-infinity' FROM unnest(\(all)) s
            """)
        let throttle = SignInThrottle(database: bench.app, vault: bench.vault)
        let forgiving = try await bench.owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.query("SELECT FROM consilium.sign_in_throttle WHERE subject = \(all[0]) FOR UPDATE")
            let forgiving = Task {
                try await bench.app.withTransaction(as: .nobody) { tx in
                    try await throttle.forgiveAll(EmailAddress(email), from: network, in: tx)
                }
            }
            let waiting: SQL = """
                SELECT FROM pg_locks l WHERE NOT l.granted AND pg_backend_pid() = ANY (pg_blocking_pids(l.pid))
                """
            while try await tx.query(waiting).isEmpty {}
            let free = try await bench.owner.withTransaction(as: .nobody) { tx in
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
            try await bench.count("SELECT count(*) FROM consilium.sign_in_throttle WHERE subject = ANY (\(all))") == 0)
    }

    @Test("A change takes the old password, keeps this session and ends the others")
    func changes() async throws {
        let email = Bench.address()
        let caller = try await bench.caller(email)
        let elsewhere = try await bench.signIn(email)
        await #expect(throws: IdentityRefusal.wrongPassword) {
            try await bench.identity.passwords.change(current: "not the password", to: other, by: caller)
        }
        let refused = await #expect(throws: FieldRefusal.self) {
            try await bench.identity.passwords.change(current: Bench.password, to: "short", by: caller)
        }
        #expect(refused?.pointer == "/newPassword")
        try await bench.identity.passwords.change(current: Bench.password, to: other, by: caller)
        #expect(try await bench.identity.sessions.authenticate(elsewhere.token) == nil)
        let left = try await bench.work(as: caller) { try await bench.identity.sessions.list(by: caller, in: $0) }
        #expect(left.map(\.id) == [caller.session])
        _ = try await bench.signIn(email, other)
    }

    @Test("An address changes once the new one is confirmed; the old one is told and no longer signs in")
    func changesAddress() async throws {
        let (old, new) = (Bench.address(), Bench.address())
        let caller = try await bench.caller(old)
        try await bench.identity.passwords.requestReset(email: old, from: Bench.client)
        let stale = try #require(try await bench.token(to: old, .resetPassword))
        await #expect(throws: IdentityRefusal.wrongPassword) {
            try await bench.identity.emailChange.request(email: new, password: "not the password", by: caller)
        }
        try await bench.identity.emailChange.request(email: new, password: Bench.password, by: caller)
        #expect(try await bench.told(caller.account) == [.emailChangeAsked])
        _ = try await bench.signIn(old)
        let token = try #require(try await bench.token(to: new, .confirmNewEmail))
        try await bench.work(as: caller) {
            try await bench.identity.emailChange.confirm(token: token, by: caller, in: $0)
        }
        _ = try await bench.signIn(new)
        await #expect(throws: IdentityRefusal.wrongCredentials) { _ = try await bench.signIn(old) }
        #expect(try await bench.mails(to: old).last?.template == .emailChanged)
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await bench.identity.passwords.reset(token: stale, password: other, from: Bench.client)
        }
        let profile = try await bench.work(as: caller) {
            try await bench.identity.profiles.profile(of: caller, in: $0)
        }
        #expect(profile.email == new)
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await bench.work(as: caller) {
                try await bench.identity.emailChange.confirm(token: token, by: caller, in: $0)
            }
        }
    }

    @Test("An address that another account has is not given away, and its owner is told")
    func takenAddress() async throws {
        let (caller, taken) = (try await bench.caller(), try await bench.patient())
        try await bench.identity.emailChange.request(email: taken, password: Bench.password, by: caller)
        #expect(try await bench.mails(to: taken).map(\.template) == [.confirmEmail, .accountExists])
    }

    @Test("A link for a new address is its own account's")
    func linkIsPersonal() async throws {
        let new = Bench.address()
        let (caller, stranger) = (try await bench.caller(), try await bench.caller())
        try await bench.identity.emailChange.request(email: new, password: Bench.password, by: caller)
        let token = try #require(try await bench.token(to: new, .confirmNewEmail))
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await bench.work(as: stranger) {
                try await bench.identity.emailChange.confirm(token: token, by: stranger, in: $0)
            }
        }
    }
}
