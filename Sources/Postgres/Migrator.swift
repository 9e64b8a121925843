package import Logging

/// Brings a database to the schema that this program was written for: forward only, each file once and in one
/// transaction, one runner at a time.
package struct Migrator: Sendable {
    /// What the database records about migrations.
    private struct Record: Sendable {
        var applied: [(number: Int, name: String, digest: [UInt8])] = []
        /// The oldest program, by its highest migration, that the schema still serves.
        var servesFrom = 0

        var latest: Int { applied.last?.number ?? 0 }
    }

    /// How long a file waits for a lock. Then it lets the waiting readers pass, and tries again.
    static let lockTimeout = Duration.milliseconds(200)
    /// How often it tries.
    static let attempts = 50
    /// The advisory lock that keeps runners apart: "consilium" in ASCII, cut to 8 bytes.
    private static let lock: Int64 = 0x636f_6e73_696c_6975

    private let settings: Database.Settings
    private let migrations: Migrations
    private let logger: Logger

    /// - Parameter settings: log in as, or with `role` become, the owner of the schema.
    /// - Throws: `MigrationRefusal` when the files of the directory are not in order.
    package init(_ settings: Database.Settings, directory: String, logger: Logger) throws {
        self.settings = settings
        self.logger = logger
        migrations = try Migrations(directory: directory)
    }

    /// The highest migration that this program ships.
    package var latest: Int { migrations.latest }

    /// Applies what is missing.
    /// - Returns: the names of the files that were applied now.
    /// - Throws: `MigrationRefusal`, `DatabaseUnavailable`.
    package func run() async throws -> [String] {
        try await Session.with(settings, logger: logger) { session in
            try await session.query("SELECT pg_advisory_lock(\(Self.lock))")
            try await session.run(script: Self.bookkeeping)
            let record = try await read(from: session)
            try await refuseUnlessKnown(record, on: session)
            guard record.latest <= latest else { return [] }
            let missing = migrations.files.filter { $0.number > record.latest }
            for file in missing { try await apply(file, on: session) }
            return missing.map(\.name)
        }
    }

    /// Refuses a database that is older than this program needs, or too new for it. Call it when a program starts.
    /// - Throws: `MigrationRefusal`, `DatabaseUnavailable`.
    package func check() async throws {
        try await Session.with(settings, logger: logger) { session in
            let record = try await read(from: session)
            guard record.latest >= latest else {
                throw MigrationRefusal.databaseTooOld(has: record.latest, needs: latest)
            }
            try await refuseUnlessKnown(record, on: session)
        }
    }

    private static let bookkeeping = """
        SET client_min_messages = warning;
        CREATE SCHEMA IF NOT EXISTS consilium;
        CREATE TABLE IF NOT EXISTS consilium.migration (
            number     integer     PRIMARY KEY,
            name       text        NOT NULL,
            digest     bytea       NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE TABLE IF NOT EXISTS consilium.schema_contract (
            single      boolean PRIMARY KEY DEFAULT true CHECK (single),
            serves_from integer NOT NULL
        );
        GRANT USAGE ON SCHEMA consilium TO PUBLIC;
        GRANT SELECT ON consilium.migration, consilium.schema_contract TO PUBLIC;
        """

    private func read(from session: Session) async throws -> Record {
        var record = Record()
        let isKept = try await session.query("SELECT to_regclass('consilium.migration') IS NOT NULL")
        guard try isKept.first?.decode(Bool.self) == true else { return record }
        record.applied = try await session.query(
            "SELECT number, name, digest FROM consilium.migration ORDER BY number"
        ).map { try $0.decode(Int.self, String.self, [UInt8].self) }
        record.servesFrom =
            try await session.query("SELECT serves_from FROM consilium.schema_contract").first?.decode(Int.self) ?? 0
        return record
    }

    /// Refuses a database whose history does not match the files.
    private func refuseUnlessKnown(_ record: Record, on session: Session) async throws {
        guard latest >= record.servesFrom else {
            throw MigrationRefusal.programTooOld(has: latest, needs: record.servesFrom)
        }
        let applied = Dictionary(record.applied.map { ($0.number, $0) }) { first, _ in first }
        for entry in record.applied where entry.number <= latest {
            guard let file = migrations.files.first(where: { $0.number == entry.number }) else {
                throw MigrationRefusal.removed(entry.name)
            }
            let rows = try await session.query("SELECT sha256(\([UInt8](file.text.utf8)))")
            guard try rows.first?.decode([UInt8].self) == entry.digest else {
                throw MigrationRefusal.altered(entry.name)
            }
        }
        for file in migrations.files where file.number < record.latest && applied[file.number] == nil {
            throw MigrationRefusal.late(file.name)
        }
    }

    /// Applies one file in one transaction, and tries again when it did not get its locks.
    private func apply(_ file: Migrations.File, on session: Session) async throws {
        for attempt in 1...Self.attempts {
            do {
                try await session.run(
                    script: "BEGIN; SET LOCAL lock_timeout = \(Self.lockTimeout / .milliseconds(1));")
                try await session.run(script: file.text)
                guard session.connection.isInTransaction else { throw MigrationRefusal.endsTransaction(file.name) }
                try await session.query(
                    """
                    INSERT INTO consilium.migration (number, name, digest)
                    VALUES (\(file.number), \(file.name), sha256(\([UInt8](file.text.utf8))))
                    """)
                try await session.connection.run(Batch(end: .commit))
                logger.info("migrated", metadata: ["file": "\(file.name)"])
                return
            } catch let error as DatabaseError {
                try await session.connection.run(Batch(end: .rollback))
                guard error.isLockNotAvailable else {
                    throw MigrationRefusal.failed(file.name, sqlState: error.sqlState)
                }
                logger.notice("waiting for locks", metadata: ["file": "\(file.name)", "attempt": "\(attempt)"])
                try await Task.sleep(for: .milliseconds(min(2000, 100 * attempt)) * Double.random(in: 0.5...1))
            }
        }
        throw MigrationRefusal.locked(file.name)
    }
}
