import Clinic
package import FoundationEssentials
package import Postgres

/// The worker's side. Whatever ends an attempt names the fence: a worker whose lease has gone changes nothing.
extension Outbox {
    /// Takes up to so many due jobs, oldest first, passing over what other workers are taking.
    package func claim(
        _ kinds: [JobKind], limit: Int, lease: Duration, worker: UUID, in tx: Transaction
    ) async throws -> [ClaimedJob] {
        // now() and not clock_timestamp(): a stable time lets the index stop at what is due.
        try await tx.query(
            """
            WITH due AS (
                SELECT id FROM consilium.job
                WHERE state = 'ready' AND run_at <= now() AND (not_before IS NULL OR not_before <= now())
                    AND kind = ANY (\(kinds.map(\.rawValue)))
                ORDER BY run_at, id LIMIT \(limit) FOR UPDATE SKIP LOCKED
            )
            UPDATE consilium.job j
            SET state = 'running', worker_id = \(worker), lease_until = clock_timestamp() + \(lease),
                fence = j.fence + 1, attempts = j.attempts + 1
            FROM due WHERE j.id = due.id
            RETURNING j.id, j.kind::text, j.payload::text, j.attempts, j.max_attempts, j.fence
            """
        ).map { row in
            let (id, kind, payload, attempt, most, fence) = try row.decode(
                JobID.self, String.self, String.self, Int.self, Int.self, Int64.self)
            return ClaimedJob(
                lease: Lease(job: id, fence: fence), kind: JobKind(rawValue: kind), payload: payload, attempt: attempt,
                maxAttempts: most)
        }
    }

    /// Renews the leases of many jobs and returns those that are still held.
    package func renew(_ jobs: [ClaimedJob], lease: Duration, in tx: Transaction) async throws -> Set<Lease> {
        let held = try await tx.query(
            """
            UPDATE consilium.job j SET lease_until = clock_timestamp() + \(lease)
            FROM unnest(\(jobs.map(\.id))::uuid[], \(jobs.map(\.lease.fence))::bigint[]) AS held (id, fence)
            WHERE j.id = held.id AND j.fence = held.fence AND j.state = 'running'
            RETURNING j.id, j.fence
            """)
        return Set(
            try held.map { row in
                let (id, fence) = try row.decode(JobID.self, Int64.self)
                return Lease(job: id, fence: fence)
            })
    }

    /// Whether the job is still this worker's: asked before something that cannot be taken back.
    package func isHeld(_ job: ClaimedJob, in tx: Transaction) async throws -> Bool {
        try await tx.first(
            """
            SELECT true FROM consilium.job
            WHERE id = \(job.id) AND fence = \(job.lease.fence) AND state = 'running' AND lease_until > clock_timestamp()
            """) != nil
    }

    /// - Throws: `LeaseLost`, here and below.
    package func finish(_ job: ClaimedJob, in tx: Transaction) async throws {
        try await end(job, tx, "state = 'done', finished_at = clock_timestamp()")
    }

    /// Another attempt after a while; the last one buries.
    package func retry(_ job: ClaimedJob, after delay: Duration, because word: String, in tx: Transaction) async throws
    {
        if job.isLastAttempt { return try await bury(job, because: word, in: tx) }
        try await end(job, tx, "state = 'ready', run_at = clock_timestamp() + \(delay), last_error = \(word)")
    }

    /// No attempt after this one, until an operator makes it ready again.
    package func bury(_ job: ClaimedJob, because word: String, in tx: Transaction) async throws {
        try await end(job, tx, "state = 'buried', finished_at = clock_timestamp(), last_error = \(word)")
    }

    /// Back in line for a time, as if it had not been claimed.
    package func postpone(_ job: ClaimedJob, until instant: Date, in tx: Transaction) async throws {
        try await end(job, tx, "state = 'ready', run_at = \(instant), attempts = attempts - 1")
    }

    /// Back in line at once, as if it had not been claimed: what a worker does that stops.
    package func release(_ job: ClaimedJob, in tx: Transaction) async throws {
        try await end(job, tx, "state = 'ready', attempts = attempts - 1")
    }

    private func end(_ job: ClaimedJob, _ tx: Transaction, _ change: SQL) async throws {
        let count = try await tx.execute(
            """
            UPDATE consilium.job SET \(fragment: change), worker_id = NULL, lease_until = NULL, deaths = 0
            WHERE id = \(job.id) AND fence = \(job.lease.fence) AND state = 'running'
            """)
        guard count == 1 else { throw LeaseLost() }
    }

    /// Puts jobs back in line whose worker no longer renews them, and buries those that had their last attempt. Returns
    /// how many there were.
    ///
    /// A job keeps its place: however many have come since, it is the next. If the worker before died of it, too, it may
    /// be what kills them: it is passed over for as long as a job waits that has failed so often, apart from its
    /// neighbours, who lost the same workers and are not to be buried with it. Failures that a worker survived do not
    /// count: a mail that was put off for hours is resumed as soon as any.
    @discardableResult
    package func recover(in tx: Transaction) async throws -> Int {
        try await tx.execute(
            """
            WITH dead AS (
                SELECT id FROM consilium.job
                WHERE state = 'running' AND lease_until <= now() FOR UPDATE SKIP LOCKED
            )
            UPDATE consilium.job j
            SET state = CASE WHEN j.attempts < j.max_attempts THEN 'ready' ELSE 'buried' END,
                not_before = CASE WHEN j.deaths > 0 THEN clock_timestamp() + (0.5 + random() / 2)
                    * least(\(Backoff.first) * power(2, j.deaths - 1), \(Backoff.longest)) END,
                deaths = j.deaths + 1,
                finished_at = CASE WHEN j.attempts < j.max_attempts THEN NULL ELSE clock_timestamp() END,
                worker_id = NULL, lease_until = NULL, last_error = 'lease_expired'
            FROM dead WHERE j.id = dead.id
            """)
    }

    /// Forgets up to so many jobs that are done since `done`, or buried since `buried`. Returns how many.
    package func clean(done: Duration, buried: Duration, limit: Int, in tx: Transaction) async throws -> Int {
        try await tx.execute(
            """
            DELETE FROM consilium.job WHERE id IN (
                SELECT id FROM consilium.job
                WHERE state IN ('done', 'buried')
                    AND finished_at < now() - CASE state WHEN 'done' THEN \(done) ELSE \(buried) END
                ORDER BY finished_at LIMIT \(limit) FOR UPDATE SKIP LOCKED)
            """)
    }

    /// How the queue stands.
    package struct Backlog: Sendable, Equatable {
        /// Ready and due.
        package let due: Int
        package let running: Int
        package let buried: Int
        /// How long the oldest due job has waited, in seconds.
        package let oldestSeconds: Double
    }

    package func backlog(in tx: Transaction) async throws -> Backlog {
        let row = try await tx.first(
            """
            SELECT (SELECT count(*) FROM consilium.job WHERE state = 'ready' AND run_at <= now()),
                (SELECT count(*) FROM consilium.job WHERE state = 'running'),
                (SELECT count(*) FROM consilium.job WHERE state = 'buried'),
                (SELECT coalesce(extract(epoch FROM now() - min(run_at)), 0)::float8
                    FROM consilium.job WHERE state = 'ready' AND run_at <= now())
            """)
        guard let (due, running, buried, oldest) = try row?.decode(Int.self, Int.self, Int.self, Double.self) else {
            return Backlog(due: 0, running: 0, buried: 0, oldestSeconds: 0)
        }
        return Backlog(due: due, running: running, buried: buried, oldestSeconds: oldest)
    }
}
