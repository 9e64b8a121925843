import Logging
import Outbox
import Postgres

/// Says in the log that the worker lives, and how the jobs stand.
struct Report: Sendable {
    let database: Database
    let outbox: Outbox
    let logger: Logger

    func run() async throws {
        let backlog = try await database.withTransaction(as: .nobody) { tx in try await outbox.backlog(in: tx) }
        logger.info(
            "alive",
            metadata: [
                "due": "\(backlog.due)", "running": "\(backlog.running)", "buried": "\(backlog.buried)",
                "oldest_seconds": "\(backlog.oldestSeconds.rounded())",
            ])
    }
}
