package import Clinic
import FoundationEssentials
package import Postgres
import TypedText
package import Vault

/// An account that an operator creates: confirmed at once, with any roles.
package struct NewAccount: Sendable {
    package var id: AccountID
    package var email: String
    package var particulars: Particulars
    package var jurisdiction: Jurisdiction
    /// BCP 47, as `en`.
    package var language: String
    /// An IANA zone.
    package var timeZone: String
    package var roles: Set<Role>

    package init(
        id: AccountID = .random(), email: String, particulars: Particulars, jurisdiction: Jurisdiction,
        language: String, timeZone: String, roles: Set<Role>
    ) {
        self.id = id
        self.email = email
        self.particulars = particulars
        self.jurisdiction = jurisdiction
        self.language = language
        self.timeZone = timeZone
        self.roles = roles
    }
}

/// Creates accounts without a mail, for the operator's command and the demo. Works as `consilium_owner`.
package struct AccountCreation: Sendable {
    private let vault: Vault
    package let settings: IdentitySettings
    private let hasher: PasswordHasher

    package init(vault: Vault, settings: IdentitySettings) {
        self.vault = vault
        self.settings = settings
        hasher = PasswordHasher(settings)
    }

    /// Checks a password against the rules and hashes it; the hash may serve several accounts of a demo.
    /// - Throws: `FieldRefusal`, `IdentityRefusal.busy`.
    package func hash(_ password: String, for account: NewAccount) async throws -> PasswordHash {
        let context = PasswordContext(name: account.particulars.name, email: try EmailAddress(account.email))
        return try await hasher.hash(
            PasswordRules(blocklist: settings.blocklist).check(password, context: context, besideSecondFactor: false),
            for: .programme)
    }

    /// Creates the account.
    /// - Throws: `FieldRefusal`, `IdentityRefusal.emailTaken`.
    package func create(_ account: NewAccount, password: PasswordHash, in tx: Transaction) async throws {
        let address = try EmailAddress(account.email)
        var account = account
        account.particulars.name = account.particulars.name.asName
        account.language = try LanguageTag(account.language, at: "/language").text
        try AccountFields.check(account.particulars)
        try await AccountFields.check(
            birthDate: account.particulars.birth.date, timeZone: account.timeZone, in: tx)
        let rows = AccountRows(vault: vault, id: account.id)
        guard try await rows.claim(address, in: tx) == nil else { throw IdentityRefusal.emailTaken }
        try await rows.insert(
            address, account.particulars, account.jurisdiction, account.language, account.timeZone, confirmed: true,
            in: tx)
        for role in account.roles.sorted(by: { $0.rawValue < $1.rawValue }) {
            try await rows.insert(role: role, in: tx)
        }
        try await rows.insert(password, in: tx)
    }

    /// The confirmed account of an address; nil when there is none.
    package func find(email: String, in tx: Transaction) async throws -> AccountID? {
        let digests = vault.digests(try EmailAddress(email).text, for: .email)
        let found = try await AccountRows.find(digests, in: tx)
        return found.flatMap { $0.isActive ? $0.id : nil }
    }

    /// Gives an account a second factor that is on at once and replaces any other: for staff who may sign in only with
    /// one, and for people who lost both their telephone and their recovery codes. What is returned is handed over in
    /// person.
    package func renewSecondFactor(
        of account: AccountID, email: String, in tx: Transaction
    ) async throws -> (secret: SecondFactorSecret, recovery: RecoveryCodeList) {
        let secret = TOTP.newSecret()
        let sealed = try await vault.personKey(account, in: tx)
            .seal(secret, as: SecondFactors.current(account))
        try await tx.execute(Self.replaceFactor(sealed, of: account))
        let codes = try await RecoveryCodes().renew(of: account, in: tx)
        return (
            SecondFactorSecret(secret, of: try EmailAddress(email).text, issuer: settings.issuer),
            RecoveryCodeList(recoveryCodes: codes)
        )
    }

    private static func replaceFactor(_ secret: [UInt8], of account: AccountID) -> SQL {
        """
        INSERT INTO consilium.second_factor (account_id, secret, confirmed_at)
        VALUES (\(account), \(secret), clock_timestamp())
        ON CONFLICT (account_id) DO UPDATE
        SET secret = excluded.secret, next_secret = NULL, confirmed_at = excluded.confirmed_at, last_step = 0
        """
    }
}
