package import Clinic
package import FoundationEssentials
import Postgres
import Vault

/// Address and password, and where the account has a second factor its code: six digits, or a recovery code.
package struct SignInRequest: Codable, Sendable {
    package var email: String
    package var password: String
    package var code: String?

    package init(email: String, password: String, code: String? = nil) {
        self.email = email
        self.password = password
        self.code = code
    }
}

/// A session that was just opened.
package struct SignedIn: Codable, Sendable {
    /// The bearer token; it is shown this once.
    package var token: String
    package var session: SessionID
    package var account: AccountID
    package var roles: [Role]
    package var secondFactor: Bool
    /// When it ends at the latest, however it is used.
    package var expiresAt: Date
    /// After how many seconds without a request it ends.
    package var idleSeconds: Int

    package init(
        token: String, session: SessionID, account: AccountID, roles: [Role], secondFactor: Bool, expiresAt: Date,
        idleSeconds: Int
    ) {
        self.token = token
        self.session = session
        self.account = account
        self.roles = roles
        self.secondFactor = secondFactor
        self.expiresAt = expiresAt
        self.idleSeconds = idleSeconds
    }
}

/// Signing in.
package struct SignIn: Sendable {
    private let parts: IdentityParts

    init(_ parts: IdentityParts) { self.parts = parts }

    /// Opens a session.
    ///
    /// An address without an account, a wrong password and an address that was not confirmed are refused alike and
    /// after a like time; whoever knows the password of an unconfirmed account gets the mail again.
    /// - Parameter clientAddress: the client's IP address.
    /// - Throws: `FieldRefusal` for what is no address, and `IdentityRefusal`: `.wrongCredentials`, `.codeNeeded`,
    ///   `.wrongCode`, `.secondFactorRequired`, `.throttled`, `.busy`.
    package func signIn(_ request: SignInRequest, from clientAddress: String) async throws -> SignedIn {
        let address = try EmailAddress(request.email)
        let network = ClientNetwork(address: clientAddress)
        try await parts.throttle.attempt(address, network: network)
        let account = try await find(address)
        let verdict = try await parts.hasher.compare(request.password, with: account?.password)
        guard let account, case .right(let rehash) = verdict else { throw IdentityRefusal.wrongCredentials }
        guard account.isActive else {
            try await remind(account)
            throw IdentityRefusal.wrongCredentials
        }
        if account.hasSecondFactor, request.code == nil {
            // No guess of a network that many share; the address stays counted until the code was right, too.
            try await parts.throttle.forgive(nil, network: network)
            throw IdentityRefusal.codeNeeded
        }
        if !account.hasSecondFactor, parts.settings.requireSecondFactorForStaff, IsStaff().allows(account.roles) {
            throw IdentityRefusal.secondFactorRequired
        }
        let better = rehash ? try await parts.hasher.hash(request.password.compatibilityComposed) : nil
        return try await parts.database.withTransaction(as: Actor(account.id.rawValue)) { tx in
            // The password may have been changed while it was compared.
            guard let now = try await OwnAccount.read(account.id, with: parts.vault, in: tx),
                now.password == account.password, now.hasSecondFactor == account.hasSecondFactor
            else { throw IdentityRefusal.wrongCredentials }
            if let code = request.code, account.hasSecondFactor {
                try await SecondFactors(parts).spend(code, of: account.id, in: tx)
            }
            if let better { try await tx.execute(Self.rehash(better, account.id)) }
            try await parts.throttle.forgive(address, network: network, in: tx)
            return try await Sessions(parts).open(for: now, in: tx)
        }
    }

    /// The account behind an address. Where there is none, as much is asked of the database.
    private func find(_ address: EmailAddress) async throws -> OwnAccount? {
        let found = try await parts.database.withTransaction(as: .nobody) { tx in
            try await AccountRows.find(parts.digest(of: address), in: tx)?.id
        }
        let id = found ?? .random()
        return try await parts.database.withTransaction(as: Actor(id.rawValue)) { tx in
            try await OwnAccount.read(id, with: parts.vault, in: tx)
        }
    }

    private func remind(_ account: OwnAccount) async throws {
        try await parts.database.withTransaction(as: Actor(account.id.rawValue)) { tx in
            guard try await parts.mail.mayWrite(to: account.email, in: tx) else { return }
            try await parts.mail.sendLink(
                .confirmEmail, of: account.id, to: account.email, language: account.language, in: tx)
        }
    }

    private static func rehash(_ hash: PasswordHash, _ id: AccountID) -> SQL {
        "UPDATE consilium.password SET hash = \(hash.text) WHERE account_id = \(id)"
    }
}
