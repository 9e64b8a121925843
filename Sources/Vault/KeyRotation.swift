import FoundationEssentials
package import Postgres

/// Makes anew, while gateways work on, what old keys made: wraps every data key by the current master key, seals by it what the
/// house key sealed, and digests every address by the current look-up key. The last step before an old key can be removed. It
/// may be stopped and started again, and run twice at once.
package struct KeyRotation: Sendable {
    /// How far it is.
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

    /// Works until nothing is left. A gateway that still works with the old keyring may make more meanwhile and
    /// afterwards: run it again when the last one has gone.
    /// - Throws: `VaultError.unknownKey` when a key is wrapped by a master key that the keyring lacks. What is sealed by one
    ///   is left as it is: nobody opens it any more, and it goes when its time is over.
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
                // What is passed over is locked by somebody: the second time round it is waited for.
                if done == 0 && waiting { break }
                waiting = done == 0
                if done > 0 { report(progress) }
            }
        }
        progress.left = try await count()
        return progress
    }

    /// How many data keys a master key wraps, and how many values that outlive a day the house key sealed by it: it can be
    /// removed at none.
    package func wrapped(by master: String) async throws -> Int {
        try await database.withTransaction(as: .nobody) { tx in
            var sum = 0
            for table in [KeyTable.cases, KeyTable.persons] { sum += try await table.count(wrappedBy: master, in: tx) }
            for column in SealedColumn.all { sum += try await column.count(sealedBy: master, in: tx) }
            return sum
        }
    }

    /// How many replies that are kept for retries are sealed by a master key. No rotation renews them: the worker removes each
    /// after 24 hours.
    package func idempotency(by master: String) async throws -> Int {
        try await database.withTransaction(as: .nobody) { tx in
            try await tx.first(
                """
                SELECT count(*) FROM consilium.idempotency_key k
                WHERE \(fragment: DataKey.begins("k.reply", with: master))
                """)?.decode(Int.self) ?? 0
        }
    }

    /// How many accounts, and addresses of proposals, are found by a look-up key: it can be removed at none.
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

/// A table with a column that a key of the keyring made.
protocol RotatedTable: Sendable {
    /// How many rows another key than the current one made.
    func countStale(for keyring: Keyring, in tx: Transaction) async throws -> Int

    /// Makes the next of them anew by the current key, and returns how many. Those that somebody works on are passed over
    /// unless asked to wait for them.
    func renew(by keyring: Keyring, limit: Int, waiting: Bool, in tx: Transaction) async throws -> Int
}
