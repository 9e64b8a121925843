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
        // Somebody has to put something right: the mail server's trust in us, or what the workers die of.
        let needsOperator = backlog.refused > 0 || backlog.setAside > 0
        logger.log(
            level: needsOperator ? .warning : .info, "alive",
            metadata: [
                "due": "\(backlog.due)", "running": "\(backlog.running)", "retrying": "\(backlog.retrying)",
                "refused": "\(backlog.refused)", "buried": "\(backlog.buried)", "set_aside": "\(backlog.setAside)",
                "oldest_seconds": "\(backlog.oldestSeconds.rounded())",
            ])
    }
}
