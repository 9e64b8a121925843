import Logging
import Outbox
import Postgres

/// Says in the log that the worker lives, how the jobs stand, and what keeps it from copying the audit heads.
struct Report: Sendable {
    let database: Database
    let outbox: Outbox
    let checkpoints: Checkpoints
    let logger: Logger

    func run() async throws {
        let backlog = try await database.withTransaction(as: .nobody) { tx in try await outbox.backlog(in: tx) }
        // Somebody has to put something right: the mail server's trust in us, what the workers die of, or a disk.
        let fault = await checkpoints.fault
        let needsOperator = backlog.refused > 0 || backlog.setAside > 0 || fault != nil
        var metadata: Logger.Metadata = [
            "due": "\(backlog.due)", "running": "\(backlog.running)", "retrying": "\(backlog.retrying)",
            "refused": "\(backlog.refused)", "buried": "\(backlog.buried)", "set_aside": "\(backlog.setAside)",
            "oldest_seconds": "\(backlog.oldestSeconds.rounded())",
        ]
        if let fault { metadata["checkpoints"] = "\(fault)" }
        logger.log(level: needsOperator ? .warning : .info, "alive", metadata: metadata)
    }
}
