import Clinic
import Postgres
import Vault

/// The rows that make a new account.
struct AccountRows: Sendable {
    let vault: Vault
    let id: AccountID

    func insert(
        _ address: EmailAddress, _ particulars: Particulars, _ jurisdiction: Jurisdiction, _ language: String,
        _ timeZone: String, confirmed: Bool, in tx: Transaction
    ) async throws {
        let key = try await vault.createPersonKey(id, in: tx)
        let email = try key.seal(Array(address.text.utf8), as: .accountEmail(id))
        let sealed = try key.seal(json: particulars, as: RowIdentity("account.particulars", id))
        let digest = vault.digest(address.text, for: .email)
        try await tx.execute(
            """
            INSERT INTO consilium.account
                (id, state, email_digest, email, particulars, jurisdiction, language, time_zone, confirmed_at)
            VALUES (\(id), \(confirmed ? "active" : "unconfirmed"), \(digest), \(email), \(sealed), \(jurisdiction),
                \(language), \(timeZone), CASE WHEN \(confirmed) THEN clock_timestamp() END)
            """)
    }

    func insert(role: Role, in tx: Transaction) async throws {
        try await tx.execute(
            """
            INSERT INTO consilium.account_role (account_id, role) VALUES (\(id), \(role)) ON CONFLICT DO NOTHING
            """)
    }

    func insert(_ password: PasswordHash, in tx: Transaction) async throws {
        try await tx.execute(
            "INSERT INTO consilium.password (account_id, hash) VALUES (\(id), \(password.text))")
    }

    /// The account that confirmed an address, or the latest claim to it.
    static func find(_ digest: [UInt8], in tx: Transaction) async throws -> (id: AccountID, isActive: Bool)? {
        let found = try await tx.first(
            "SELECT account_id, active FROM consilium.account_by_email(\(digest))")
        guard let found else { return nil }
        let (id, isActive) = try found.decode(AccountID.self, Bool.self)
        return (id, isActive)
    }

    static func activate(_ id: AccountID) -> SQL {
        """
        UPDATE consilium.account SET state = 'active', confirmed_at = clock_timestamp()
        WHERE id = \(id) AND state = 'unconfirmed'
        """
    }
}
