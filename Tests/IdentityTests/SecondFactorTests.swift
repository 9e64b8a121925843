import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("A second factor", .database, .timeLimit(.minutes(5)))
struct SecondFactorTests {
    let fixture = IdentityFixture()

    /// A patient whose second factor is on, what makes its codes, and its recovery codes.
    private func enrolled() async throws -> (email: String, caller: Caller, totp: TOTP, recovery: [String]) {
        let email = IdentityFixture.address()
        let caller = try await fixture.caller(email)
        _ = try await fixture.work(as: caller) { try await fixture.identity.secondFactors.enrol(by: caller, in: $0) }
        let totp = try await fixture.totp(of: caller)
        let list = try await fixture.work(as: caller) { tx in
            try await fixture.identity.secondFactors.confirm(
                code: totp.code(at: fixture.now(in: tx)), by: caller, in: tx)
        }
        return (email, caller, totp, list.recoveryCodes)
    }

    /// A code of a later step than any that was used.
    private func fresh(_ totp: TOTP, _ caller: Caller) async throws -> String {
        try await fixture.rewrite(
            "UPDATE consilium.second_factor SET last_step = 0 WHERE account_id = \(caller.account)")
        return try await fixture.work(as: caller) { tx in try await totp.code(at: fixture.now(in: tx)) }
    }

    @Test("Once it is on, sign-in asks for a code, and the session knows that it was shown")
    func signsIn() async throws {
        let (email, caller, totp, recovery) = try await enrolled()
        #expect(Set(recovery).count == 10)
        await #expect(throws: IdentityRefusal.codeNeeded) { _ = try await fixture.signIn(email) }
        await #expect(throws: IdentityRefusal.wrongCode) { _ = try await fixture.signIn(email, code: "000000x") }
        let session = try await fixture.signIn(email, code: try await fresh(totp, caller))
        #expect(session.secondFactor)
        #expect(try await fixture.identity.sessions.authenticate(session.token)?.showedSecondFactor == true)
    }

