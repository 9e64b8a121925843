import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("Sign-in", .database, .timeLimit(.minutes(5)))
struct SignInTests {
    let fixture = IdentityFixture()

    private func refusal(_ email: String, _ password: String) async -> IdentityRefusal? {
        do {
            _ = try await fixture.signIn(email, password)
            return nil
        } catch { return error as? IdentityRefusal }
    }

    /// Whether a sign-in is refused for now. How long it must still wait is less by what this machine took.
    private func mustWait(_ refusal: IdentityRefusal?) -> Bool {
        if case .throttled(let seconds) = refusal { seconds > 0 } else { false }
    }

    /// How long the last failure of a subject made the next attempt wait, in seconds.
    private func wait(of subject: [UInt8]) async throws -> Int {
        try await fixture.count(
            """
            SELECT round(extract(epoch FROM blocked_until - last_failure_at))::bigint FROM consilium.sign_in_throttle
            WHERE subject = \(subject)
            """)
    }

    /// As if that time were over, or had just begun and were long.
    private func block(_ subject: [UInt8], for duration: Duration) async throws {
        try await fixture.rewrite(
            """
            UPDATE consilium.sign_in_throttle SET blocked_until = clock_timestamp() + \(duration)
            WHERE subject = \(subject)
            """)
    }

    @Test("A wrong password and an address without an account are refused alike")
    func alike() async throws {
        let email = try await fixture.patient()
        #expect(await refusal(email, "not the password") == .wrongCredentials)
        #expect(await refusal(IdentityFixture.address(), "not the password") == .wrongCredentials)
        #expect(await refusal(email, "") == .wrongCredentials)
        #expect(await refusal(email, String(repeating: "x", count: 100_000)) == .wrongCredentials)
        #expect(await refusal(email, IdentityFixture.password) == nil)
    }

    @Test("An address without an account costs a scrypt, too")
    func decoy() async throws {
        let cost = try #require(ScryptCost(checking: 15, 8, 1))
        let dear = IdentityFixture { $0.scrypt = cost }
        // With what an address without an account is compared; that it takes a thread for it, `busy` shows.
        #expect(PasswordHasher(dear.settings).decoy.cost == cost)
        #expect(await refusal(IdentityFixture.address(), "not the password") == .wrongCredentials)
    }

    private func pair(_ email: String, _ network: String = IdentityFixture.client) -> [UInt8] {
        fixture.vault.digest("pair \(email) \(network)", for: .throttle)
    }

