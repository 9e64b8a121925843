import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

/// Two processes in the middle of a rotation: both know both look-up keys, and each has another one as its current key.
private struct Rotating: Sendable {
    let old: IdentityFixture
    let new: IdentityFixture
    /// A process after the old key was removed.
    let after: IdentityFixture
    private let keyring: Keyring

    init() throws {
        let both = try IdentityFixture.keyring.adding("lookup-2", of: .lookup)
        let next = try both.promoting("lookup-2", of: .lookup)
        keyring = next
        old = IdentityFixture(keyring: both)
        new = IdentityFixture(keyring: next)
        after = IdentityFixture(keyring: try next.removing("lookup-1", of: .lookup))
    }

    var directions: [(IdentityFixture, IdentityFixture)] { [(old, new), (new, old)] }

    func rotate() async throws {
        try await KeyRotation(keyring, database: new.owner).run()
    }

    /// Two who follow the links of two claims to one address, one at each process, both held up between their look at the
    /// address and their commit.
    /// - Returns: how each was refused, and how many accounts have the address.
    func race() async throws -> (refusals: [IdentityRefusal?], accounts: Int) {
        let email = IdentityFixture.address()
        func claim(at fixture: IdentityFixture) async throws -> String {
            try await fixture.identity.signUp.open(IdentityFixture.request(email), from: IdentityFixture.client)
            return try #require(try await fixture.token(to: email, .confirmEmail))
        }
        let (one, other) = (try await claim(at: old), try await claim(at: new))
        let digests = [one, other].map { Vault.digest(secret: $0, for: .mailToken) }
        let (held, release) = (AsyncStream<Void>.makeStream(), AsyncStream<Void>.makeStream())
        async let holder: Void = old.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("SELECT FROM consilium.mail_token WHERE digest = ANY (\(digests)) FOR UPDATE")
            held.continuation.finish()
            for await _ in release.stream {}
        }
        for await _ in held.stream {}
        async let first = refusal { try await old.confirm(one) }
        async let second = refusal { try await new.confirm(other) }
        try await waiting(2)
        release.continuation.finish()
        try await holder
        let refusals = try await [first, second]
        let found = new.vault.digests(email, for: .email)
        return (
            refusals,
            try await new.count(
                "SELECT count(*) FROM consilium.account WHERE email_digest = ANY (\(found)) AND state = 'active'")
        )
    }

    private func refusal(_ work: () async throws -> Void) async throws -> IdentityRefusal? {
        do {
            try await work()
            return nil
        } catch let refusal as IdentityRefusal { return refusal }
    }

    /// Until so many sessions of the database wait for a lock.
    private func waiting(_ wanted: Int) async throws {
        try await wait(for: "\(wanted) to wait") {
            try await old.count(
                """
                SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                WHERE a.datname = current_database() AND NOT l.granted
                """) >= wanted
        }
    }
}

/// One after the other: a rotation digests everybody anew, and each test has a second key of its own.
@Suite("While the look-up key is changed", .database, .serialized, .timeLimit(.minutes(5)))
struct LookupKeyTests {
    private let keys: Rotating

    init() throws { keys = try Rotating() }

    @Test("a person whom either process wrote is found by the other: sign-in, known device, reset, operators")
    func findsBothWays() async throws {
        for (writer, reader) in keys.directions {
            let email = try await writer.patient()
            let signedIn = try await writer.signIn(email)
            #expect(try await reader.signIn(email).account == signedIn.account)
            #expect(try await reader.signIn(email, device: signedIn.device).device == signedIn.device)
            try await reader.identity.passwords.requestReset(email: email, from: IdentityFixture.client)
            #expect(try await reader.token(to: email, .resetPassword) != nil)
            let found = try await reader.owner.withTransaction(as: .nobody) { tx in
                try await AccountCreation(vault: reader.vault, settings: reader.settings).find(email: email, in: tx)
            }
            #expect(found == signedIn.account)
        }
        // Control: a process that lacks the old key does not find whom the old key digested.
        let email = try await keys.old.patient()
        await #expect(throws: IdentityRefusal.wrongCredentials) { _ = try await keys.after.signIn(email) }
    }