    @Test("Whether a code is right is not said to who has the wrong password")
    func passwordFirst() async throws {
        let (email, caller, totp, _) = try await enrolled()
        let code = try await fresh(totp, caller)
        await #expect(throws: IdentityRefusal.wrongCredentials) {
            _ = try await fixture.signIn(email, "not the password", code: code)
        }
    }

    @Test("A code is taken once, and side by side only once as well")
    func replay() async throws {
        let (email, caller, totp, _) = try await enrolled()
        let code = try await fresh(totp, caller)
        let opened = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<3 { group.addTask { (try? await fixture.signIn(email, code: code)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(opened == 1)
        await #expect(throws: IdentityRefusal.wrongCode) { _ = try await fixture.signIn(email, code: code) }
    }

    @Test("Turning it on, and off, ends the other sessions, and its owner is told")
    func endsOthers() async throws {
        let email = IdentityFixture.address()
        let caller = try await fixture.caller(email)
        let elsewhere = try await fixture.signIn(email)
        _ = try await fixture.work(as: caller) { try await fixture.identity.secondFactors.enrol(by: caller, in: $0) }
        #expect(try await fixture.identity.sessions.authenticate(elsewhere.token) != nil)
        let totp = try await fixture.totp(of: caller)
        let list = try await fixture.work(as: caller) { tx in
            try await fixture.identity.secondFactors.confirm(
                code: totp.code(at: fixture.now(in: tx)), by: caller, in: tx)
        }
        #expect(try await fixture.identity.sessions.authenticate(elsewhere.token) == nil)
        let again = try await fixture.signIn(email, code: list.recoveryCodes[0])
        try await fixture.identity.secondFactors.remove(password: IdentityFixture.password, by: caller)
        #expect(try await fixture.identity.sessions.authenticate(again.token) == nil)
        let left = try await fixture.work(as: caller) { try await fixture.identity.sessions.list(by: caller, in: $0) }
        #expect(left.map(\.id) == [caller.session])
        #expect(try await fixture.told(caller.account) == [.secondFactorOn, .secondFactorOff])
    }

    @Test("New recovery codes are in place of the old ones")
    func renews() async throws {
        let (email, caller, _, old) = try await enrolled()
        let list = try await fixture.work(as: caller) {
            try await fixture.identity.secondFactors.renewRecoveryCodes(by: caller, in: $0)
        }
        await #expect(throws: IdentityRefusal.wrongCode) { _ = try await fixture.signIn(email, code: old[0]) }
        _ = try await fixture.signIn(email, code: list.recoveryCodes[0])
        #expect(try await fixture.told(caller.account).last == .recoveryCodesRenewed)
    }

    @Test("A recovery code is taken once, however it is typed")
    func recovery() async throws {
        let (email, _, _, recovery) = try await enrolled()
        _ = try await fixture.signIn(email, code: " \(recovery[3].uppercased().replacing("-", with: "")) ")
        await #expect(throws: IdentityRefusal.wrongCode) { _ = try await fixture.signIn(email, code: recovery[3]) }
        _ = try await fixture.signIn(email, code: recovery[4])
    }

    @Test("Another account's recovery code is none")
    func recoveryIsPersonal() async throws {
        let (email, _, _, _) = try await enrolled()
        let (_, _, _, others) = try await enrolled()
        await #expect(throws: IdentityRefusal.wrongCode) { _ = try await fixture.signIn(email, code: others[0]) }
    }

    @Test("Guessing codes is slowed down as guessing passwords is")
    func throttled() async throws {
        let (email, _, _, _) = try await enrolled()
        var refusals: [IdentityRefusal] = []
        for _ in 0..<6 {
            do { _ = try await fixture.signIn(email, code: "abcdef") } catch let error as IdentityRefusal {
                refusals.append(error)
            }
        }
        #expect(refusals.count == 6 && refusals.allSatisfy { $0 == .wrongCode })
        let pair = fixture.vault.digest("pair \(email) \(IdentityFixture.client)", for: .throttle)
        let waiting = try await fixture.count(
            """
            SELECT count(*) FROM consilium.sign_in_throttle
            WHERE subject = \(pair) AND blocked_until > last_failure_at
            """)
        #expect(waiting == 1, "the next must wait")
    }

    @Test("It is not on before it was confirmed, and another one takes its place only then")
    func enrolment() async throws {
        let caller = try await fixture.caller()
        let factors = fixture.identity.secondFactors
        await #expect(throws: IdentityRefusal.secondFactorMissing) {
            _ = try await fixture.work(as: caller) { try await factors.confirm(code: "123456", by: caller, in: $0) }
        }
        let one = try await fixture.work(as: caller) { try await factors.enrol(by: caller, in: $0) }
        let two = try await fixture.work(as: caller) { try await factors.enrol(by: caller, in: $0) }
        #expect(one.secret != two.secret)
        await #expect(throws: IdentityRefusal.wrongCode) {
            _ = try await fixture.work(as: caller) { try await factors.confirm(code: "12345", by: caller, in: $0) }
        }
        let (email, other, old, _) = try await enrolled()
        _ = try await fixture.work(as: other) { try await factors.enrol(by: other, in: $0) }
        let new = try await fixture.totp(of: other)
        _ = try await fixture.signIn(email, code: try await fresh(old, other))
        let list = try await fixture.work(as: other) { tx in
            try await factors.confirm(code: new.code(at: fixture.now(in: tx)), by: other, in: tx)
        }
        await #expect(throws: IdentityRefusal.wrongCode) {
            _ = try await fixture.signIn(email, code: try await fresh(old, other))
        }
        _ = try await fixture.signIn(email, code: list.recoveryCodes[0])
    }

    @Test("Taking it off takes the password, and one that can stand alone")
    func removal() async throws {
        let (email, caller, totp, _) = try await enrolled()
        let factors = fixture.identity.secondFactors
        await #expect(throws: IdentityRefusal.wrongPassword) {
            try await factors.remove(password: "not the password", by: caller)
        }
        try await fixture.identity.passwords.change(current: IdentityFixture.password, to: "tr4mp8ax", by: caller)
        await #expect(throws: FieldRefusal.self) { try await factors.remove(password: "tr4mp8ax", by: caller) }
        let again = try await fixture.signIn(email, "tr4mp8ax", code: try await fresh(totp, caller))
        #expect(again.secondFactor)
        try await fixture.identity.passwords.change(current: "tr4mp8ax", to: IdentityFixture.password, by: caller)
        try await factors.remove(password: IdentityFixture.password, by: caller)
        #expect(try await !fixture.signIn(email).secondFactor)
        await #expect(throws: IdentityRefusal.secondFactorMissing) {
            try await factors.remove(password: IdentityFixture.password, by: caller)
        }
    }

    @Test("Where the programme demands it of staff, staff without one do not get in, and patients do")
    func required() async throws {
        let strict = IdentityFixture { $0.requireSecondFactorForStaff = true }
        let email = try await strict.patient()
        _ = try await strict.signIn(email)
        let (staff, caller, totp, _) = try await enrolled()
        for address in [email, staff] {
            try await fixture.rewrite(
                """
                INSERT INTO consilium.account_role (account_id, role)
                SELECT id, 'coordinator' FROM consilium.account
                WHERE email_digest = \(fixture.vault.digest(address, for: .email))
                """)
        }
        await #expect(throws: IdentityRefusal.secondFactorRequired) { _ = try await strict.signIn(email) }
        _ = try await fixture.signIn(email)
        _ = try await strict.signIn(staff, code: try await fresh(totp, caller))
        await #expect(throws: IdentityRefusal.secondFactorRequired) {
            try await strict.identity.secondFactors.remove(password: IdentityFixture.password, by: caller)
        }
    }

    @Test("An operator's command makes an account that signs in with the factor it was given")
    func created() async throws {
        let creation = AccountCreation(vault: fixture.vault, settings: fixture.settings)
        let email = IdentityFixture.address()
        let new = NewAccount(
            email: email,
            particulars: Particulars(name: "Ida Stone", birthDate: try IdentityFixture.date("1980-05-06")),
            jurisdiction: try IdentityFixture.place("US-MA"), language: "en", timeZone: "America/New_York",
            roles: [.specialist, .coordinator])
        let hash = try await creation.hash(IdentityFixture.password, for: new)
        let codes = try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await creation.create(new, password: hash, in: tx)
            return try await creation.renewSecondFactor(of: new.id, email: email, in: tx).recovery.recoveryCodes
        }
        let session = try await fixture.signIn(email, code: codes[0])
        #expect(session.account == new.id)
        #expect(session.roles == [.coordinator, .specialist])
        await #expect(throws: IdentityRefusal.emailTaken) {
            try await fixture.owner.withTransaction(as: .nobody) { tx in
                var again = new
                again.id = .random()
                try await creation.create(again, password: hash, in: tx)
            }
        }
        await #expect(throws: FieldRefusal.self) { _ = try await creation.hash("Ida Stone consilium", for: new) }
    }
}
