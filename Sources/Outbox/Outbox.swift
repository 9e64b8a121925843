package import Clinic
package import FoundationEssentials
package import Postgres

/// Jobs, written in the transaction of the change that they follow from: they exist exactly if it commits.
package struct Outbox: Sendable {
    private let notifier: JobNotifier?

    /// - Parameter notifier: wakes the workers after each commit with a job; without one they find it within a second.
    package init(notifier: JobNotifier? = nil) {
        self.notifier = notifier
    }

    /// Adds a job that sends a notice, at once or at a time. The notice's id is the job's, and the database refuses the same
    /// id twice.
    package func enqueue(_ notice: Notice, at runAt: Date? = nil, in tx: Transaction) async throws {
        try await enqueue(
            Job(.notice, payload: notice, runAt: runAt, id: JobID(rawValue: notice.id.rawValue)), in: tx)
    }

    /// Adds a job. The statement is sent with the caller's next one, or with the commit, where its error shows.
    package func enqueue(_ job: Job, in tx: Transaction) async throws {
        _ = tx.enqueue(
            """
            INSERT INTO consilium.job (id, kind, payload, run_at, max_attempts)
            VALUES (\(job.id), \(job.kind.rawValue), \(job.payload)::jsonb,
                coalesce(\(job.runAt), clock_timestamp()), \(job.maxAttempts))
            """)
        notifyOnCommit(of: tx)
    }

    func notifyOnCommit(of tx: Transaction) {
        guard let notifier else { return }
        tx.onCommit { notifier.notify() }
    }
}
