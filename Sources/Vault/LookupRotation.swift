import Crypto
import FoundationEssentials
package import Postgres

/// Brings in the look-up key that waits in a keyring: the addresses of all accounts are digested anew, which their seals
/// allow, and what stands in for a secret ends, because nobody has it to digest it anew: sessions, known devices, links in
/// mails, calendar feeds, recovery codes, idempotency keys. People sign in again with their passwords.
///
/// Gateways and workers with the old key find nobody meanwhile, and are stopped. Doing it again changes nothing, so that a
/// run that broke off is run again, with the same keyring.
package struct LookupRotation: Sendable {
    private let keyring: Keyring
    private let database: Database
    private let batch: Int

    /// - Parameters:
    ///   - database: as `consilium_owner`, who sees every key.
    ///   - batch: how many accounts a transaction takes.
    package init(_ keyring: Keyring, database: Database, batch: Int = 200) {
        self.keyring = keyring
        self.database = database
        self.batch = batch
    }

    /// - Returns: how many accounts can be found by the new key.
    /// - Throws: `KeyringError.missing` when no key waits; `VaultError` when an address does not open, which leaves that
    ///   account and all behind it for the next run.
    package func run() async throws -> Int {
        guard let next = keyring.nextLookup else { throw KeyringError.missing("lookup.next") }
        var (last, found) = (UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), 0)
        while let ids = try await digestBatch(after: last, by: next), let end = ids.last {
            last = end
            found += ids.count
        }
        try await database.withTransaction(as: .nobody) { tx in
            // Whose key was destroyed has no address left; what stands for it was made by the old key, too.
            try await tx.execute(Self.forgetUnreadable())
            try await tx.execute("DELETE FROM consilium.sign_in_throttle")
        }
        return found
    }

    /// Nil when there is no account left.
    private func digestBatch(after last: UUID, by next: SymmetricKey) async throws -> [UUID]? {
        try await database.withTransaction(as: .nobody) { tx in
            let rows = try await tx.query(Self.accounts(after: last, limit: batch))
            if rows.isEmpty { return nil }
            var (ids, digests): ([UUID], [[UInt8]]) = ([], [])
            for row in rows {
                let (id, sealed, wrapped, master) = try row.decode(UUID.self, [UInt8].self, [UInt8].self, String.self)
                let key = DataKey(try keyring.unwrap(wrapped, by: master, for: id, of: .persons))
                let address = try key.open(sealed, as: RowIdentity("account.email", id))
                ids.append(id)
                digests.append(Vault.digest(address, for: .email, by: next))
            }
            try await tx.execute(Self.setDigests(ids, digests))
            for statement in Self.endSecrets(of: ids) { try await tx.execute(statement) }
            return ids
        }
    }
}

extension LookupRotation {
    private static func accounts(after last: UUID, limit: Int) -> SQL {
        """
        SELECT a.id, a.email, k.wrapped, k.master_key FROM consilium.account a
            JOIN consilium.person_key k ON k.account_id = a.id
        WHERE a.id > \(last) AND k.wrapped IS NOT NULL ORDER BY a.id LIMIT \(limit) FOR NO KEY UPDATE OF a
        """
    }

    private static func setDigests(_ ids: [UUID], _ digests: [[UInt8]]) -> SQL {
        """
        UPDATE consilium.account a SET email_digest = n.digest
        FROM unnest(\(ids)::uuid[], \(digests)::bytea[]) AS n (id, digest) WHERE a.id = n.id
        """
    }

    private static func endSecrets(of ids: [UUID]) -> [SQL] {
        [
            """
            UPDATE consilium.session SET ended_at = clock_timestamp()
            WHERE account_id = ANY (\(ids)) AND ended_at IS NULL
            """,
            "DELETE FROM consilium.known_device WHERE account_id = ANY (\(ids))",
            "DELETE FROM consilium.mail_token WHERE account_id = ANY (\(ids))",
            "DELETE FROM consilium.calendar_feed WHERE account_id = ANY (\(ids))",
            "DELETE FROM consilium.recovery_code WHERE account_id = ANY (\(ids))",
            "DELETE FROM consilium.idempotency_key WHERE account_id = ANY (\(ids))",
        ]
    }

    private static func forgetUnreadable() -> SQL {
        """
        UPDATE consilium.account a SET email_digest = sha256(gen_random_uuid()::text::bytea)
        WHERE NOT EXISTS (SELECT FROM consilium.person_key k WHERE k.account_id = a.id AND k.wrapped IS NOT NULL)
        """
    }
}
