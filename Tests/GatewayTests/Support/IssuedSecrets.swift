import Clinic
import Identity
import Postgres
import TestSupport
import Testing
import Vault

/// What the service has mailed, and what an authenticator shows, read past the worker.
struct IssuedSecrets: Sendable {
    let vault: Vault

    /// The secret of the latest link of this kind to an address.
    func token(to address: String, _ template: Notice.Template) async throws -> String {
        let notices = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT payload FROM consilium.job WHERE kind = 'notice' ORDER BY id")
                .map { try $0.decode(JSONColumn<Notice>.self).value }
        }
        let envelopes = try notices.filter { $0.template == template }.compactMap { notice in
            if case .envelope(let sealed) = notice.recipient {
                return try vault.openEnvelope(sealed, for: notice.id)
            }
            return nil
        }
        return try #require(envelopes.last { $0.address == address }?.token)
    }

    /// What the authenticator of an account would show now.
    func code(of email: String) async throws -> String {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            let row = try await tx.first(
                """
                SELECT a.id, coalesce(f.next_secret, f.secret), f.next_secret IS NULL, floor(extract(epoch FROM clock_timestamp()) / 30)::bigint
                FROM consilium.account a JOIN consilium.second_factor f ON f.account_id = a.id
                WHERE a.email_digest = \(vault.digest(email, for: .email))
                """)
            let (id, sealed, isOn, step) = try #require(row).decode(AccountID.self, [UInt8].self, Bool.self, Int64.self)
            let secret = try await vault.personKey(id, in: tx)
                .open(sealed, as: RowIdentity(isOn ? "second_factor.secret" : "second_factor.next_secret", id))
            return TOTP(secret: secret).code(at: step)
        }
    }
}
