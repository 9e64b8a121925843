import ArgumentParser
import Logging
import Postgres
import ServiceLifecycle
import UnixSignals
import Worker

/// Sends notifications, lets holds and offers lapse, copies the audit heads out, and cleans up, until it is told to stop.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Do the jobs: notifications, lapsing, checkpoints, clean-up.",
        discussion:
            "Connects as consilium_worker. Any number may run. Stops on SIGTERM or SIGINT, after the jobs it holds.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try await options.load()
        let logger = try settings.logger("consilium.worker")
        try await Migrator(
            settings.database(as: .worker), directory: settings.folder("database.migrations"), logger: logger
        ).check()
        let database = try Database(settings.database(as: .worker), logger: logger)
        let worker = try buildWorker(
            settings.worker(), database: database, vault: settings.vault(), channel: settings.mailChannel(),
            mail: settings.mail(), logger: logger)
        try await ServiceGroup(
            services: [DatabaseService(database: database), worker, Supervisor()],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }
}
