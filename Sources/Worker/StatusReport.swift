import Logging
import Outbox
import Postgres

/// Logs that the worker is alive, how many jobs are in which state, and why audit heads could not be copied.
struct StatusReport: Sendable {
    let database: Database
    let outbox: Outbox
    let checkpoints: CheckpointWriter
    let logger: Logger

    func run() async throws {
        let backlog = try await database.withTransaction(as: .nobody) { tx in try await outbox.backlog(in: tx) }
        // The mail server refuses us, jobs kill workers, or the disk for the checkpoints fails.
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
