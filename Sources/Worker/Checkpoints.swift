import FoundationEssentials
import Glibc
import Postgres
import Vault

/// Copies the heads of the audit chains out of the database, into a file that is only appended to. Workers may share a
/// file: a head that stands in it twice does no harm.
actor Checkpoints {
    private let path: String
    private let vault: Vault
    private let database: Database
    /// The heads that were written, as far back as `overlap`: chain to number.
    private var written: [String: AuditCheckpoint] = [:]
    private var newest: String?
    /// Whether the last write may have left a line without its end.
    private var isTorn = false

    /// A head carries the instant before its commit, and a commit may hang: so far back each copy looks again.
    private static let overlap = Duration.seconds(600)

    init(path: String, vault: Vault, database: Database) {
        self.path = path
        self.vault = vault
        self.database = database
    }

    /// Why a copy was not written; `code` is `errno`.
    struct Failure: Error {
        let code: Int32
    }

    /// Appends the heads that moved since the last time; all of them the first time.
    func take() async throws {
        let since = newest
        let heads = try await database.withTransaction(as: .nobody) { tx in try await Self.moved(since: since, in: tx) }
        let new = heads.filter { written[Self.name($0)]?.seq != $0.seq }
        if !new.isEmpty { try append(new.flatMap { try $0.line(vault) }) }
        // What is older than the overlap is never read again, and need not be remembered.
        written = Dictionary(uniqueKeysWithValues: heads.map { (Self.name($0), $0) })
        newest = heads.last?.at ?? newest
    }

    private static func name(_ head: AuditCheckpoint) -> String { "\(head.chain)/\(head.id)" }

    private static func moved(since: String?, in tx: Transaction) async throws -> [AuditCheckpoint] {
        try await tx.query(
            """
            SELECT chain_kind::text, chain_id, seq, encode(hash, 'hex'),
                to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            FROM consilium.audit_head
            WHERE changed_at >= coalesce(\(since)::timestamptz - \(overlap), '-infinity') ORDER BY changed_at
            """
        ).map { row in
            let (chain, id, seq, hash, at) = try row.decode(
                String.self, UUID.self, Int64.self, String.self, String.self)
            return AuditCheckpoint(chain: chain, id: id, seq: seq, hash: hash, at: at)
        }
    }

    /// One write, so that lines of two workers never mix, and on disk when it returns.
    private func append(_ bytes: [UInt8]) throws {
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure(code: errno) }
        defer { close(file) }
        let bytes = isTorn ? Array("\n".utf8) + bytes : bytes
        let count = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        isTorn = count != bytes.count
        guard !isTorn, fsync(file) == 0 else { throw Failure(code: errno) }
    }
}
