import Clinic
import FoundationEssentials
import Outbox
import Postgres
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Identity

/// The service over the suite's database, with a cheap scrypt, and a look into what it would mail.
struct IdentityFixture: Sendable {
    let vault: Vault
    let settings: IdentitySettings
    let identity: IdentityService
    var app: Database { TestDatabase.current.app }
    var owner: Database { TestDatabase.current.owner }

    static let keyring = Keyring.generate()
    static let password = "violet harbour candle"
    static let client = "203.0.113.7"
    static let device = "Testing/1.0"

    /// - Parameter keyring: of a process that has another one than the others.
    init(keyring: Keyring = IdentityFixture.keyring, _ change: (inout IdentitySettings) -> Void = { _ in }) {
        vault = Vault(keyring)
        var settings = IdentitySettings(
            blocklist: PasswordBlocklist(["correct horse battery staple", "password12345678"]),
            scrypt: ScryptCost(checking: 4, 1, 1) ?? .standard, requireSecondFactorForStaff: false)
        change(&settings)
        self.settings = settings
        identity = IdentityService(
            database: TestDatabase.current.app, vault: vault, outbox: Outbox(), settings: settings)
    }

    static func request(_ email: String) throws -> SignUpRequest {
        SignUpRequest(
            email: email, name: "Maria Lopez", birthDate: try date("1961-04-02"),
            phone: "+1 216 555 0100", address: "1 Lake Street", jurisdiction: try place("US-OH"), language: "en",
            timeZone: "America/New_York")
    }

    static func date(_ text: String) throws -> CivilDate { try #require(CivilDate(rawValue: text)) }
    static func place(_ text: String) throws -> Jurisdiction { try #require(Jurisdiction(rawValue: text)) }

    /// A fresh address, so that tests of one suite stay apart.
    static func address() -> String { "p\(UUID().uuidString.prefix(13).lowercased())@example.org" }

    /// An account that was signed up and confirmed.
    func patient(_ email: String = IdentityFixture.address(), password: String = IdentityFixture.password) async throws
        -> String
    {
        try await identity.signUp.open(Self.request(email), from: Self.client)
        try await confirm(#require(try await token(to: email, .confirmEmail)), password: password)
        return email
    }

    /// Follows a confirmation's link.
    func confirm(_ token: String, password: String = IdentityFixture.password) async throws {
        try await identity.signUp.confirm(token: token, password: password, from: Self.client)
    }

    func signIn(
        _ email: String, _ password: String = IdentityFixture.password, code: String? = nil, device: String? = nil,
        link: String? = nil, from client: String = IdentityFixture.client
    ) async throws -> SignedIn {
        try await identity.signIn.signIn(
            SignInRequest(email: email, password: password, code: code, device: device, link: link),
            from: RequestSource(address: client, device: Self.device))
    }

    /// A confirmed patient and their session.
    func caller(_ email: String = IdentityFixture.address()) async throws -> Caller {
        let token = try await signIn(patient(email)).token
        return try #require(try await identity.sessions.authenticate(token))
    }

    /// For how long at least `work` would have hidden which way it went, each time that it does, from its beginning on.
    static func paddings(of work: () async throws -> Void) async throws -> [Duration] {
        let ends = Mutex<[ContinuousClock.Instant]>([])
        let began = ContinuousClock.now
        try await TimingPadding.$sleep.withValue({ end in ends.withLock { $0.append(end) } }) { try await work() }
        return ends.withLock { $0.map { $0 - began } }
    }

    /// Works as the caller, as the gateway does.
    func work<Value: Sendable>(
        as caller: Caller, _ body: (Transaction) async throws -> Value
    ) async throws -> Value {
        try await app.withTransaction(as: caller.actor) { tx in try await body(tx) }
    }

    /// What would be mailed to an address, in order.
    func mails(to address: String) async throws -> [(template: Notice.Template, token: String?)] {
        let notices = try await owner.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT payload FROM consilium.job WHERE kind = 'notice' ORDER BY id")
                .map { try $0.decode(JSONColumn<Notice>.self).value }
        }
        return try notices.compactMap { notice in
            guard case .envelope(let sealed) = notice.recipient else { return nil }
            let envelope = try vault.openEnvelope(sealed, for: notice.id)
            return envelope.address == address ? (notice.template, envelope.token) : nil
        }
    }

    /// The secret of the latest such mail.
    func token(to address: String, _ template: Notice.Template) async throws -> String? {
        try await mails(to: address).last { $0.template == template }?.token
    }

    /// What an account was told at its confirmed address, in order.
    func told(_ account: AccountID) async throws -> [Notice.Template] {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT payload FROM consilium.job WHERE kind = 'notice' ORDER BY id")
                .map { try $0.decode(JSONColumn<Notice>.self).value }
        }.filter { $0.recipient == .account(account) }.map(\.template)
    }

    /// Changes rows past the service: this is how tests move the clock.
    func rewrite(_ sql: SQL) async throws {
        let changed = try await owner.withTransaction(as: .nobody) { tx in try await tx.execute(sql) }
        #expect(changed > 0, "nothing was there to change")
    }

    func count(_ sql: SQL) async throws -> Int {
        try await owner.withTransaction(as: .nobody) { tx in
            Int(try await tx.first(sql)?.decode(Int64.self) ?? 0)
        }
    }

    /// What makes the codes of a second factor that waits for its first one.
    func totp(of caller: Caller) async throws -> TOTP {
        let secret = try await work(as: caller) { tx in
            let row = try await tx.first(
                "SELECT next_secret FROM consilium.second_factor WHERE account_id = \(caller.account)")
            return try await vault.personKey(caller.account, in: tx)
                .open(#require(row).decode([UInt8].self), as: SecondFactors.next(caller.account))
        }
        return TOTP(secret: secret)
    }

    /// The step that it is by the database's clock.
    func now(in tx: Transaction) async throws -> Int64 {
        try #require(try await tx.first("SELECT floor(extract(epoch FROM clock_timestamp()) / 30)::bigint"))
            .decode(Int64.self)
    }
}
