package import Clinic
package import FoundationEssentials
package import Postgres

/// Jobs, written in the transaction of what they follow from: they are there exactly if it commits.
package struct Outbox: Sendable {
    private let doorbell: JobNotifier?

    /// - Parameter doorbell: rung after each commit that left a job; without one the workers find it within a second.
    package init(doorbell: JobNotifier? = nil) {
        self.doorbell = doorbell
    }

    /// Asks for somebody to be told, at once or at a time. The notice's id is the job's: asking twice with the same
    /// one is refused by the database.
    package func enqueue(_ notice: Notice, at runAt: Date? = nil, in tx: Transaction) async throws {
        try await enqueue(
            Job(.notice, payload: notice, runAt: runAt, id: JobID(rawValue: notice.id.rawValue)), in: tx)
    }

    /// Asks for a job. The statement goes out with the caller's next one, or with the commit, where its error shows.
    package func enqueue(_ job: Job, in tx: Transaction) async throws {
        _ = tx.enqueue(
            """
            INSERT INTO consilium.job (id, kind, payload, run_at, max_attempts)
            VALUES (\(job.id), \(job.kind.rawValue), \(job.payload)::jsonb,
                coalesce(\(job.runAt), clock_timestamp()), \(job.maxAttempts))
            """)
        ringOnCommit(of: tx)
    }

    func ringOnCommit(of tx: Transaction) {
        guard let doorbell else { return }
        tx.onCommit { doorbell.ring() }
    }
}
