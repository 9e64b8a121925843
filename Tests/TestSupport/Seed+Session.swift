package import Clinic
import FoundationEssentials
import Postgres
package import Vault

extension Seed {
    /// A session of an account, as its token and its caller; the roles are added to those that the account has.
    package static func signedIn(
        _ vault: Vault, _ account: AccountID, roles: Set<Role> = []
    ) async throws -> (token: String, caller: Caller) {
        let (id, token) = (SessionID.random(), Vault.newToken())
        let held = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            for role in roles {
                try await tx.execute(
                    """
                    INSERT INTO consilium.account_role (account_id, role) VALUES (\(account), \(role))
                    ON CONFLICT DO NOTHING
                    """)
            }
            try await tx.execute(
                """
                INSERT INTO consilium.session (id, account_id, token_digest, second_factor, idle_limit, expires_at)
                VALUES (\(id), \(account), \(Vault.digest(secret: token, for: .session)), false, interval '12 hours',
                    clock_timestamp() + interval '7 days')
                """)
            return try await tx.query("SELECT role::text FROM consilium.account_role WHERE account_id = \(account)")
                .compactMap { Role(rawValue: try $0.decode(String.self)) }
        }
        return (
            token,
            Caller(
                account: account, session: id, roles: Set(held), showedSecondFactor: false, provedLately: true)
        )
    }
}
