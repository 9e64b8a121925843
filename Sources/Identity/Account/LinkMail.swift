import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TypedText
import Vault

/// Mails with a link that proves that their reader owns the address.
struct LinkMail: Sendable {
    let vault: Vault
    let outbox: Outbox

    /// What a link does, and for how long.
    enum Purpose: String {
        case confirmEmail = "confirm_email"
        case resetPassword = "reset_password"
        case changeEmail = "change_email"
        case confirmDevice = "confirm_device"

        var lifetime: Duration {
            switch self {
            case .confirmEmail, .changeEmail: LinkLifetime.confirmation
            case .resetPassword: LinkLifetime.passwordReset
            case .confirmDevice: LinkLifetime.device
            }
        }

        var template: Notice.Template {
            switch self {
            case .confirmEmail: .confirmEmail
            case .resetPassword: .resetPassword
            case .changeEmail: .confirmNewEmail
            case .confirmDevice: .confirmDevice
            }
        }
    }

    /// Creates a link for the actor's account and has it mailed. The link of a change of address keeps the new address,
    /// sealed.
    func sendLink(
        _ purpose: Purpose, of account: AccountID, to address: EmailAddress, language: String,
        newEmail: [UInt8]? = nil, in tx: Transaction
    ) async throws {
        let token = Vault.newToken()
        try await tx.execute(Self.insert(Vault.digest(secret: token, for: .mailToken), account, purpose, newEmail))
        try await send(purpose.template, to: address, token: token, language: language, in: tx)
    }

    /// Has a mail sent to an address, with or without a secret for its link.
    func send(
        _ template: Notice.Template, to address: EmailAddress, token: String? = nil, language: String,
        in tx: Transaction
    ) async throws {
        try await outbox.mail(
            template, to: address.text, token: token, language: language, sealedBy: vault, in: tx)
    }

    /// The account whose live link this is.
    /// - Throws: `IdentityRefusal.linkInvalid`.
    func account(of token: String, _ purpose: Purpose, in database: Database) async throws -> AccountID {
        let digest = Vault.digest(secret: token, for: .mailToken)
        let id = try await database.withTransaction(as: .nobody) { tx in
            try await tx.last(Self.owner(digest, purpose)).first?.decode(AccountID?.self)
        }
        guard let id = id ?? nil else { throw IdentityRefusal.linkInvalid }
        return id
    }

    /// Whether this is a live link of the actor's.
    func isLive(_ token: String, _ purpose: Purpose, of account: AccountID, in tx: Transaction) async throws -> Bool {
        try await tx.first(Self.live(Vault.digest(secret: token, for: .mailToken), purpose, account)) != nil
    }

    /// Uses up the actor's link; false when somebody else was faster. No other link of that purpose works afterwards.
    func redeem(_ token: String, _ purpose: Purpose, of account: AccountID, in tx: Transaction) async throws -> Bool {
        guard try await tx.execute(Self.use(Vault.digest(secret: token, for: .mailToken), purpose, account)) == 1 else {
            return false
        }
        try await tx.execute(Self.useAll(purpose, account))
        return true
    }
}

extension LinkMail {
    private static func insert(
        _ digest: [UInt8], _ account: AccountID, _ purpose: Purpose, _ newEmail: [UInt8]?
    ) -> SQL {
        """
        INSERT INTO consilium.mail_token (digest, account_id, purpose, new_email, expires_at)
        VALUES (\(digest), \(account), \(purpose.rawValue), \(newEmail),
            clock_timestamp() + \(purpose.lifetime))
        """
    }

    private static func owner(_ digest: [UInt8], _ purpose: Purpose) -> SQL {
        "SELECT consilium.mail_token_account(\(digest), \(purpose.rawValue))"
    }

    private static func live(_ digest: [UInt8], _ purpose: Purpose, _ account: AccountID) -> SQL {
        """
        SELECT FROM consilium.mail_token
        WHERE digest = \(digest) AND account_id = \(account) AND purpose = \(purpose.rawValue) AND used_at IS NULL
            AND expires_at > clock_timestamp()
        """
    }

    private static func use(_ digest: [UInt8], _ purpose: Purpose, _ account: AccountID) -> SQL {
        """
        UPDATE consilium.mail_token SET used_at = clock_timestamp()
        WHERE digest = \(digest) AND account_id = \(account) AND purpose = \(purpose.rawValue) AND used_at IS NULL
            AND expires_at > clock_timestamp()
        """
    }

    private static func useAll(_ purpose: Purpose, _ account: AccountID) -> SQL {
        """
        UPDATE consilium.mail_token SET used_at = clock_timestamp()
        WHERE account_id = \(account) AND purpose = \(purpose.rawValue) AND used_at IS NULL
        """
    }
}
