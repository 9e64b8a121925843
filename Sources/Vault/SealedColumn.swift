import FoundationEssentials
import Postgres

/// A column that the service key seals and that lasts longer than a day, so that a rotation has to renew it. Each seal
/// begins with its master key's name, so no other column names the key.
struct SealedColumn: RotatedTable {
    let table: SQL
    /// The seal of a row `t`; NULL where it has none.
    let seal: SQL
    /// Puts `n.seal` in its place.
    let assignment: SQL
    /// Which rows are renewed: those that are over have no seal, or one that nobody opens again.
    let isKept: SQL
    let place: @Sendable (UUID) -> RowIdentity

    static let all = [factorRecoveries, specialistProposals, envelopes]

    private static let factorRecoveries = SealedColumn(
        table: "consilium.factor_recovery", seal: "t.email", assignment: "email = n.seal",
        isKept: "t.state = 'proposed'",
        place: { .recoveryEmail($0) })

    private static let specialistProposals = SealedColumn(
        table: "consilium.specialist_proposal", seal: "t.email", assignment: "email = n.seal",
        isKept: "t.state IN ('proposed', 'approved')", place: { .proposalEmail($0) })

    /// Buried notices count, because they can be revived. The path is that of `Notice.Recipient.envelope`. PostgreSQL breaks
    /// base64 into lines.
    private static let envelopes = SealedColumn(
        table: "consilium.job",
        seal: """
            CASE WHEN t.payload #>> '{recipient,envelope,_0}'
                ~ '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
            THEN decode(t.payload #>> '{recipient,envelope,_0}', 'base64') END
            """,
        assignment: """
            payload = jsonb_set(
                t.payload, '{recipient,envelope,_0}', to_jsonb(translate(encode(n.seal, 'base64'), chr(10), '')))
            """,
        isKept: "t.kind = 'notice' AND t.state IN ('ready', 'running', 'buried')",
        place: { .envelope($0) })

    func countStale(for keyring: Keyring, in tx: Transaction) async throws -> Int {
        try await count(DataKey.isStale(seal, for: keyring), in: tx)
    }

    func count(sealedBy master: String, in tx: Transaction) async throws -> Int {
        try await count(DataKey.begins(seal, with: master), in: tx)
    }

    func renew(by keyring: Keyring, limit: Int, waiting: Bool, in tx: Transaction) async throws -> Int {
        let key = Vault(keyring).serviceKey
        var (ids, seals): ([UUID], [[UInt8]]) = ([], [])
        for row in try await tx.query(lockStale(for: keyring, limit: limit, waiting: waiting)) {
            let (id, sealed) = try row.decode(UUID.self, [UInt8].self)
            ids.append(id)
            seals.append(try key.seal(key.open(sealed, as: place(id)), as: place(id)))
        }
        if !ids.isEmpty { try await tx.execute(replace(ids, seals)) }
        return ids.count
    }

    private func count(_ condition: SQL, in tx: Transaction) async throws -> Int {
        try await tx.first(
            "SELECT count(*) FROM \(fragment: table) t WHERE \(fragment: isKept) AND \(fragment: condition)")?
            .decode(Int.self) ?? 0
    }

    private func lockStale(for keyring: Keyring, limit: Int, waiting: Bool) -> SQL {
        let locked: SQL = waiting ? "" : "SKIP LOCKED"
        return """
            SELECT t.id, \(fragment: seal) FROM \(fragment: table) t
            WHERE \(fragment: isKept) AND \(fragment: DataKey.isStale(seal, for: keyring))
            ORDER BY t.id LIMIT \(limit) FOR NO KEY UPDATE \(fragment: locked)
            """
    }

    private func replace(_ ids: [UUID], _ seals: [[UInt8]]) -> SQL {
        """
        UPDATE \(fragment: table) t SET \(fragment: assignment)
        FROM unnest(\(ids)::uuid[], \(seals)::bytea[]) AS n (id, seal) WHERE t.id = n.id
        """
    }
}
