package import Clinic
package import FoundationEssentials
import Outbox
import Postgres
import TypedText
import Vault

/// Address and password, and where the account has a second factor its code: six digits, or a recovery code.
package struct SignInRequest: Codable, Sendable {
    package var email: String
    package var password: String
    package var code: String?
    /// The token that this device got at the last sign-in.
    package var device: String?
    /// The secret of the mail that confirms a new device.
    package var link: String?

    package static let example = SignInRequest(
        email: ExampleValues.email, password: "violet harbour candle", code: "287082", device: SignedIn.example.device,
        link: "mN3kq0u5Y7xTQ2b8ZrVw1LdJ4sHcF6gPaEoXiB9nKtU")
}

/// A session that was just opened.
package struct SignedIn: Codable, Sendable {
    /// The bearer token; it is shown only once.
    package var token: String
    package var session: SessionID
    package var account: AccountID
    package var roles: [Role]
    package var secondFactor: Bool
    /// When it ends at the latest.
    package var expiresAt: Date
    /// It ends after so many seconds without a request.
    package var idleSeconds: Int
    /// What this device sends at the next sign-in, so that other people's guesses do not delay it.
    package var device: String

    package static let example = SignedIn(
        token: "wq8Jz1Rk5TnYb3XvLc7Hd0Gs2Pf6MaEu9QiOxKtBjZ4", session: ExampleValues.id(1),
        account: ExampleValues.patient, roles: [.patient], secondFactor: true, expiresAt: ExampleValues.later,
        idleSeconds: 43_200, device: "Yt4nQ8sVb2XkLw6Rj0Gc9Hf3Mz7Pd1UaEe5TiOoCxNs")
}

