import Clinic
import Postgres
import TypedText
import Vault

/// An account as its own actor sees it, opened.
struct OwnAccount: Sendable {
    let id: AccountID
    let isActive: Bool
    let email: EmailAddress
    let particulars: Particulars
    let jurisdiction: Jurisdiction
    let language: String
    let timeZone: String
    let version: Int
    let roles: Set<Role>
    let password: PasswordHash?
    let hasSecondFactor: Bool

    var passwordContext: PasswordContext { PasswordContext(name: particulars.name, email: email) }

    /// Reads the actor's account; nil when it is somebody else's or gone.
    static func read(_ id: AccountID, with vault: Vault, in tx: Transaction) async throws -> OwnAccount? {
        guard let row = try await tx.first(select(id)) else { return nil }
        let key = try await vault.personKey(id, in: tx)
        let email = try key.openText(row.decode("email"), as: .accountEmail(id))
        guard let particulars = try await ParticularRows.read([id: key], in: tx)[id], let name = particulars.name,
            let birth = particulars.birth
        else { return nil }
        return OwnAccount(
            id: id, isActive: try row.decode("state", as: String.self) == "active", email: try EmailAddress(email),
            particulars: Particulars(
                name: name, birthDate: birth.date, sex: birth.sex, phone: particulars.contact?.phone,
                address: particulars.contact?.address),
            jurisdiction: try row.decode("jurisdiction"), language: try row.decode("language"),
            timeZone: try row.decode("time_zone"), version: try row.decode("version"),
            roles: Set(try row.decode("roles", as: [String].self).compactMap(Role.init)),
            password: try row.decode("hash", as: String?.self).flatMap(PasswordHash.init),
            hasSecondFactor: try row.decode("has_second_factor"))
    }

    /// Locks the account of a caller who has just proved their password, and reads it again: it may have changed, or
    /// the session may have ended, while the password was hashed.
    /// - Throws: `ProofNeeded`, `IdentityRefusal.wrongPassword`.
    func hold(for caller: Caller, with vault: Vault, in tx: Transaction) async throws {
        try await caller.hold(in: tx)
        guard try await Self.read(id, with: vault, in: tx)?.password == password else {
            throw IdentityRefusal.wrongPassword
        }
    }

    /// Locks an account to the end of the transaction.
    static func lock(_ id: AccountID) -> SQL {
        "SELECT FROM consilium.account WHERE id = \(id) FOR NO KEY UPDATE"
    }

    /// The account's row with its roles, password and second factor.
    private static func select(_ id: AccountID) -> SQL {
        """
        SELECT a.state, a.email, a.jurisdiction, a.language, a.time_zone, a.version,
            ARRAY(SELECT r.role::text FROM consilium.account_role r WHERE r.account_id = a.id) AS roles,
            (SELECT p.hash FROM consilium.password p WHERE p.account_id = a.id) AS hash,
            EXISTS (SELECT FROM consilium.second_factor f WHERE f.account_id = a.id AND f.confirmed_at IS NOT NULL)
                AS has_second_factor
        FROM consilium.account a WHERE a.id = \(id)
        """
    }
}
