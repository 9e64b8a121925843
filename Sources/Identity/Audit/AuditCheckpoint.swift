import Clinic
package import FoundationEssentials
package import Postgres
package import Vault

/// A chain's head at one moment, kept outside of the database: it reveals a tail that was cut off, or a chain that was
/// rewritten as a whole. ``CheckpointFile`` has one in each line.
package struct AuditCheckpoint: Codable, Sendable, Equatable {
    package let chain: String
    package let id: UUID
    package let seq: Int64
    /// In hexadecimal, as `mac`.
    package let hash: String
    /// Microseconds since 1970.
    package let at: Int64
    /// HMAC by the look-up key of its time, so that nobody without the keyring can make one.
    package let mac: String

    init(_ chain: AuditChain, seq: Int64, hash: [UInt8], at: Int64, vault: Vault) {
        self.chain = chain.kind
        id = chain.id
        self.seq = seq
        self.hash = hash.hexadecimal
        self.at = at
        mac = vault.digest(Self.text(chain.kind, chain.id, seq, self.hash, at), for: .checkpoint).hexadecimal
    }

    var auditChain: AuditChain { AuditChain(kind: chain, id: id) }

    /// Whether it was made with a look-up key of the keyring.
    func isOurs(_ vault: Vault) -> Bool {
        vault.digests(Self.text(chain, id, seq, hash, at), for: .checkpoint).contains { $0.hexadecimal == mac }
    }

    /// The heads that moved at an instant or later, for the worker to write out. Asking again from the latest instant
    /// misses nothing.
    package static func heads(
        since instant: Date, limit: Int, vault: Vault, in tx: Transaction
    ) async throws -> (checkpoints: [AuditCheckpoint], latest: Date) {
        var latest = instant
        let checkpoints = try await tx.query(moved(since: instant, limit: Int64(limit))).map { row in
            let (kind, id, seq, hash, changedAt, at) = try row.decode(
                String.self, UUID.self, Int64.self, [UInt8].self, Date.self, Int64.self)
            latest = max(latest, changedAt)
            return AuditCheckpoint(AuditChain(kind: kind, id: id), seq: seq, hash: hash, at: at, vault: vault)
        }
        return (checkpoints, latest)
    }

    private static func moved(since instant: Date, limit: Int64) -> SQL {
        """
        SELECT chain_kind, chain_id, seq, hash, changed_at, (extract(epoch FROM changed_at) * 1000000)::bigint
        FROM consilium.audit_head WHERE changed_at >= \(instant) AND seq > 0
        ORDER BY changed_at, chain_kind, chain_id LIMIT \(limit)
        """
    }

    private static func text(_ chain: String, _ id: UUID, _ seq: Int64, _ hash: String, _ at: Int64) -> String {
        "\(chain)|\(id.lower)|\(seq)|\(hash)|\(at)"
    }
}