    @Test("an address that one process confirmed is taken at the other, however it is asked for")
    func takenBothWays() async throws {
        for (writer, reader) in keys.directions {
            let email = IdentityFixture.address()
            try await reader.identity.signUp.open(IdentityFixture.request(email), from: "192.0.2.1")
            let claim = try #require(try await reader.token(to: email, .confirmEmail))
            let caller = try await reader.caller()
            try await reader.identity.emailChange.request(email: email, password: IdentityFixture.password, by: caller)
            let move = try #require(try await reader.token(to: email, .confirmNewEmail))

            _ = try await writer.patient(email)
            try await reader.identity.signUp.open(IdentityFixture.request(email), from: "192.0.2.2")
            #expect(try await reader.mails(to: email).last?.template == .accountExists)
            await #expect(throws: IdentityRefusal.emailTaken) { try await reader.confirm(claim) }
            await #expect(throws: IdentityRefusal.emailTaken) {
                try await reader.work(as: caller) {
                    try await reader.identity.emailChange.confirm(token: move, by: caller, in: $0)
                }
            }
            let account = NewAccount(
                email: email,
                particulars: Particulars(name: "Other", birthDate: try IdentityFixture.date("1970-01-01")),
                jurisdiction: try IdentityFixture.place("US-OH"), language: "en", timeZone: "America/New_York",
                roles: [.patient])
            let creation = AccountCreation(vault: reader.vault, settings: reader.settings)
            let hash = try await creation.hash(IdentityFixture.password, for: account)
            await #expect(throws: IdentityRefusal.emailTaken) {
                try await reader.owner.withTransaction(as: .nobody) { tx in
                    try await creation.create(account, password: hash, in: tx)
                }
            }
        }
    }

    @Test("two who confirm one address at two processes are one account")
    func confirmsOnce() async throws {
        let (refusals, accounts) = try await keys.race()
        #expect(accounts == 1)
        #expect(refusals.filter { $0 == .emailTaken }.count == 1 && refusals.contains(nil))
    }

    @Test("who signs in at either process in the middle of a rotation is found")
    func findsMeanwhile() async throws {
        var accounts: [String: AccountID] = [:]
        for index in 0..<8 {
            let writer = index.isMultiple(of: 2) ? keys.old : keys.new
            let email = try await writer.patient()
            accounts[email] = try await writer.signIn(email).account
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (email, account) in accounts {
                for fixture in [keys.old, keys.new] {
                    group.addTask {
                        let found = try await fixture.signIn(email).account
                        #expect(found == account)
                    }
                }
            }
            group.addTask { try await keys.rotate() }
            try await group.waitForAll()
        }
    }

    @Test("sessions, links, recovery codes and addresses under way go on, to the end and beyond")
    func endsNothing() async throws {
        let (old, after) = (keys.old, keys.after)
        let (email, next) = (IdentityFixture.address(), IdentityFixture.address())
        let caller = try await old.caller(email)
        let codes = try await old.owner.withTransaction(as: .nobody) { tx in
            try await AccountCreation(vault: old.vault, settings: old.settings)
                .renewSecondFactor(of: caller.account, email: email, in: tx).recovery.recoveryCodes
        }
        let session = try await old.signIn(email, code: codes[0])
        try await old.identity.emailChange.request(email: next, password: IdentityFixture.password, by: caller)
        let move = try #require(try await old.token(to: next, .confirmNewEmail))
        let forgetful = try await old.patient()
        try await old.identity.passwords.requestReset(email: forgetful, from: IdentityFixture.client)
        let reset = try #require(try await old.token(to: forgetful, .resetPassword))
        let claimed = IdentityFixture.address()
        try await old.identity.signUp.open(IdentityFixture.request(claimed), from: IdentityFixture.client)
        let claim = try #require(try await old.token(to: claimed, .confirmEmail))

        func isAlive(at fixture: IdentityFixture) async throws -> Bool {
            try await fixture.identity.sessions.authenticate(session.token)?.account == caller.account
        }
        #expect(try await isAlive(at: keys.new))
        try await keys.rotate()
        #expect(try await isAlive(at: keys.old))
        #expect(try await isAlive(at: after))
        let again = try await after.signIn(email, code: codes[1], device: session.device)
        #expect(again.device == session.device, "the device is known")
        try await after.confirm(claim)
        _ = try await after.signIn(claimed)
        try await after.work(as: caller) {
            try await after.identity.emailChange.confirm(token: move, by: caller, in: $0)
        }
        _ = try await after.signIn(next, code: codes[2])
        try await after.identity.passwords.reset(
            token: reset, password: "marble falcon orchard", from: IdentityFixture.client)
        _ = try await after.signIn(forgetful, "marble falcon orchard")
    }

    @Test("a claim of the old key that the new one confirms is the new one's; an erased person is nobody's")
    func writesByCurrent() async throws {
        let email = IdentityFixture.address()
        try await keys.old.identity.signUp.open(IdentityFixture.request(email), from: IdentityFixture.client)
        try await keys.new.confirm(#require(try await keys.new.token(to: email, .confirmEmail)))
        #expect(try await keys.after.signIn(email).roles == [.patient])
        let gone = try await keys.old.caller()
        try await keys.old.work(as: gone) { tx in
            try await AccountClosure(vault: keys.old.vault, outbox: Outbox())
                .closeOwn(AccountClosing(erase: true), by: gone, in: tx)
        }
        #expect(
            try await keys.old.count(
                "SELECT count(*) FROM consilium.account WHERE id = \(gone.account) AND email_key IS NULL") == 1)
    }
}

@Suite("Control: without the lock on an address", .database)
struct LookupKeyControl {
    @Test("two who confirm it at two processes are two accounts")
    func confirmsTwice() async throws {
        let keys = try Rotating()
        try await keys.old.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                CREATE OR REPLACE FUNCTION consilium.claim_address(digests bytea[]) RETURNS uuid
                LANGUAGE sql SECURITY DEFINER SET search_path = consilium, pg_temp
                AS 'SELECT a.id FROM account a WHERE a.email_digest = ANY (digests) AND a.state = ''active'''
                """)
        }
        let (refusals, accounts) = try await keys.race()
        #expect(accounts == 2)
        #expect(refusals == [nil, nil])
    }
}
