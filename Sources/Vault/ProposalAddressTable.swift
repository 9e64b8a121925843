import FoundationEssentials
import Postgres

/// The digests that allow an address one proposal of a specialist at a time, each with the name of its look-up key. Each
/// is renewed from the address beside it, which the service key seals.
struct ProposalAddressTable: RotatedTable {
    func countStale(for keyring: Keyring, in tx: Transaction) async throws -> Int {
        try await tx.first(
            "SELECT count(*) FROM consilium.specialist_proposal WHERE email_key <> \(keyring.lookups.current)")?
            .decode(Int.self) ?? 0
    }

    func count(digestedBy lookup: String, in tx: Transaction) async throws -> Int {
        try await tx.first("SELECT count(*) FROM consilium.specialist_proposal WHERE email_key = \(lookup)")?
            .decode(Int.self) ?? 0
    }

    func renew(by keyring: Keyring, limit: Int, waiting: Bool, in tx: Transaction) async throws -> Int {
        let key = Vault(keyring).serviceKey
        var (ids, digests): ([UUID], [[UInt8]]) = ([], [])
        for row in try await tx.query(lockStale(for: keyring, limit: limit, waiting: waiting)) {
            let (id, sealed) = try row.decode(UUID.self, [UInt8].self)
            ids.append(id)
            digests.append(
                keyring.lookup.digest(try key.open(sealed, as: .proposalEmail(id)), for: .specialistProposal))
        }
        if !ids.isEmpty { try await tx.execute(setDigests(ids, digests, by: keyring.lookups.current)) }
        return ids.count
    }

    /// Those whose address can be opened, because their seals were renewed before.
    private func lockStale(for keyring: Keyring, limit: Int, waiting: Bool) -> SQL {
        let locked: SQL = waiting ? "" : "SKIP LOCKED"
        return """
            SELECT p.id, p.email FROM consilium.specialist_proposal p WHERE p.email_key <> \(keyring.lookups.current)
                AND \(fragment: DataKey.begins("p.email", with: keyring.current))
            ORDER BY p.id LIMIT \(limit) FOR NO KEY UPDATE \(fragment: locked)
            """
    }

    private func setDigests(_ ids: [UUID], _ digests: [[UInt8]], by key: String) -> SQL {
        """
        UPDATE consilium.specialist_proposal p SET email_digest = n.digest, email_key = \(key)
        FROM unnest(\(ids)::uuid[], \(digests)::bytea[]) AS n (id, digest) WHERE p.id = n.id
        """
    }
}