    @Test("After five failures the next from that network must wait, at every gateway, even with the right password")
    func throttles() async throws {
        let email = try await fixture.patient()
        let other = IdentityFixture()
        for attempt in 0..<6 {
            let gateway = attempt.isMultiple(of: 2) ? fixture : other
            await #expect(throws: IdentityRefusal.wrongCredentials) {
                _ = try await gateway.signIn(email, "not the password")
            }
        }
        #expect(try await wait(of: pair(email)) == 1)
        try await block(pair(email), for: .seconds(600))
        for gateway in [fixture, other] {
            let refusal = await #expect(throws: IdentityRefusal.self) { _ = try await gateway.signIn(email) }
            #expect(mustWait(refusal))
        }
    }

    @Test("The wait doubles up to a quarter of an hour, ends, and is forgiven by a success")
    func waits() async throws {
        let email = try await fixture.patient()
        let subject = pair(email)
        for _ in 0..<5 { #expect(await refusal(email, "not the password") == .wrongCredentials) }
        for seconds in [1, 2, 4, 8] {
            #expect(await refusal(email, "not the password") == .wrongCredentials)
            #expect(try await wait(of: subject) == seconds)
            try await block(subject, for: .zero)
        }
        try await fixture.rewrite("UPDATE consilium.sign_in_throttle SET failures = 60 WHERE subject = \(subject)")
        #expect(await refusal(email, "not the password") == .wrongCredentials)
        #expect(try await wait(of: subject) == 900)
        #expect(mustWait(await refusal(email, IdentityFixture.password)))
        try await block(subject, for: .zero)
        #expect(await refusal(email, IdentityFixture.password) == nil)
        #expect(
            try await fixture.count("SELECT count(*) FROM consilium.sign_in_throttle WHERE subject = \(subject)") == 0)
    }

    @Test("Guesses side by side count like guesses in a row")
    func countsParallelGuesses() async throws {
        let email = try await fixture.patient()
        let wrong = await withTaskGroup(of: IdentityRefusal?.self) { group in
            for _ in 0..<12 { group.addTask { await refusal(email, "not the password") } }
            return await group.reduce(into: 0) { count, refusal in count += refusal == .wrongCredentials ? 1 : 0 }
        }
        #expect(wrong <= 7)
        #expect(wrong >= 5)
    }

    @Test("A network that tries many addresses must wait, and others need not")
    func throttlesNetworks() async throws {
        let email = try await fixture.patient()
        let network = fixture.vault.digest("network 2001:db8:7:7", for: .throttle)
        func attempt(_ client: String, _ email: String) async throws {
            _ = try await fixture.identity.signIn.signIn(
                SignInRequest(email: email, password: "not the password"),
                from: RequestSource(address: client, device: nil))
        }
        await #expect(throws: IdentityRefusal.wrongCredentials) {
            try await attempt("2001:db8:7:7::1", IdentityFixture.address())
        }
        try await fixture.rewrite(
            "UPDATE consilium.sign_in_throttle SET failures = 110 WHERE subject = \(network)")
        await #expect(throws: IdentityRefusal.wrongCredentials) {
            try await attempt("2001:db8:7:7::2", IdentityFixture.address())
        }
        #expect(try await wait(of: network) == 60)
        let refusal = await #expect(throws: IdentityRefusal.self) { try await attempt("2001:db8:7:7:8::3", email) }
        #expect(mustWait(refusal))
        await #expect(throws: IdentityRefusal.wrongCredentials) { try await attempt("2001:db8:7:8::1", email) }
    }

    @Test("What was counted leaks away, so that a busy network is not held for ever")
    func leaks() async throws {
        let email = try await fixture.patient()
        let subject = pair(email)
        _ = await refusal(email, "not the password")
        try await fixture.rewrite(
            """
            UPDATE consilium.sign_in_throttle
            SET failures = 8, last_failure_at = clock_timestamp() - interval '12 hours' WHERE subject = \(subject)
            """)
        _ = await refusal(email, "not the password")
        let left = try await fixture.count(
            "SELECT round(failures * 10)::bigint FROM consilium.sign_in_throttle WHERE subject = \(subject)")
        #expect(left == 65, "8 less half of 5, and this one")
    }

    @Test("A password of an old cost is hashed anew by its next sign-in")
    func rehashes() async throws {
        let email = try await fixture.patient()
        let dear = IdentityFixture { $0.scrypt = ScryptCost(checking: 6, 2, 1) ?? .standard }
        func cost() async throws -> Bool {
            try await fixture.count(
                """
                SELECT count(*) FROM consilium.password p JOIN consilium.account a ON a.id = p.account_id
                WHERE a.email_digest = \(fixture.vault.digest(email, for: .email)) AND p.hash LIKE '$scrypt$ln=6,r=2,p=1$%'
                """) == 1
        }
        #expect(try await !cost())
        _ = try await dear.signIn(email)
        #expect(try await cost())
        _ = try await fixture.signIn(email)
    }

    @Test("A closed account does not sign in")
    func closed() async throws {
        let email = try await fixture.patient()
        try await fixture.rewrite(
            "UPDATE consilium.account SET state = 'closed' WHERE email_digest = \(fixture.vault.digest(email, for: .email))"
        )
        #expect(await refusal(email, IdentityFixture.password) == .wrongCredentials)
    }

    @Test("When all hashing threads are taken and the line is full, sign-in is refused as busy")
    func busy() async throws {
        let narrow = IdentityFixture {
            $0.hashingThreads = 1
            $0.hashingQueue = 0
            $0.scrypt = ScryptCost(checking: 15, 8, 1) ?? .standard
        }
        let refusals = await withTaskGroup(of: IdentityRefusal?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do {
                        _ = try await narrow.signIn(IdentityFixture.address(), "not the password")
                        return nil
                    } catch { return error as? IdentityRefusal }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(refusals.contains(.busy))
        #expect(refusals.contains(.wrongCredentials))
    }
}
