import Postgres
import ServiceLifecycle

/// The pool as a service: it outlives those that are listed after it.
struct DatabaseService: Service {
    let database: Database

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await database.run() }
    }
}
