import FoundationEssentials
package import Postgres

/// Re-wraps every data key by the current master key while gateways work on: the last step before an old master key
/// can be removed. It may be stopped and started again, and run twice at once.
package struct KeyRotation: Sendable {
    /// How far it is.
    package struct Progress: Sendable, Equatable {
        /// Keys re-wrapped by this run.
        package var done = 0
        /// Keys that another master key still wraps.
        package var left = 0
    }

    private static let tables = [KeyTable.cases, .persons]
    private let keyring: Keyring
    private let database: Database
    private let batch: Int

    /// - Parameters:
    ///   - database: as `consilium_owner`, who sees every key.
    ///   - batch: how many keys a transaction takes.
    package init(_ keyring: Keyring, database: Database, batch: Int = 200) {
        self.keyring = keyring
        self.database = database
        self.batch = batch
    }

    /// Re-wraps until nothing is left. A gateway that still works with the old keyring may make keys meanwhile and
    /// afterwards: run it again when the last one has gone.
    /// - Throws: `VaultError.unknownKey` when a key is wrapped by a master key that the keyring lacks.
    @discardableResult
    package func run(_ report: (Progress) -> Void = { _ in }) async throws -> Progress {
        var progress = Progress(left: try await count())
        report(progress)
        for table in Self.tables {
            var waiting = false
            while true {
                let done = try await rewrapBatch(of: table, waiting: waiting)
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

    /// How many data keys a master key wraps: it can be removed at none.
    package func wrapped(by master: String) async throws -> Int {
        try await database.withTransaction(as: .nobody) { tx in
            var sum = 0
            for table in Self.tables { sum += try await table.count(wrappedBy: master, in: tx) }
            return sum
        }
    }

    private func count() async throws -> Int {
        try await database.withTransaction(as: .nobody) { tx in
            var sum = 0
            for table in Self.tables { sum += try await table.countStale(current: keyring.current, in: tx) }
            return sum
        }
    }

    private func rewrapBatch(of table: KeyTable, waiting: Bool) async throws -> Int {
        try await database.withTransaction(as: .nobody) { tx in
            let stale = try await table.lockStale(
                current: keyring.current, limit: waiting ? 1 : batch, waiting: waiting, in: tx)
            var ids: [UUID] = []
            var wrapped: [[UInt8]] = []
            for key in stale {
                guard let bytes = key.bytes else { continue }
                let opened = try keyring.unwrap(bytes, by: key.master, for: key.id, of: table)
                ids.append(key.id)
                wrapped.append(try keyring.wrap(opened, for: key.id, of: table))
            }
            guard !ids.isEmpty else { return 0 }
            try await table.rewrap(ids, wrapped, by: keyring.current, in: tx)
            return ids.count
        }
    }
}
