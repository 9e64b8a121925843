import Postgres
import ServiceLifecycle
import Synchronization

/// Opens the gateway's connections to the database and warms them before the first request: on a cold connection the
/// first requests take a multiple of the time.
final class WarmUp: Service {
    /// After this time the gateway is ready with the connections that are open: it can work with fewer than it asked
    /// for.
    private static let timeLimit = Duration.seconds(10)

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
            await database.warmUp(by: statements, patience: Self.timeLimit)
            isDone.withLock { $0 = true }
        }
        try? await gracefulShutdown()
    }
}
