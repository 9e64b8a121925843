import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("A proof within a session", .database, .timeLimit(.minutes(5)))
struct SessionProofTests {
    let fixture = IdentityFixture()

    /// A patient whose session was opened so many minutes ago, as it calls now.
    private func opened(
        _ email: String = IdentityFixture.address(), minutesAgo minutes: Int
    ) async throws -> (token: String, caller: Caller) {
        let token = try await fixture.signIn(fixture.patient(email)).token
        let caller = try #require(try await fixture.identity.sessions.authenticate(token))
        try await fixture.rewrite(
            """
            UPDATE consilium.session SET proved_at = clock_timestamp() - make_interval(mins => \(Int32(minutes)))
            WHERE id = \(caller.session)
            """)
        return (token, try #require(try await fixture.identity.sessions.authenticate(token)))
    }

    private func invite(by caller: Caller) async throws {
        _ = try await fixture.work(as: caller) { tx in
            try await fixture.identity.caregivers.invite(
                CaregiverInvitation(email: IdentityFixture.address(), kind: .grant), by: caller, in: tx)
        }
    }

    @Test("counts for ten minutes, from sign-in on; then what lasts longer than the session asks for another")
    func lasts() async throws {
        let (_, fresh) = try await opened(minutesAgo: 9)
        try await invite(by: fresh)
        let (token, stale) = try await opened(minutesAgo: 10)
        await #expect(throws: ProofNeeded.self) { try await invite(by: stale) }
        await #expect(throws: ProofNeeded.self) {
            _ = try await fixture.work(as: stale) { try await fixture.identity.secondFactors.enrol(by: stale, in: $0) }
        }
        await #expect(throws: ProofNeeded.self) {
            _ = try await fixture.work(as: stale) {
                try await fixture.identity.secondFactors.renewRecoveryCodes(by: stale, in: $0)
            }
        }
        let taken = try await fixture.identity.proof.take(Proof(password: IdentityFixture.password), by: stale)
        #expect(abs(taken.provedUntil.timeIntervalSinceNow - 600) < 60)
        try await invite(by: #require(try await fixture.identity.sessions.authenticate(token)))
    }

    @Test("is wrong ten times at most: the next one ends the session, even a right one, and its owner is told")
    func guesses() async throws {
        let email = IdentityFixture.address()
        let (token, caller) = try await opened(email, minutesAgo: 60)
        let elsewhere = try await fixture.signIn(email)
        for _ in 0..<SessionProof.mostWrong {
            await #expect(throws: IdentityRefusal.wrongPassword) {
                _ = try await fixture.identity.proof.take(Proof(password: "not the password"), by: caller)
            }
        }
        await #expect(throws: IdentityRefusal.sessionEnded) {
            _ = try await fixture.identity.proof.take(Proof(password: IdentityFixture.password), by: caller)
        }
        #expect(try await fixture.identity.sessions.authenticate(token) == nil)
        #expect(try await fixture.told(caller.account) == [.proofsGuessed])
        // The owner is not locked out by it.
        #expect(try await fixture.identity.sessions.authenticate(elsewhere.token) != nil)
        _ = try await fixture.signIn(email)
    }

    @Test("counts guesses side by side, and whichever way they come")
    func guessesSideBySide() async throws {
        let (token, caller) = try await opened(minutesAgo: 60)
        let judged = await withTaskGroup(of: Bool.self) { group in
            for n in 0..<24 {
                group.addTask {
                    do {
                        if n.isMultiple(of: 2) {
                            _ = try await fixture.identity.proof.take(Proof(password: "wrong \(n)"), by: caller)
                        } else {
                            try await fixture.identity.passwords.change(
                                current: "wrong \(n)", to: "marble falcon orchard", by: caller)
                        }
                        return true
                    } catch {
                        return error as? IdentityRefusal == .wrongPassword
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(judged == SessionProof.mostWrong)
        #expect(try await fixture.identity.sessions.authenticate(token) == nil)
    }

    @Test("that is right forgets the wrong ones before it")
    func forgets() async throws {
        let (_, caller) = try await opened(minutesAgo: 60)
        for _ in 0..<3 {
            for _ in 0..<(SessionProof.mostWrong - 1) {
                await #expect(throws: IdentityRefusal.wrongPassword) {
                    try await fixture.identity.proof.take(Proof(password: "not the password"), by: caller)
                }
            }
            let taken = try await fixture.identity.proof.take(Proof(password: IdentityFixture.password), by: caller)
            #expect(taken.provedUntil > Date())
        }
        #expect(try await fixture.told(caller.account).isEmpty)
    }

    @Test("must be given; a code of a factor that is not on is wrong, and makes a right password worth nothing")
    func codes() async throws {
        let (token, caller) = try await opened(minutesAgo: 60)
        let refused = await #expect(throws: FieldRefusal.self) {
            _ = try await fixture.identity.proof.take(Proof(), by: caller)
        }
        #expect(refused?.pointer == "/password")
        await #expect(throws: IdentityRefusal.wrongCode) {
            _ = try await fixture.identity.proof.take(
                Proof(password: IdentityFixture.password, code: "123456"), by: caller)
        }
        #expect(try await fixture.identity.sessions.authenticate(token)?.provedLately == false)
    }

    @Test("is another session's only, and an ended session takes none")
    func isOfOneSession() async throws {
        let email = IdentityFixture.address()
        let (token, caller) = try await opened(email, minutesAgo: 60)
        _ = try await fixture.signIn(email)
        #expect(try await fixture.identity.sessions.authenticate(token)?.provedLately == false)
        try await fixture.work(as: caller) { try await fixture.identity.sessions.endCurrent(by: caller, in: $0) }
        await #expect(throws: IdentityRefusal.sessionEnded) {
            _ = try await fixture.identity.proof.take(Proof(password: IdentityFixture.password), by: caller)
        }
    }
}
