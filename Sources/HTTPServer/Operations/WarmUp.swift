import Postgres
import ServiceLifecycle
import Synchronization

/// Opens the gateway's connections to the database and has them warm before the first request: a connection that knows
/// nothing yet costs its first requests a multiple of the time.
final class WarmUp: Service {
    /// Then the gateway is ready with what is open: a database that gives it fewer connections is no reason to stay away.
    private static let patience = Duration.seconds(10)

    private let database: Database
    private let statements: [SQL]?
    private let isDone: Mutex<Bool>

    /// - Parameter statements: what each connection runs; nil when there is nothing to wait for.
    init(_ database: Database, statements: [SQL]?) {
        self.database = database
        self.statements = statements
        isDone = Mutex(statements == nil)
    }

    var isOver: Bool { isDone.withLock { $0 } }

    func run() async throws {
        if let statements {
            await database.warmUp(by: statements, patience: Self.patience)
            isDone.withLock { $0 = true }
        }
        try? await gracefulShutdown()
    }
}
