import ArgumentParser
import Logging
import Postgres

/// Brings the database to this program's schema.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database to this program's schema, forward only.",
        discussion: "Connects as consilium_owner. Run it before the gateways and workers of a new release start.")

    @OptionGroup var options: SettingsOptions

    @Option(name: .long, help: "The database, instead of the setting database.conninfo.")
    var conninfo: String?

    @Option(name: .long, help: "The folder of the migrations, instead of the setting database.migrations.")
    var directory: String?

    func run() async throws {
        let settings = try await options.load()
        let database = try settings.database(as: .owner, conninfo: conninfo)
        let migrator = try Migrator(
            database, directory: directory ?? settings.folder("database.migrations"), logger: settings.logger())
        let applied = try await migrator.run()
        print(applied.isEmpty ? "The schema is up to date." : "Applied \(applied.joined(separator: ", ")).")
    }
}
