import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("Strangers' guesses", .database, .timeLimit(.minutes(5)))
struct KnownDeviceTests {
    let fixture = IdentityFixture()
    private let wrong = "not the password"

    private func everywhere(_ email: String) -> [UInt8] { fixture.vault.digest("address \(email)", for: .throttle) }

    /// As if the address had been guessed at as often as is borne.
    private func guessed(at email: String) async throws {
        _ = try? await fixture.signIn(email, wrong, from: "192.0.2.1")
        try await fixture.rewrite(
            "UPDATE consilium.sign_in_throttle SET failures = 100 WHERE subject = \(everywhere(email))")
    }

    /// Wrong passwords side by side.
    private func guess(_ count: Int, at email: String, device: String? = nil, from client: String) async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask { _ = try? await fixture.signIn(email, wrong, device: device, from: client) }
            }
        }
    }

    private func refusal(_ work: () async throws -> SignedIn) async -> IdentityRefusal? {
        do {
            _ = try await work()
            return nil
        } catch { return error as? IdentityRefusal }
    }

    @Test("from other networks keep nobody from signing in, nor from being told how")
    func lockNobodyOut() async throws {
        let email = try await fixture.patient()
        for network in 0..<15 { await guess(6, at: email, from: "192.0.2.\(network)") }
        let pair = fixture.vault.digest("pair \(email) 192.0.2.1", for: .throttle)
        let waiting = try await fixture.count(
            """
            SELECT count(*) FROM consilium.sign_in_throttle
            WHERE subject = \(pair) AND blocked_until > last_failure_at
            """)
        #expect(waiting == 1, "control: each of them must wait")
        _ = try await fixture.signIn(email)
    }

    @Test("beyond a hundred ask an unknown device for a mailed link, whatever its password is; a known one goes on")
    func guard100() async throws {
        let email = try await fixture.patient()
        let device = try await fixture.signIn(email).device
        try await guessed(at: email)
        let unknown = await refusal { try await fixture.signIn(email, wrong, from: "198.51.100.7") }
        #expect(unknown == .deviceUnknown)
        #expect(try await fixture.mails(to: email).map(\.template) == [.confirmEmail], "a wrong password mails nothing")
        let right = await refusal { try await fixture.signIn(email, from: "198.51.100.7") }
        #expect(right == .deviceUnknown, "whether the password was right is not said")
        let link = try #require(try await fixture.token(to: email, .confirmDevice))
        let guess = await refusal { try await fixture.signIn(email, wrong, link: link, from: "198.51.100.7") }
        #expect(guess == .deviceUnknown)
        let proved = try await fixture.signIn(email, link: link, from: "198.51.100.7")
        let again = await refusal { try await fixture.signIn(email, link: link, from: "198.51.100.8") }
        #expect(again == .deviceUnknown, "a link works once")
        for token in [device, proved.device] {
            #expect(try await fixture.signIn(email, device: token, from: "192.0.2.1").device == token)
        }
    }

    @Test("at an address without an account are answered alike")
    func hidesAccounts() async throws {
        let nobody = IdentityFixture.address()
        try await guessed(at: nobody)
        #expect(await refusal { try await fixture.signIn(nobody) } == .deviceUnknown)
        #expect(try await fixture.mails(to: nobody).isEmpty)
        let email = try await fixture.patient()
        try await guessed(at: email)
        for address in [nobody, email] {
            let paddings = try await IdentityFixture.paddings {
                _ = await refusal { try await fixture.signIn(address) }
            }
            #expect(paddings.count == 1 && paddings.allSatisfy { $0 >= .milliseconds(120) }, "\(paddings)")
        }
    }

    @Test("are outweighed by a code of the second factor, until too many codes were wrong as well")
    func codes() async throws {
        let email = IdentityFixture.address()
        let caller = try await fixture.caller(email)
        let spare = try await secondFactor(of: caller)
        try await guessed(at: email)
        #expect(await refusal { try await fixture.signIn(email) } == .deviceUnknown)
        #expect(await refusal { try await fixture.signIn(email, code: "000000") } == .deviceUnknown)
        _ = try await fixture.signIn(email, code: spare[0])
        let codes = fixture.vault.digest("codes \(email)", for: .throttle)
        try await fixture.rewrite("UPDATE consilium.sign_in_throttle SET failures = 100 WHERE subject = \(codes)")
        #expect(await refusal { try await fixture.signIn(email, code: spare[1]) } == .deviceUnknown)
        let link = try #require(try await fixture.token(to: email, .confirmDevice))
        _ = try await fixture.signIn(email, code: spare[1], link: link)
    }

    @Test("with a device's token are few: after twenty in a row it is as unknown as any other")
    func devicesAreBounded() async throws {
        let email = try await fixture.patient()
        let device = try await fixture.signIn(email).device
        await guess(19, at: email, device: device, from: IdentityFixture.client)
        #expect(try await fixture.signIn(email, device: device).device == device)
        await guess(20, at: email, device: device, from: IdentityFixture.client)
        try await guessed(at: email)
        #expect(await refusal { try await fixture.signIn(email, device: device) } == .deviceUnknown)
    }

    @Test("gain nothing by a token of another account, or of one that was away too long")
    func devicesAreTheAccounts() async throws {
        let (email, stranger) = (try await fixture.patient(), try await fixture.patient())
        let (mine, theirs) = (try await fixture.signIn(email), try await fixture.signIn(stranger))
        try await guessed(at: email)
        #expect(await refusal { try await fixture.signIn(email, device: theirs.device) } == .deviceUnknown)
        try await fixture.rewrite(
            "UPDATE consilium.known_device SET expires_at = clock_timestamp() WHERE account_id = \(mine.account)")
        #expect(await refusal { try await fixture.signIn(email, device: mine.device) } == .deviceUnknown)
    }

    @Test("An account knows twenty devices and has twenty sessions; the oldest make room")
    func bounds() async throws {
        let email = try await fixture.patient()
        let first = try await fixture.signIn(email)
        for _ in 0..<20 { _ = try await fixture.signIn(email) }
        let devices = try await fixture.count(
            "SELECT count(*) FROM consilium.known_device WHERE account_id = \(first.account)")
        let sessions = try await fixture.count(
            "SELECT count(*) FROM consilium.session WHERE account_id = \(first.account) AND ended_at IS NULL")
        #expect(devices == 20 && sessions == 20)
        #expect(try await fixture.identity.sessions.authenticate(first.token) == nil)
    }

    @Test("Nobody spends another purpose's mails, nor one network another's")
    func budgets() async throws {
        let email = try await fixture.patient()
        for _ in 0..<5 { try await fixture.identity.signUp.open(IdentityFixture.request(email), from: "192.0.2.1") }
        for _ in 0..<5 { try await fixture.identity.passwords.requestReset(email: email, from: "192.0.2.1") }
        #expect(try await fixture.mails(to: email).count { $0.template == .accountExists } == 3)
        #expect(try await fixture.mails(to: email).count { $0.template == .resetPassword } == 3)
        try await fixture.identity.passwords.requestReset(email: email, from: IdentityFixture.client)
        #expect(try await fixture.mails(to: email).count { $0.template == .resetPassword } == 4)
    }

    /// Turns a second factor on, and returns its recovery codes.
    private func secondFactor(of caller: Caller) async throws -> [String] {
        let factors = fixture.identity.secondFactors
        return try await fixture.work(as: caller) { tx in
            _ = try await factors.enrol(by: caller, in: tx)
            let row = try await tx.first(
                """
                SELECT next_secret, floor(extract(epoch FROM clock_timestamp()) / 30)::bigint
                FROM consilium.second_factor WHERE account_id = \(caller.account)
                """)
            let (sealed, step) = try #require(row).decode([UInt8].self, Int64.self)
            let secret = try await fixture.vault.personKey(caller.account, in: tx)
                .open(sealed, as: SecondFactors.next(caller.account))
            let code = TOTP(secret: secret).code(at: step)
            return try await factors.confirm(code: code, by: caller, in: tx).recoveryCodes
        }
    }
}
