import FoundationEssentials
import Logging
import Metrics
import Outbox
import Postgres

/// Says that the worker lives and how the jobs stand, to the metrics and the log.
struct Report: Sendable {
    let database: Database
    let outbox: Outbox
    let logger: Logger

    private let heartbeat = Gauge(label: "consilium_worker_heartbeat_seconds")
    private let due = Gauge(label: "consilium_jobs_due")
    private let running = Gauge(label: "consilium_jobs_running")
    private let buried = Gauge(label: "consilium_jobs_buried")
    private let oldest = Gauge(label: "consilium_jobs_oldest_due_seconds")

    init(database: Database, outbox: Outbox, logger: Logger) {
        self.database = database
        self.outbox = outbox
        self.logger = logger
    }

    func run() async throws {
        let backlog = try await database.withTransaction(as: .nobody) { tx in try await outbox.backlog(in: tx) }
        heartbeat.record(Date().timeIntervalSince1970)
        due.record(backlog.due)
        running.record(backlog.running)
        buried.record(backlog.buried)
        oldest.record(backlog.oldestSeconds)
        logger.info(
            "alive",
            metadata: [
                "due": "\(backlog.due)", "running": "\(backlog.running)", "buried": "\(backlog.buried)",
                "oldest_seconds": "\(backlog.oldestSeconds.rounded())",
            ])
    }
}
