import FoundationEssentials
import Postgres
import TestSupport
import Testing

@Suite("The migrator", .database, .timeLimit(.minutes(5)))
struct MigratorTests {
    /// A directory of migrations and an empty database.
    private struct MigratorFixture {
        let directory: URL
        let database: TestDatabase

        static func with(_ files: [String: String] = [:], _ body: (MigratorFixture) async throws -> Void) async throws {
            let directory = FileManager.default.temporaryDirectory.appending(path: "migrations-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try await TestDatabase.withEmpty { database in
                let fixture = MigratorFixture(directory: directory, database: database)
                for (name, text) in files { try fixture.write(name, text) }
                try await body(fixture)
            }
            try FileManager.default.removeItem(at: directory)
        }

        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: directory.appending(path: name))
        }

        func remove(_ name: String) throws {
            try FileManager.default.removeItem(at: directory.appending(path: name))
        }

        func migrator(as role: String = "consilium_owner") throws -> Migrator {
            try Migrator(
                Database.Settings(conninfo: database.conninfo(as: role)), directory: directory.path,
                logger: database.logger)
        }

        func ask(_ sql: SQL) async throws -> Int? {
            try await database.owner.withTransaction(as: .nobody) { tx in
                try await tx.first(sql)?.decode(Int?.self) ?? nil
            }
        }
    }

    private static let two = [
        "0001_first.sql": "CREATE TABLE first (id int); INSERT INTO first VALUES (1);",
        "0002_second.sql": "INSERT INTO first VALUES (2);",
        "notes.md": "not a migration",
    ]

    @Test("It applies each file once, in order")
    func applies() async throws {
        try await MigratorFixture.with(Self.two) { fixture in
            #expect(try await fixture.migrator().run() == ["0001_first.sql", "0002_second.sql"])
            #expect(try await fixture.migrator().run() == [])
            try fixture.write("0010_third.sql", "INSERT INTO first VALUES (3);")
            #expect(try await fixture.migrator().run() == ["0010_third.sql"])
            #expect(try await fixture.ask("SELECT sum(id) FROM first") == 6)
        }
    }

    @Test("Eight runners at once apply each file once")
    func excludesOthers() async throws {
        try await MigratorFixture.with(Self.two) { fixture in
            let migrator = try fixture.migrator()
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<8 { group.addTask { try await migrator.run() } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied == ["0001_first.sql", "0002_second.sql"])
        }
    }

    @Test("A file that fails leaves nothing behind, and those before it stand")
    func failsWhole() async throws {
        try await MigratorFixture.with(Self.two) { fixture in
            try fixture.write("0003_bad.sql", "INSERT INTO first VALUES (3); SELECT 1/0;")
            await #expect(throws: MigrationRefusal.failed("0003_bad.sql", sqlState: "22012")) {
                try await fixture.migrator().run()
            }
            #expect(try await fixture.ask("SELECT sum(id) FROM first") == 3)
            try fixture.write("0003_bad.sql", "INSERT INTO first VALUES (3);")
            #expect(try await fixture.migrator().run() == ["0003_bad.sql"])
        }
    }

    @Test("It refuses a history that is not the one that was applied")
    func refusesAnotherHistory() async throws {
        try await MigratorFixture.with(Self.two) { fixture in
            _ = try await fixture.migrator().run()
            try fixture.write("0001_first.sql", "CREATE TABLE first (id bigint);")
            await #expect(throws: MigrationRefusal.altered("0001_first.sql")) { try await fixture.migrator().run() }
            try fixture.remove("0001_first.sql")
            await #expect(throws: MigrationRefusal.removed("0001_first.sql")) { try await fixture.migrator().run() }
        }
    }

    @Test("It refuses a number below what has been applied")
    func refusesLateComers() async throws {
        try await MigratorFixture.with(["0001_a.sql": "SELECT 1;", "0003_c.sql": "SELECT 3;"]) { fixture in
            _ = try await fixture.migrator().run()
            try fixture.write("0002_b.sql", "SELECT 2;")
            await #expect(throws: MigrationRefusal.late("0002_b.sql")) { try await fixture.migrator().run() }
        }
    }

    @Test(
        "It refuses files that are not named as they must be",
        arguments: [
            ("1_a.sql", MigrationRefusal.misnamed("1_a.sql")),
            ("0000_a.sql", .misnamed("0000_a.sql")),
            ("0002_.sql", .misnamed("0002_.sql")),
            ("0001_b.sql", .duplicate("0001_b.sql")),
        ])
    func refusesNames(name: String, refusal: MigrationRefusal) async throws {
        try await MigratorFixture.with(["0001_a.sql": "SELECT 1;", name: "SELECT 1;"]) { fixture in
            #expect(throws: refusal) { try fixture.migrator() }
        }
    }

    @Test("It refuses a file that ends its own transaction")
    func refusesCommits() async throws {
        try await MigratorFixture.with(["0001_a.sql": "CREATE TABLE a (); COMMIT;"]) { fixture in
            await #expect(throws: MigrationRefusal.endsTransaction("0001_a.sql")) { try await fixture.migrator().run() }
        }
    }

    @Test("A file that waits for a lock lets others pass, and gets through when the lock is free")
    func retriesLocks() async throws {
        try await MigratorFixture.with(Self.two) { fixture in
            _ = try await fixture.migrator().run()
            try fixture.write("0003_alter.sql", "ALTER TABLE first ADD COLUMN name text;")
            let migrator = try fixture.migrator()
            let applied = try await fixture.database.owner.withTransaction(as: .nobody) { reader in
                try await reader.query("SELECT * FROM first")
                let migrating = Task { try await migrator.run() }
                let giveUps: SQL = "SELECT count(*) FROM pg_locks WHERE relation = 'first'::regclass AND NOT granted"
                // The migrator stands in line, gives up, and stands in line again.
                for expected in [1, 0, 1] {
                    try await wait(for: "\(expected) waiting for the lock") {
                        try await reader.first(giveUps)?.decode(Int.self) == expected
                    }
                }
                return migrating
            }.value
            #expect(applied == ["0003_alter.sql"])
        }
    }

    @Test("A program refuses a database that is older than it needs")
    func refusesOldDatabases() async throws {
        try await MigratorFixture.with(Self.two) { fixture in
            await #expect(throws: MigrationRefusal.databaseTooOld(has: 0, needs: 2)) {
                try await fixture.migrator(as: "consilium_app").check()
            }
            _ = try await fixture.migrator().run()
            try await fixture.migrator(as: "consilium_app").check()
        }
    }

    @Test("An older program works on a newer database that still serves it, and is refused by one that does not")
    func respectsTheContract() async throws {
        try await MigratorFixture.with(Self.two) { fixture in
            try fixture.write("0003_new.sql", "CREATE TABLE third ();")
            _ = try await fixture.migrator().run()
            try fixture.remove("0003_new.sql")
            #expect(try await fixture.migrator().run() == [])
            try await fixture.migrator(as: "consilium_app").check()

            try fixture.write("0003_new.sql", "CREATE TABLE third ();")
            try fixture.write(
                "0004_contract.sql",
                "INSERT INTO consilium.schema_contract (serves_from) VALUES (3);")
            _ = try await fixture.migrator().run()
            try await fixture.migrator().check()
            try fixture.remove("0003_new.sql")
            try fixture.remove("0004_contract.sql")
            let refusal = MigrationRefusal.programTooOld(has: 2, needs: 3)
            await #expect(throws: refusal) { try await fixture.migrator(as: "consilium_app").check() }
            await #expect(throws: refusal) { try await fixture.migrator().run() }
        }
    }
}