/// Signs people in.
package struct SignIn: Sendable {
    private let dependencies: IdentityDependencies

    init(_ dependencies: IdentityDependencies) { self.dependencies = dependencies }

    /// Opens a session.
    ///
    /// An address without an account, a wrong password and an unconfirmed address get the same refusal after the same
    /// time. If too many sign-ins with an address failed over all networks, an unknown device is refused as unknown,
    /// whatever the password is; if it was right, the account's address gets a mail with a link that confirms the
    /// device. A code of the second factor does as well.
    ///
    /// Attempts and their sources are in the account's audit log, except those that the throttle refuses.
    /// - Throws: `FieldRefusal` for an invalid address, and `IdentityRefusal`: `.wrongCredentials`, `.codeNeeded`,
    ///   `.wrongCode`, `.deviceUnknown`, `.secondFactorRequired`, `.throttled`, `.busy`.
    package func signIn(_ request: SignInRequest, from source: RequestSource) async throws -> SignedIn {
        let address = try EmailAddress(request.email)
        let network = ClientNetwork(address: source.address)
        let attempt = try await dependencies.throttle.attempt(address, from: network, on: request.device)
        let account = try await find(address)
        let verdict = try await dependencies.hasher.compare(
            request.password, with: account?.password, for: attempt.requester)
        return try await TimingPadding.refuse(.milliseconds(120)) {
            do {
                return try await judge(request, attempt, account, verdict, source)
            } catch let refusal as IdentityRefusal {
                if let account, account.isActive, let word = refusal.signInState {
                    try await record(word, at: account.id, from: source)
                }
                throw refusal
            }
        }
    }

    private func judge(
        _ request: SignInRequest, _ attempt: SignInThrottle.Attempt, _ account: OwnAccount?,
        _ verdict: PasswordHasher.Verdict, _ source: RequestSource
    ) async throws -> SignedIn {
        let wrong = attempt.isGuarded ? IdentityRefusal.deviceUnknown : .wrongCredentials
        guard let account, account.isActive, case .right(let rehash) = verdict else { throw wrong }
        let link = try await proof(request, attempt, account)
        if account.hasSecondFactor, request.code == nil {
            try await dependencies.throttle.ease(attempt)
            throw IdentityRefusal.codeNeeded
        }
        if !account.hasSecondFactor, dependencies.settings.requireSecondFactorForStaff, IsStaff().allows(account.roles)
        {
            throw IdentityRefusal.secondFactorRequired
        }
        let better =
            rehash
            ? try await dependencies.hasher.hash(request.password.compatibilityComposed, for: attempt.requester) : nil
        do {
            return try await open(request, attempt, account, link, better, source)
        } catch IdentityRefusal.wrongCode where attempt.isGuarded && link == nil {
            // The reply does not tell that the password was right.
            throw IdentityRefusal.deviceUnknown
        }
    }

    /// The mailed link that this attempt needs besides its password; nil when it needs none.
    /// - Throws: `IdentityRefusal.deviceUnknown` when it is missing; then it is mailed to the account's address.
    private func proof(
        _ request: SignInRequest, _ attempt: SignInThrottle.Attempt, _ account: OwnAccount
    ) async throws -> String? {
        var isNeeded = attempt.isGuarded
        if account.hasSecondFactor, request.code != nil, attempt.device == nil {
            isNeeded = try await dependencies.throttle.attemptCode(at: attempt.address)
        }
        guard isNeeded else { return nil }
        let link: String? = try await dependencies.database.withTransaction(as: Actor(account.id.rawValue)) { tx in
            if let link = request.link,
                try await dependencies.mail.isLive(link, .confirmDevice, of: account.id, in: tx)
            {
                return link
            }
            if try await dependencies.mailBudget.mayWrite(
                to: account.email.text, for: .device, by: attempt.requester, in: tx)
            {
                try await dependencies.mail.sendLink(
                    .confirmDevice, of: account.id, to: account.email, language: account.language, in: tx)
            }
            return nil
        }
        guard let link else { throw IdentityRefusal.deviceUnknown }
        return link
    }

    private func open(
        _ request: SignInRequest, _ attempt: SignInThrottle.Attempt, _ account: OwnAccount, _ link: String?,
        _ better: PasswordHash?, _ source: RequestSource
    ) async throws -> SignedIn {
        try await dependencies.database.withTransaction(as: actor(account.id, at: source)) { tx in
            // The lock of the account's row guards the counts of its sessions and devices.
            try await tx.execute(OwnAccount.lock(account.id))
            // The password may have been changed while it was compared.
            guard let now = try await OwnAccount.read(account.id, with: dependencies.vault, in: tx),
                now.password == account.password, now.hasSecondFactor == account.hasSecondFactor
            else { throw IdentityRefusal.wrongCredentials }
            if let code = request.code, account.hasSecondFactor {
                try await SecondFactors(dependencies).spend(code, of: account.id, in: tx)
            }
            if let link, try await !dependencies.mail.redeem(link, .confirmDevice, of: account.id, in: tx) {
                throw IdentityRefusal.deviceUnknown
            }
            if let better { try await tx.execute(Self.rehash(better, account.id)) }
            try await dependencies.throttle.forgive(attempt, in: tx)
            let device = try await KnownDevices()
                .keep(attempt.device, shown: request.device, of: account.id, in: tx)
            let opened = try await Sessions(dependencies).open(for: now, on: device, in: tx)
            _ = try await dependencies.sources.keep(source, of: account.id, in: tx)
            try await tx.execute(Self.insert(opened.session.rawValue, account.id, "opened"))
            return opened
        }
    }

    /// Writes an audit entry for a refused sign-in. It has no actor: who tried is not proved.
    private func record(_ state: String, at account: AccountID, from source: RequestSource) async throws {
        try await dependencies.database.withTransaction(as: actor(account, at: source)) { tx in
            _ = try await dependencies.sources.keep(source, of: account, isRefused: true, in: tx)
            try await tx.execute(Self.insert(SessionID.random().rawValue, account, state))
            // The entry is written at the commit.
            _ = try await tx.query("SELECT set_config('consilium.actor', '', true)")
        }
    }

    private func actor(_ account: AccountID, at source: RequestSource) -> Actor {
        Actor(account.rawValue, source: dependencies.sources.id(of: source, for: account).rawValue)
    }

    /// The account of an address. Where there is none, the same statements are run.
    private func find(_ address: EmailAddress) async throws -> OwnAccount? {
        let found = try await dependencies.database.withTransaction(as: .nobody) { tx in
            try await AccountRows.find(dependencies.digests(of: address), in: tx)?.id
        }
        let id = found ?? .random()
        return try await dependencies.database.withTransaction(as: Actor(id.rawValue)) { tx in
            try await OwnAccount.read(id, with: dependencies.vault, in: tx)
        }
    }

    private static func insert(_ id: UUID, _ account: AccountID, _ state: String) -> SQL {
        "INSERT INTO consilium.sign_in (id, account_id, state) VALUES (\(id), \(account), \(state))"
    }

    private static func rehash(_ hash: PasswordHash, _ id: AccountID) -> SQL {
        "UPDATE consilium.password SET hash = \(hash.text) WHERE account_id = \(id)"
    }
}

extension IdentityRefusal {
    /// The `sign_in.state` of a refused sign-in; nil where no password was checked.
    fileprivate var signInState: String? {
        switch self {
        case .wrongCredentials: "wrong_credentials"
        case .codeNeeded: "code_needed"
        case .wrongCode: "wrong_code"
        case .deviceUnknown: "device_unknown"
        case .secondFactorRequired: "second_factor_required"
        default: nil
        }
    }
}

extension SignInRequest: Ruled {
    package static let rules: [String: FieldRule] = [
        "email": .text(EmailAddress.rule), "password": .text(.anything()), "code": .text(SecondFactors.codeRule),
        "device": .text(.secret), "link": .text(.secret),
    ]
}
