import ArgumentParser
import Gateway
import HTTPServer
import Logging
import Messaging
import Postgres
import ServiceAPI
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
        var limits = try settings.gateway()
        if let tls = limits.tls { try settings.check(tls) }
        try settings.checkFree("gateway.port", of: "gateway.host")
        try settings.checkFree("gateway.opsPort", of: "gateway.opsHost")
        try await Migrator(
            settings.database(as: .app), directory: settings.folder("database.migrations"), logger: logger
        ).check()
        let database = try Database(settings.database(as: .app), logger: logger)
        try await Self.warnOfPrivileges(in: database, logger)
        let services = try await settings.services(over: database)
        let connections = try FileDescriptors.connections(
            limits, database: database.settings.connections, within: FileDescriptors.raiseLimit())
        if limits.connections > connections {
            logger.warning(
                "The system allows fewer connections than gateway.connections: raise LimitNOFILE",
                metadata: ["connections": .stringConvertible(connections)])
            limits.connections = connections
        }
        let gateway = try buildGateway(
            limits, database: database, identity: Authenticator(services.identity), vault: services.vault,
            endpoints: services.endpoints, warmUp: Services.warmUp, gauges: Services.gauges, logger: logger)
        let opsHost = limits.opsHost
        try await ServiceGroup(
            services: [
                DatabaseService(database: database), ThreadNotifierService(notifier: services.notifier), gateway,
                Supervisor(started: { _ = await (gateway.port, gateway.opsPort) }) {
                    await OpsPort(host: opsHost, port: gateway.opsPort).ask("/health/live").isOK
                },
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }
}

extension GatewayCommand {
    /// Says when the database still grants everybody what `Database/privileges.sql` takes away.
    private static func warnOfPrivileges(in database: Database, _ logger: Logger) async throws {
        let isLoose = try await database.withTransaction(as: .nobody) { tx in
            try await tx.first(
                """
                SELECT has_function_privilege('lo_creat(integer)', 'EXECUTE')
                    OR has_database_privilege(current_database(), 'TEMPORARY')
                """)?.decode(Bool.self)
        }
        guard isLoose == true else { return }
        logger.warning(
            "everybody may make large objects or temporary tables in the database: run Database/privileges.sql in it")
    }
}
