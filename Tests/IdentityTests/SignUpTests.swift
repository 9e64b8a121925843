import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("Sign-up", .database, .timeLimit(.minutes(5)))
struct SignUpTests {
    let fixture = IdentityFixture()

    @Test("A confirmed account signs in, and not before")
    func confirms() async throws {
        let email = IdentityFixture.address()
        try await fixture.identity.signUp.open(IdentityFixture.request(email), from: IdentityFixture.client)
        await #expect(throws: IdentityRefusal.wrongCredentials) { _ = try await fixture.signIn(email) }
        let token = try #require(try await fixture.token(to: email, .confirmEmail))
        try await fixture.confirm(token)
        let session = try await fixture.signIn(email)
        #expect(session.roles == [.patient])
        #expect(session.idleSeconds == 12 * 3600)
    }

    @Test("Confirming again says the same; a token that nobody sent says nothing")
    func confirmsTwice() async throws {
        let email = IdentityFixture.address()
        try await fixture.identity.signUp.open(IdentityFixture.request(email), from: IdentityFixture.client)
        let token = try #require(try await fixture.token(to: email, .confirmEmail))
        try await fixture.confirm(token)
        try await fixture.confirm(token)
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await fixture.confirm(token, password: "another password than theirs")
        }
        _ = try await fixture.signIn(email)
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await fixture.confirm(Vault.newToken())
        }
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await fixture.identity.passwords.reset(
                token: token, password: IdentityFixture.password, from: IdentityFixture.client)
        }
    }

    @Test("A token is over when its time is")
    func expires() async throws {
        let email = IdentityFixture.address()
        try await fixture.identity.signUp.open(IdentityFixture.request(email), from: IdentityFixture.client)
        let token = try #require(try await fixture.token(to: email, .confirmEmail))
        let digest = Vault.digest(secret: token, for: .mailToken)
        try await fixture.rewrite(
            "UPDATE consilium.mail_token SET expires_at = clock_timestamp() WHERE digest = \(digest)")
        await #expect(throws: IdentityRefusal.linkInvalid) { try await fixture.confirm(token) }
    }

    @Test("An address that has an account is answered alike, and its owner is told")
    func hidesAccounts() async throws {
        let email = try await fixture.patient()
        try await fixture.identity.signUp.open(
            IdentityFixture.request(email.uppercased()), from: IdentityFixture.client)
        let mails = try await fixture.mails(to: email)
        #expect(mails.map(\.template) == [.confirmEmail, .accountExists])
        #expect(mails.last?.token == nil)
        _ = try await fixture.signIn(email)
    }

    @Test("Either way takes its time")
    func takesItsTime() async throws {
        let known = try await fixture.patient()
        for email in [known, IdentityFixture.address()] {
            let request = try IdentityFixture.request(email)
            let signUp = try await IdentityFixture.paddings {
                try await fixture.identity.signUp.open(request, from: IdentityFixture.client)
            }
            #expect(signUp.count == 1 && signUp.allSatisfy { $0 >= .milliseconds(80) }, "\(signUp)")
            let reset = try await IdentityFixture.paddings {
                try await fixture.identity.passwords.requestReset(email: email, from: IdentityFixture.client)
            }
            #expect(reset.count == 1 && reset.allSatisfy { $0 >= .milliseconds(120) }, "\(reset)")
        }
    }

    @Test("A stranger's claim to an address neither blocks its owner nor becomes the owner's account")
    func claims() async throws {
        let email = IdentityFixture.address()
        try await fixture.identity.signUp.open(IdentityFixture.request(email), from: "192.0.2.1")
        let strangers = try #require(try await fixture.token(to: email, .confirmEmail))
        let owner = try await fixture.patient(email)
        _ = try await fixture.signIn(owner)
        await #expect(throws: IdentityRefusal.emailTaken) { try await fixture.confirm(strangers) }
        _ = try await fixture.signIn(owner)
    }

    @Test("Who opens the first mail's link has the account by their own password, whoever signed up")
    func passwordIsTheReaders() async throws {
        let email = IdentityFixture.address()
        try await fixture.identity.signUp.open(IdentityFixture.request(email), from: "192.0.2.1")
        let id = try await fixture.count(
            """
            SELECT count(*) FROM consilium.password p JOIN consilium.account a ON a.id = p.account_id
            WHERE a.email_digest = \(fixture.vault.digest(email, for: .email))
            """)
        #expect(id == 0, "a claim has no password")
        try await fixture.confirm(
            #require(try await fixture.token(to: email, .confirmEmail)), password: "the reader's own password")
        _ = try await fixture.signIn(email, "the reader's own password")
    }

    @Test("The database takes no password for an account that nobody confirmed")
    func passwordNeedsConfirmation() async throws {
        let email = IdentityFixture.address()
        try await fixture.identity.signUp.open(IdentityFixture.request(email), from: IdentityFixture.client)
        let id = try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                "SELECT id FROM consilium.account WHERE email_digest = \(fixture.vault.digest(email, for: .email))")
        }
        let account = try #require(id).decode(AccountID.self)
        let refused = await #expect(throws: DatabaseError.self) {
            try await fixture.app.withTransaction(as: Actor(account.rawValue)) { tx in
                try await tx.execute("INSERT INTO consilium.password (account_id, hash) VALUES (\(account), 'x')")
            }
        }
        #expect(refused?.isInsufficientPrivilege == true)
    }

    @Test("A lost answer is asked for again by the same link and password, side by side too")
    func confirmsSideBySide() async throws {
        let email = IdentityFixture.address()
        try await fixture.identity.signUp.open(IdentityFixture.request(email), from: IdentityFixture.client)
        let token = try #require(try await fixture.token(to: email, .confirmEmail))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { try await fixture.confirm(token) } }
            try await group.waitForAll()
        }
        _ = try await fixture.signIn(email)
    }

    @Test("A used link tells ten minutes long, and to a few guesses, whether a password is right")
    func usedLinkIsNoOracle() async throws {
        let email = IdentityFixture.address()
        try await fixture.identity.signUp.open(IdentityFixture.request(email), from: IdentityFixture.client)
        let token = try #require(try await fixture.token(to: email, .confirmEmail))
        try await fixture.confirm(token)
        try await fixture.confirm(token)
        var refusals: [IdentityRefusal] = []
        for number in 0..<20 {
            do {
                try await fixture.confirm(token, password: "another password \(number)")
            } catch let refusal as IdentityRefusal {
                refusals.append(refusal)
            }
        }
        #expect(refusals.first == .linkInvalid && refusals.count == 20)
        let throttled = refusals.count { if case .throttled = $0 { true } else { false } }
        #expect(throttled > 0, "guesses at a link count as guesses at a sign-in")
        _ = try await fixture.signIn(email, from: "198.51.100.9")
        let digest = Vault.digest(secret: token, for: .mailToken)
        try await fixture.rewrite(
            "UPDATE consilium.mail_token SET used_at = used_at - interval '11 minutes' WHERE digest = \(digest)")
        await #expect(throws: IdentityRefusal.linkInvalid) {
            try await fixture.identity.signUp.confirm(
                token: token, password: IdentityFixture.password, from: "198.51.100.9")
        }
    }

    @Test("An address gets three mails at once at one network's wish, and ten at that of all")
    func sparesMailboxes() async throws {
        let email = IdentityFixture.address()
        for _ in 0..<7 {
            try await fixture.identity.signUp.open(IdentityFixture.request(email), from: IdentityFixture.client)
        }
        #expect(try await fixture.mails(to: email).count == 3)
        for network in 1...3 {
            for _ in 0..<4 {
                try await fixture.identity.signUp.open(IdentityFixture.request(email), from: "192.0.2.\(network)")
            }
        }
        #expect(try await fixture.mails(to: email).count == 10)
    }

    @Test("Strangers who use up an address's mails keep none from who asks for the first time; thirty are the most")
    func ownersFirstMail() async throws {
        let email = IdentityFixture.address()
        for network in 1...4 {
            for _ in 0..<3 {
                try await fixture.identity.signUp.open(IdentityFixture.request(email), from: "192.0.2.\(network)")
            }
        }
        #expect(try await fixture.mails(to: email).count == 10)
        for _ in 0..<2 {
            try await fixture.identity.signUp.open(IdentityFixture.request(email), from: IdentityFixture.client)
        }
        #expect(try await fixture.mails(to: email).count == 11, "the owner's first one, and no second")
        try await fixture.identity.signUp.open(IdentityFixture.request(email), from: "192.0.2.1")
        #expect(try await fixture.mails(to: email).count == 11, "a stranger has had theirs")
        for network in 10..<35 {
            try await fixture.identity.signUp.open(IdentityFixture.request(email), from: "192.0.2.\(network)")
        }
        #expect(try await fixture.mails(to: email).count == 30)
    }

    @Test("Particulars lie sealed: no table holds a word of them")
    func seals() async throws {
        let email = try await fixture.patient()
        let row = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                """
                SELECT a.email, string_agg(p.sealed, '' ORDER BY p.kind),
                    concat(row_to_json(a), json_agg(p)) FROM consilium.account a
                JOIN consilium.account_particular p ON p.account_id = a.id
                WHERE email_digest = \(fixture.vault.digest(email, for: .email)) GROUP BY a.id
                """)
        }
        let (sealedEmail, particulars, json) = try #require(row).decode([UInt8].self, [UInt8].self, String.self)
        #expect(!String(decoding: sealedEmail + particulars, as: UTF8.self).contains("example"))
        #expect(!String(decoding: particulars, as: UTF8.self).contains("Lopez"))
        #expect(!json.contains("Lopez") && !json.contains(email))
    }

    private static let wrong: [(String, @Sendable (inout SignUpRequest) -> Void)] = [
        ("/email", { $0.email = "nobody" }), ("/name", { $0.name = " " }), ("/name", { $0.name = "A\nB" }),
        ("/phone", { $0.phone = String(repeating: "1", count: 41) }), ("/language", { $0.language = "english!" }),
        ("/timeZone", { $0.timeZone = "Mars/Olympus" }), ("/timeZone", { $0.timeZone = "America/New_York\0" }),
        ("/birthDate", { $0.birthDate = CivilDate(rawValue: "2900-01-01") ?? $0.birthDate }),
    ]

    @Test(
        "A first password outside the rules is refused, and the link stays good",
        arguments: [
            "short", "maria lopez maria", "correct horse battery staple",
        ])
    func passwords(weak: String) async throws {
        let email = IdentityFixture.address()
        try await fixture.identity.signUp.open(IdentityFixture.request(email), from: IdentityFixture.client)
        let token = try #require(try await fixture.token(to: email, .confirmEmail))
        let broken = await #expect(throws: FieldRefusal.self) { try await fixture.confirm(token, password: weak) }
        #expect(broken?.pointer == "/password")
        try await fixture.confirm(token)
    }

    @Test("A field outside its rule is named", arguments: wrong)
    func fields(pointer: String, change: @Sendable (inout SignUpRequest) -> Void) async throws {
        var request = try IdentityFixture.request(IdentityFixture.address())
        change(&request)
        let broken = await #expect(throws: FieldRefusal.self) {
            try await fixture.identity.signUp.open(request, from: IdentityFixture.client)
        }
        #expect(broken?.pointer == pointer)
    }

    @Test("Claims that nobody confirmed are forgotten after a week")
    func sweeps() async throws {
        let (email, fresh) = (IdentityFixture.address(), IdentityFixture.address())
        let confirmed = try await fixture.patient()
        for address in [email, fresh] {
            try await fixture.identity.signUp.open(IdentityFixture.request(address), from: IdentityFixture.client)
        }
        let digests = [email, confirmed].map { fixture.vault.digest($0, for: .email) }
        try await fixture.rewrite(
            "UPDATE consilium.account SET created_at = clock_timestamp() - interval '8 days' WHERE email_digest = ANY (\(digests))"
        )
        try await TestDatabase.current.worker.withTransaction(as: .nobody) { tx in
            _ = try await tx.query("SELECT consilium.delete_expired_identity(1000)")
        }
        func count(_ address: String) async throws -> Int {
            try await fixture.count(
                "SELECT count(*) FROM consilium.account WHERE email_digest = \(fixture.vault.digest(address, for: .email))"
            )
        }
        #expect(try await count(email) == 0)
        #expect(try await count(fresh) == 1)
        #expect(try await count(confirmed) == 1)
    }
}
