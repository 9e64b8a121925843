import Postgres
import Rig
import TestSupport
import Testing

@Suite("The schema is brought to the program's", .database)
struct MigrateCommandTests {
    @Test("All of it into an empty database, nothing into one that has it")
    func migrates() async throws {
        try await TestDatabase.withEmpty { empty in
            let installation = try Installation(over: empty)
            defer { installation.remove() }
            let early = try installation.run("gateway")
            #expect(early.code == 1 && early.said.contains("consilium migrate"), "\(early.said)")
            let first = try installation.run("migrate")
            #expect(first.code == 0 && first.said.contains("Applied 0001"), "\(first.said)")
            let second = try installation.run("migrate")
            #expect(second.code == 0 && second.said.hasSuffix("The schema is up to date.\n"), "\(second.said)")
        }
    }

    @Test("Another database and folder than the settings name; a folder that is not there is refused")
    func options() async throws {
        let settings = ["CONSILIUM_DATABASE_CONNINFO": "dbname=none", "CONSILIUM_DATABASE_MIGRATIONS": "/nonexistent"]
        let installation = try Installation(settings)
        defer { installation.remove() }
        let conninfo = TestDatabase.current.superuser.conninfo
        let folder = "\(Cluster.repository)/Database/migrations"
        let done = try installation.run("migrate", "--conninfo", conninfo, "--directory", folder)
        #expect(done.code == 0 && done.said.hasSuffix("The schema is up to date.\n"), "\(done.said)")
        let refused = try installation.run("migrate", "--conninfo", conninfo)
        #expect(refused.code == 1 && refused.said.contains("malformed setting database.migrations"), "\(refused.said)")
        let nowhere = try installation.run("migrate", "--conninfo", conninfo, "--directory", "/nonexistent")
        #expect(nowhere.code == 1 && nowhere.said.contains("/nonexistent"), "\(nowhere.said)")
    }
}
