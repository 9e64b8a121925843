import FoundationEssentials
package import Logging
package import Postgres
package import Vault

/// The audit log as a whole, for `consilium audit verify`.
package struct AuditLog: Sendable {
    private static let pageSize: Int64 = 2000
    private let settings: Database.Settings
    private let logger: Logger

    /// - Parameter settings: as `consilium_backup` or `consilium_owner`, who may read every chain.
    package init(_ settings: Database.Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Recomputes every hash in one snapshot and compares it with the entries, the heads and the checkpoints.
    /// - Parameter vault: verifies the checkpoints; without it they are trusted.
    /// - Throws: what reading the database throws. Faults of the log are in the report.
    package func verify(checkpoints: [AuditCheckpoint] = [], vault: Vault? = nil) async throws -> AuditReport {
        try await Session.with(settings, logger: logger) { session in
            // One snapshot, so that entries written meanwhile seem neither cut off nor inserted.
            try await session.run(script: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            var walk = AuditChainVerifier(checkpoints: checkpoints, vault: vault)
            var last: AuditEntry?
            while true {
                let page = try await session.query(
                    AuditEntry.page(after: last?.chain, seq: last?.seq ?? 0, limit: Self.pageSize)
                ).map(AuditEntry.init)
                for entry in page {
                    if let suspect = walk.step(to: entry) {
                        let near = try await session.query(AuditEntry.around(entry.chain, entry.seq))
                        walk.judge(suspect, near: try near.map(AuditEntry.init))
                    }
                }
                let ended = walk.takeEnded(isLast: page.isEmpty)
                if !ended.isEmpty { walk.compare(ended, with: try await heads(of: ended.map(\.chain), session)) }
                guard let end = page.last else { break }
                last = end
            }
            for row in try await session.query(Self.emptied) { walk.emptied(try Self.head(row)) }
            try await session.run(script: "COMMIT")
            return walk.finish()
        }
    }

    private func heads(of chains: [AuditChain], _ session: Session) async throws -> [AuditChain: AuditHead] {
        let rows = try await session.query(Self.heads(of: chains))
        return Dictionary(try rows.map(Self.head).map { ($0.chain, $0) }) { first, _ in first }
    }

    private static func head(_ row: Row) throws -> AuditHead {
        let (kind, id, seq, hash) = try row.decode(String.self, UUID.self, Int64.self, [UInt8].self)
        return AuditHead(chain: AuditChain(kind: kind, id: id), seq: seq, hash: hash)
    }

    private static func heads(of chains: [AuditChain]) -> SQL {
        """
        SELECT h.chain_kind, h.chain_id, h.seq, h.hash FROM consilium.audit_head h
        JOIN unnest(\(chains.map(\.kind)), \(chains.map(\.id))) c (kind, id) ON h.chain_kind = c.kind AND h.chain_id = c.id
        """
    }

    /// Heads of chains without any entry left.
    private static let emptied: SQL = """
        SELECT h.chain_kind, h.chain_id, h.seq, h.hash FROM consilium.audit_head h
        WHERE h.seq > 0 AND NOT EXISTS (
            SELECT FROM consilium.audit_entry e WHERE e.chain_kind = h.chain_kind AND e.chain_id = h.chain_id)
        """
}

/// The head of a chain: the place of its last entry, and its hash.
struct AuditHead: Sendable {
    let chain: AuditChain
    let seq: Int64
    let hash: [UInt8]
}
