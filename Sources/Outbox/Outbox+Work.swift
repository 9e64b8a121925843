package import Clinic
package import FoundationEssentials
package import Postgres

/// What workers do. Every change names the fence: a worker that lost its lease changes nothing.
extension Outbox {
    /// Claims due jobs, oldest first, and skips those that other workers are claiming.
    ///
    /// A suspect is a job whose last worker died, perhaps because of it. One that lost two workers in a row starts only in a
    /// worker that holds no suspect; one that lost a single worker may join others. The row notes whether a suspect was the
    /// only one in its worker all the time: if so, it is known what killed the worker (``recover(in:)``).
    /// - Parameter takesSuspect: whether one suspect is claimed, before the others.
    package func claim(
        _ kinds: [JobKind], limit: Int, takesSuspect: Bool = true, lease: Duration, worker: UUID, in tx: Transaction
    ) async throws -> [ClaimedJob] {
        let words = kinds.map(\.rawValue)
        // now(), not clock_timestamp(): only a stable time can be used with the index.
        return try await tx.query(
            """
            WITH beside AS MATERIALIZED (
                SELECT id FROM consilium.job WHERE state = 'running' AND worker_id = \(worker) AND deaths > 0
            ), suspect AS MATERIALIZED (
                SELECT id FROM consilium.job
                WHERE state = 'ready' AND deaths > 0 AND run_at <= now() AND not_before IS NULL
                    AND kind = ANY (\(words)) AND (deaths = 1 OR NOT EXISTS (SELECT FROM beside))
                ORDER BY run_at, id LIMIT \(takesSuspect ? min(1, limit) : 0) FOR UPDATE SKIP LOCKED
            ), joined AS (
                UPDATE consilium.job SET tried_alone = false
                WHERE id IN (SELECT id FROM beside) AND state = 'running' AND worker_id = \(worker) AND tried_alone
                    AND EXISTS (SELECT FROM suspect)
            ), fresh AS MATERIALIZED (
                SELECT id FROM consilium.job
                WHERE state = 'ready' AND deaths = 0 AND run_at <= now() AND kind = ANY (\(words))
                ORDER BY run_at, id LIMIT \(limit) - (SELECT count(*) FROM suspect) FOR UPDATE SKIP LOCKED
            )
            UPDATE consilium.job j
            SET state = 'running', worker_id = \(worker), lease_until = clock_timestamp() + \(lease),
                fence = j.fence + 1, attempts = j.attempts + 1,
                tried_alone = j.deaths > 0 AND NOT EXISTS (SELECT FROM beside)
            FROM (SELECT id FROM suspect UNION ALL SELECT id FROM fresh) due WHERE j.id = due.id
            RETURNING j.id, j.kind::text, j.payload::text, j.attempts, j.max_attempts, j.fence, j.deaths > 0
            """
        ).map { row in
            let (id, kind, payload, attempt, most, fence, isSuspect) = try row.decode(
                JobID.self, String.self, String.self, Int.self, Int.self, Int64.self, Bool.self)
            return ClaimedJob(
                lease: Lease(job: id, fence: fence), kind: JobKind(rawValue: kind), payload: payload, attempt: attempt,
                maxAttempts: most, isSuspect: isSuspect)
        }
    }

    /// Renews the leases of several jobs, and returns those that are still held.
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

    /// Whether the job is still this worker's. Ask before doing something irreversible.
    package func isHeld(_ job: ClaimedJob, in tx: Transaction) async throws -> Bool {
        try await tx.first(
            """
            SELECT true FROM consilium.job
            WHERE id = \(job.id) AND fence = \(job.lease.fence) AND state = 'running' AND lease_until > clock_timestamp()
            """) != nil
    }

    /// Whether the job was added at least so long ago.
    package func isOlder(_ job: ClaimedJob, than age: Duration, in tx: Transaction) async throws -> Bool {
        try await tx.first(
            "SELECT true FROM consilium.job WHERE id = \(job.id) AND created_at + \(age) <= clock_timestamp()") != nil
    }

    /// - Throws: `LeaseLost`, here and below.
    package func finish(_ job: ClaimedJob, in tx: Transaction) async throws {
        try await end(job, tx, "state = 'done', finished_at = clock_timestamp()")
    }

    /// Makes the job ready again after a while, or buries it after the last attempt.
    package func retry(_ job: ClaimedJob, after delay: Duration, because word: String, in tx: Transaction) async throws
    {
        if job.isLastAttempt { return try await bury(job, because: word, in: tx) }
        try await end(job, tx, "state = 'ready', run_at = clock_timestamp() + \(delay), last_error = \(word)")
    }

    /// Ends the attempts, until an operator revives the job.
    package func bury(_ job: ClaimedJob, because word: String, in tx: Transaction) async throws {
        try await end(job, tx, "state = 'buried', finished_at = clock_timestamp(), last_error = \(word)")
    }

    /// Makes the job ready at a time, as if it had not been claimed. The time is at least a second ahead: a job in the past
    /// would be claimed again at once, before all others.
    package func postpone(_ job: ClaimedJob, until instant: Date, in tx: Transaction) async throws {
        try await end(
            job, tx,
            """
            state = 'ready', run_at = greatest(\(instant), clock_timestamp() + interval '1 second'),
                attempts = attempts - 1
            """)
    }

    /// Makes the job ready at once, as if it had not been claimed, because the worker stops.
    package func release(_ job: ClaimedJob, in tx: Transaction) async throws {
        try await end(job, tx, "state = 'ready', attempts = attempts - 1")
    }

    private func end(_ job: ClaimedJob, _ tx: Transaction, _ change: SQL) async throws {
        let count = try await tx.execute(
            """
            UPDATE consilium.job SET \(fragment: change), worker_id = NULL, lease_until = NULL, deaths = 0,
                tried_alone = false
            WHERE id = \(job.id) AND fence = \(job.lease.fence) AND state = 'running'
            """)
        guard count == 1 else { throw LeaseLost() }
    }

    /// Makes jobs ready whose worker no longer renews their lease, and buries those that had their last attempt.
    ///
    /// A job keeps its place before those that were added later. If it was the only suspect in its worker, two workers died
    /// of it, and it is set aside until an operator revives it. An attempt that ended, however it did, resets this count.
    /// - Returns: the jobs that were set aside.
    @discardableResult
    package func recover(in tx: Transaction) async throws -> [JobID] {
        try await tx.query(
            """
            WITH dead AS (
                SELECT id FROM consilium.job
                WHERE state = 'running' AND lease_until <= now() FOR UPDATE SKIP LOCKED
            ), put_back AS (
                UPDATE consilium.job j
                SET state = CASE WHEN j.attempts < j.max_attempts THEN 'ready' ELSE 'buried' END,
                    not_before = CASE WHEN j.attempts < j.max_attempts AND j.tried_alone THEN 'infinity'::timestamptz END,
                    deaths = j.deaths + 1,
                    finished_at = CASE WHEN j.attempts < j.max_attempts THEN NULL ELSE clock_timestamp() END,
                    worker_id = NULL, lease_until = NULL, tried_alone = false,
                    last_error = CASE WHEN j.tried_alone THEN 'killed_workers' ELSE 'lease_expired' END
                FROM dead WHERE j.id = dead.id RETURNING j.id, j.not_before
            )
            SELECT id FROM put_back WHERE not_before IS NOT NULL
            """
        ).map { try $0.decode(JobID.self) }
    }

    /// Deletes up to `limit` jobs that have been done for `done`, or buried for `buried`. Returns how many.
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
}
