import Clinic
import Outbox
import Postgres
import TypedText
import Vault

/// What the components of ``IdentityService`` share.
struct IdentityDependencies: Sendable {
    let database: Database
    let vault: Vault
    let outbox: Outbox
    let settings: IdentitySettings
    let hasher: PasswordHasher
    let throttle: SignInThrottle
    let sources: RequestSources

    init(database: Database, vault: Vault, outbox: Outbox, settings: IdentitySettings) {
        self.database = database
        self.vault = vault
        self.outbox = outbox
        self.settings = settings
        hasher = PasswordHasher(settings)
        throttle = SignInThrottle(database: database, vault: vault)
        sources = RequestSources(database: database, vault: vault)
    }

    var rules: PasswordRules { PasswordRules(blocklist: settings.blocklist) }
    var mail: LinkMail { LinkMail(vault: vault, outbox: outbox) }
    var mailBudget: MailBudget { MailBudget(vault: vault) }

    /// The digests by which an address is looked up.
    func digests(of address: EmailAddress) -> [[UInt8]] { vault.digests(address.text, for: .email) }
}
