import FoundationEssentials
package import Postgres

/// Replaces what old keys made, while gateways keep running: wraps every data key by the current master key, seals again
/// what the service key sealed, and digests every address by the current look-up key. It is the last step before an old
/// key can be removed. It may be interrupted and repeated, and run twice at once.
package struct KeyRotation: Sendable {
    /// How far a rotation has come.
    package struct Progress: Sendable, Equatable {
        /// Keys wrapped, values sealed and addresses digested by this run.
        package var done = 0
        /// Those that are still by another key.
        package var left = 0
    }

    private static let tables: [any RotatedTable] =
        [KeyTable.cases, KeyTable.persons] + SealedColumn.all + [AddressTable(), ProposalAddressTable()]
    private let keyring: Keyring
    private let database: Database
    private let batch: Int

    /// - Parameters:
    ///   - database: as `consilium_owner`, who sees every key.
    ///   - batch: how many rows a transaction takes.
    package init(_ keyring: Keyring, database: Database, batch: Int = 200) {
        self.keyring = keyring
        self.database = database
        self.batch = batch
    }

    /// Works until nothing is left. A gateway that still uses the old keyring may write more by the old key, so run this
    /// again when the last such gateway has stopped.
    /// - Throws: `VaultError.unknownKey` when a data key is wrapped by a master key that the keyring lacks. A value that is
    ///   sealed by such a key is left as it is: nobody can open it, and it expires.
    @discardableResult
    package func run(_ report: (Progress) -> Void = { _ in }) async throws -> Progress {
        var progress = Progress(left: try await count())
        report(progress)
        for table in Self.tables {
            var waiting = false
            while true {
                let done = try await renewBatch(of: table, waiting: waiting)
                progress.done += done
                progress.left = max(0, progress.left - done)
                // Locked rows are skipped at first, and waited for in the second pass.
                if done == 0 && waiting { break }
                waiting = done == 0
                if done > 0 { report(progress) }
            }
        }
        progress.left = try await count()
        return progress
    }

    /// How many data keys a master key wraps, and how many values that last longer than a day its service key sealed. The
    /// master key can be removed when there are none.
    package func wrapped(by master: String) async throws -> Int {
        try await database.withTransaction(as: .nobody) { tx in
            var sum = 0
            for table in [KeyTable.cases, KeyTable.persons] { sum += try await table.count(wrappedBy: master, in: tx) }
            for column in SealedColumn.all { sum += try await column.count(sealedBy: master, in: tx) }
            return sum
        }
    }

    /// How many replies that are kept for retries a master key's service key sealed. No rotation renews them: the worker
    /// deletes each after 24 hours.
    package func keptReplies(sealedBy master: String) async throws -> Int {
        try await database.withTransaction(as: .nobody) { tx in
            try await tx.first(
                """
                SELECT count(*) FROM consilium.idempotency_key k
                WHERE \(fragment: DataKey.begins("k.reply", with: master))
                """)?.decode(Int.self) ?? 0
        }
    }

    /// How many accounts, and addresses of proposals, are found by a look-up key. It can be removed when there are none.
    package func digested(by lookup: String) async throws -> Int {
        try await database.withTransaction(as: .nobody) { tx in
            try await AddressTable().count(digestedBy: lookup, in: tx)
                + ProposalAddressTable().count(digestedBy: lookup, in: tx)
        }
    }

    private func count() async throws -> Int {
        try await database.withTransaction(as: .nobody) { tx in
            var sum = 0
            for table in Self.tables { sum += try await table.countStale(for: keyring, in: tx) }
            return sum
        }
    }

    private func renewBatch(of table: any RotatedTable, waiting: Bool) async throws -> Int {
        try await database.withTransaction(as: .nobody) { tx in
            try await table.renew(by: keyring, limit: waiting ? 1 : batch, waiting: waiting, in: tx)
        }
    }
}

/// A table with a column that depends on a key of the keyring.
protocol RotatedTable: Sendable {
    /// How many rows depend on another key than the current one.
    func countStale(for keyring: Keyring, in tx: Transaction) async throws -> Int

    /// Renews the next of them by the current key, and returns how many. Skips locked rows unless `waiting`.
    func renew(by keyring: Keyring, limit: Int, waiting: Bool, in tx: Transaction) async throws -> Int
}
