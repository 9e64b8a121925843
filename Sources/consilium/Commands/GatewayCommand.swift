import ArgumentParser
import Gateway
import Logging
import Messaging
import Postgres
import ServiceLifecycle
import UnixSignals

/// Serves the API until it is told to stop; SIGTERM and SIGINT drain it.
struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway", abstract: "Serve the API.",
        discussion: "Connects as consilium_app. Stops on SIGTERM or SIGINT, after the requests in flight.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try await options.load()
        let logger = try settings.logger("consilium.gateway")
        try await Migrator(
            settings.database(as: .app), directory: settings.text("database.migrations"), logger: logger
        ).check()
        let database = try Database(settings.database(as: .app), logger: logger)
        let house = try await settings.house(over: database)
        let gateway = try buildGateway(
            settings.gateway(), database: database, identity: IdentityDoor(house.identity), vault: house.vault,
            endpoints: house.endpoints, warmUp: House.warmUp, logger: logger)
        try await ServiceGroup(
            services: [DatabaseService(database: database), WatchService(watch: house.watch), gateway],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }
}

/// The pool as a service: it outlives those that are listed after it.
struct DatabaseService: Service {
    let database: Database

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await database.run() }
    }
}

/// What wakes the event streams, as a service.
private struct WatchService: Service {
    let watch: ThreadWatch

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await watch.run() }
    }
}
