import Crypto
package import FoundationEssentials
import Postgres

/// Which hash chain.
package struct AuditChain: Sendable, Hashable, Comparable {
    /// `case`, `account` or `programme`.
    package let kind: String
    package let id: UUID

    package init(kind: String, id: UUID) {
        self.kind = kind
        self.id = id
    }

    /// The nil UUID (RFC 9562 §5.9): the id of the programme's one chain.
    static let nilID = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    package static func < (left: AuditChain, right: AuditChain) -> Bool {
        (left.kind, left.id.lower) < (right.kind, right.id.lower)
    }
}

/// One entry of the audit log, as it is kept.
struct AuditEntry: Sendable {
    let chain: AuditChain
    let seq: Int64
    /// Microseconds since 1970.
    let at: Int64
    let actor: UUID?
    let action: String
    let subject: UUID
    let items: Int32
    let hash: [UInt8]

    /// The hash that this entry must have after another one, at a given place: `audit_bytes` in the database.
    func expectedHash(after previous: [UInt8], at place: Int64? = nil) -> [UInt8] {
        let fields = [
            chain.kind, chain.id.lower, String(place ?? seq), String(at), actor?.lower ?? "-", action, subject.lower,
            String(items),
        ]
        return Array(SHA256.hash(data: previous + Array(fields.joined(separator: "|").utf8)))
    }

    /// The hash before the first entry.
    static let origin = [UInt8](repeating: 0, count: 32)

    init(_ row: Row) throws {
        chain = AuditChain(kind: try row.decode("chain_kind"), id: try row.decode("chain_id"))
        seq = try row.decode("seq")
        at = try row.decode("at_microseconds")
        actor = try row.decode("actor_id")
        action = try row.decode("action")
        subject = try row.decode("subject_id")
        items = try row.decode("items")
        hash = try row.decode("hash")
    }

    /// Up to so many entries after a place, ordered by chain, then by sequence.
    static func page(after chain: AuditChain?, seq: Int64, limit: Int64) -> SQL {
        """
        SELECT \(fragment: columns) FROM consilium.audit_entry
        WHERE (chain_kind, chain_id, seq) > (\(chain?.kind ?? "")::text, \(chain?.id ?? AuditChain.nilID), \(seq))
        ORDER BY chain_kind, chain_id, seq LIMIT \(limit)
        """
    }

    /// An entry and the two after it.
    static func around(_ chain: AuditChain, _ seq: Int64) -> SQL {
        """
        SELECT \(fragment: columns) FROM consilium.audit_entry
        WHERE chain_kind = \(chain.kind) AND chain_id = \(chain.id) AND seq >= \(seq) ORDER BY seq LIMIT 3
        """
    }

    private static let columns: SQL = """
        chain_kind, chain_id, seq, (extract(epoch FROM at) * 1000000)::bigint AS at_microseconds, actor_id, action,
        subject_id, items, hash
        """
}

extension UUID {
    /// PostgreSQL's form.
    var lower: String { uuidString.lowercased() }
}
