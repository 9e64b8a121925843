import Clinic
import Postgres
import TypedText
import Vault

/// The rows of an account.
struct AccountRows: Sendable {
    let vault: Vault
    let id: AccountID

    func insert(
        _ address: EmailAddress, _ particulars: Particulars, _ jurisdiction: Jurisdiction, _ language: String,
        _ timeZone: String, confirmed: Bool, in tx: Transaction
    ) async throws {
        let key = try await vault.createPersonKey(id, in: tx)
        let email = try key.seal(text: address.text, as: .accountEmail(id))
        let digest = vault.digest(address.text, for: .email)
        try await tx.execute(
            """
            INSERT INTO consilium.account
                (id, state, email_digest, email_key, email, jurisdiction, language, time_zone, confirmed_at)
            VALUES (\(id), \(confirmed ? "active" : "unconfirmed"), \(digest), \(vault.lookup.name), \(email),
                \(jurisdiction), \(language), \(timeZone), CASE WHEN \(confirmed) THEN clock_timestamp() END)
            """)
        try await ParticularRows(id, key).write(particulars, in: tx)
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

    /// The account that confirmed an address, or else the latest that claimed it.
    /// - Parameter digests: of the address, by every look-up key.
    static func find(_ digests: [[UInt8]], in tx: Transaction) async throws -> (id: AccountID, isActive: Bool)? {
        let found = try await tx.first(
            "SELECT account_id, active FROM consilium.account_by_email(\(digests))")
        guard let found else { return nil }
        let (id, isActive) = try found.decode(AccountID.self, Bool.self)
        return (id, isActive)
    }

    /// Keeps everybody else from taking an address until the transaction ends, whichever look-up key they use. Whoever
    /// confirms an address calls this first.
    /// - Returns: the account that has confirmed it.
    func claim(_ address: EmailAddress, in tx: Transaction) async throws -> AccountID? {
        let digests = vault.digests(address.text, for: .email)
        return try await tx.first("SELECT consilium.claim_address(\(digests))")?.decode(AccountID?.self) ?? nil
    }

    /// Activates the account, after ``claim(_:in:)``; false when it is not unconfirmed any more.
    func activate(_ address: EmailAddress, in tx: Transaction) async throws -> Bool {
        let digest = vault.digest(address.text, for: .email)
        return try await tx.execute(
            """
            UPDATE consilium.account SET state = 'active', confirmed_at = clock_timestamp(),
                email_digest = \(digest), email_key = \(vault.lookup.name)
            WHERE id = \(id) AND state = 'unconfirmed'
            """) == 1
    }

    /// Gives the account another address, after ``claim(_:in:)``.
    func move(to address: EmailAddress, sealed: [UInt8], in tx: Transaction) async throws {
        let digest = vault.digest(address.text, for: .email)
        try await tx.execute(
            """
            UPDATE consilium.account
            SET email_digest = \(digest), email_key = \(vault.lookup.name), email = \(sealed), version = version + 1
            WHERE id = \(id)
            """)
    }
}
