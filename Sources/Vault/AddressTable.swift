import FoundationEssentials
import Postgres

/// The digests by which accounts are found, each with the name of its look-up key. Each is renewed from the sealed address
/// beside it. An account whose person key was destroyed has no address, and is not found.
struct AddressTable: RotatedTable {
    func countStale(for keyring: Keyring, in tx: Transaction) async throws -> Int {
        try await tx.first(
            """
            SELECT count(*) FROM consilium.account a JOIN consilium.person_key k ON k.account_id = a.id
            WHERE a.email_key <> \(keyring.lookups.current) AND k.wrapped IS NOT NULL
            """)?.decode(Int.self) ?? 0
    }

    func count(digestedBy lookup: String, in tx: Transaction) async throws -> Int {
        try await tx.first(
            """
            SELECT count(*) FROM consilium.account a JOIN consilium.person_key k ON k.account_id = a.id
            WHERE a.email_key = \(lookup) AND k.wrapped IS NOT NULL
            """)?.decode(Int.self) ?? 0
    }

    func renew(by keyring: Keyring, limit: Int, waiting: Bool, in tx: Transaction) async throws -> Int {
        var (ids, digests): ([UUID], [[UInt8]]) = ([], [])
        for row in try await tx.query(
            lockStale(current: keyring.lookups.current, limit: limit, waiting: waiting))
        {
            let (id, sealed, wrapped, master) = try row.decode(UUID.self, [UInt8].self, [UInt8].self, String.self)
            let key = DataKey(try keyring.unwrap(wrapped, by: master, for: id, of: .persons))
            let address = try key.open(sealed, as: RowIdentity("account.email", id))
            ids.append(id)
            digests.append(keyring.lookup.digest(address, for: .email))
        }
        if !ids.isEmpty { try await tx.execute(setDigests(ids, digests, by: keyring.lookups.current)) }
        return ids.count
    }

    private func lockStale(current: String, limit: Int, waiting: Bool) -> SQL {
        let locked: SQL = waiting ? "" : "SKIP LOCKED"
        return """
            SELECT a.id, a.email, k.wrapped, k.master_key FROM consilium.account a
                JOIN consilium.person_key k ON k.account_id = a.id
            WHERE a.email_key <> \(current) AND k.wrapped IS NOT NULL
            ORDER BY a.id LIMIT \(limit) FOR NO KEY UPDATE OF a \(fragment: locked)
            """
    }

    private func setDigests(_ ids: [UUID], _ digests: [[UInt8]], by key: String) -> SQL {
        """
        UPDATE consilium.account a SET email_digest = n.digest, email_key = \(key)
        FROM unnest(\(ids)::uuid[], \(digests)::bytea[]) AS n (id, digest) WHERE a.id = n.id
        """
    }
}
