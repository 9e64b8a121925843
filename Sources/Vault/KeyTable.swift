import Crypto
import FoundationEssentials
import Postgres

/// One of the two tables of wrapped data keys, with the statements on it.
struct KeyTable: RotatedTable {
    let name: String
    let column: String

    static let cases = KeyTable(name: "case_key", column: "case_id")
    static let persons = KeyTable(name: "person_key", column: "account_id")

    private var table: SQL { "consilium.\(identifier: name)" }
    private var id: SQL { "\(identifier: column)" }

    /// A data key as the database holds it.
    struct Wrapped {
        let id: UUID
        /// Nil once the key was destroyed.
        let bytes: [UInt8]?
        let master: String

        init(_ row: Row) throws {
            (id, bytes, master) = try row.decode(UUID.self, [UInt8]?.self, String.self)
        }
    }

    func insert(_ key: UUID, _ wrapped: [UInt8], by master: String, in tx: Transaction) async throws {
        try await tx.execute(
            """
            INSERT INTO \(fragment: table) (\(fragment: id), wrapped, master_key)
            VALUES (\(key), \(wrapped), \(master))
            """)
    }

    func find(_ keys: [UUID], in tx: Transaction) async throws -> [Wrapped] {
        try await tx.query(select(keys)).map(Wrapped.init)
    }

    func select(_ keys: [UUID]) -> SQL {
        """
        SELECT \(fragment: id), wrapped, master_key FROM \(fragment: table)
        WHERE \(fragment: id) = ANY (\(keys))
        """
    }

    /// Returns whether there was a key to destroy.
    func destroy(_ key: UUID, in tx: Transaction) async throws -> Bool {
        try await tx.execute(
            """
            UPDATE \(fragment: table) SET wrapped = NULL, destroyed_at = clock_timestamp()
            WHERE \(fragment: id) = \(key) AND wrapped IS NOT NULL
            """) == 1
    }

    func renew(by keyring: Keyring, limit: Int, waiting: Bool, in tx: Transaction) async throws -> Int {
        let stale = try await lockStale(current: keyring.current, limit: limit, waiting: waiting, in: tx)
        var (ids, wrapped): ([UUID], [[UInt8]]) = ([], [])
        for key in stale {
            guard let bytes = key.bytes else { continue }
            ids.append(key.id)
            wrapped.append(
                try keyring.wrap(keyring.unwrap(bytes, by: key.master, for: key.id, of: self), for: key.id, of: self))
        }
        if !ids.isEmpty { try await rewrap(ids, wrapped, by: keyring.current, in: tx) }
        return ids.count
    }

    private func lockStale(current: String, limit: Int, waiting: Bool, in tx: Transaction) async throws -> [Wrapped] {
        let locked: SQL = waiting ? "" : "SKIP LOCKED"
        return try await tx.query(
            """
            SELECT \(fragment: id), wrapped, master_key FROM \(fragment: table)
            WHERE master_key <> \(current) AND wrapped IS NOT NULL
            ORDER BY \(fragment: id) LIMIT \(limit) FOR NO KEY UPDATE \(fragment: locked)
            """
        ).map(Wrapped.init)
    }

    private func rewrap(_ keys: [UUID], _ wrapped: [[UInt8]], by master: String, in tx: Transaction) async throws {
        try await tx.execute(
            """
            UPDATE \(fragment: table) k SET wrapped = n.wrapped, master_key = \(master)
            FROM unnest(\(keys)::uuid[], \(wrapped)::bytea[]) AS n (id, wrapped)
            WHERE k.\(fragment: id) = n.id
            """)
    }

    func countStale(for keyring: Keyring, in tx: Transaction) async throws -> Int {
        try await tx.first(
            """
            SELECT count(*) FROM \(fragment: table) WHERE master_key <> \(keyring.current) AND wrapped IS NOT NULL
            """)?.decode(Int.self) ?? 0
    }

    func count(wrappedBy master: String, in tx: Transaction) async throws -> Int {
        try await tx.first(
            """
            SELECT count(*) FROM \(fragment: table) WHERE master_key = \(master) AND wrapped IS NOT NULL
            """)?.decode(Int.self) ?? 0
    }
}

extension Keyring {
    /// Wraps a data key by the current master key, bound to its row and table.
    func wrap(_ key: SymmetricKey, for id: UUID, of table: KeyTable) throws -> [UInt8] {
        let box = try key.withUnsafeBytes {
            try AES.GCM.seal($0, using: masters.currentKey, authenticating: Self.place(id, table))
        }
        return box.nonce + Array(box.ciphertext) + Array(box.tag)
    }

    /// - Throws: `VaultError.unknownKey`, `VaultError.unreadable`.
    func unwrap(_ bytes: [UInt8], by master: String, for id: UUID, of table: KeyTable) throws -> SymmetricKey {
        guard let master = masters.keys[master] else { throw VaultError.unknownKey }
        do {
            return SymmetricKey(
                data: try AES.GCM.open(
                    AES.GCM.SealedBox(combined: bytes), using: master, authenticating: Self.place(id, table)))
        } catch {
            throw VaultError.unreadable
        }
    }

    private static func place(_ id: UUID, _ table: KeyTable) -> [UInt8] {
        Array("\(table.name):\(id.uuidString.lowercased())".utf8)
    }
}
