import Clinic
import FoundationEssentials
package import Logging
package import Postgres

/// Claims jobs and runs several at once, until it is told to stop; then it finishes those that it holds.
///
/// When a worker dies, another one takes its jobs within a lease, a poll and two seconds (``Settings/headStart``). A job
/// whose lease is lost is cancelled, and cannot be finished (the fence).
package actor Runner {
    package typealias Handler = @Sendable (ClaimedJob) async throws -> JobOutcome

    package struct Settings: Sendable {
        /// Jobs at once.
        package var concurrency = 8
        package var lease = Duration.seconds(10)
        /// How often all leases are renewed; with a third of the lease, two renewals may fail.
        package var heartbeat = Duration.seconds(3)
        /// How often it looks without a notification.
        package var poll = Duration.seconds(1)
        /// How long a job whose last worker died runs before the next such job joins it, so that one that kills at once is
        /// identified. All jobs of a dead worker run again within two seconds (P9).
        package var headStart: Duration { min(.milliseconds(250), .seconds(2) / max(concurrency, 1)) }

        package init() {}
    }

    private let outbox: Outbox
    private let database: Database
    private let handlers: [JobKind: Handler]
    private let settings: Settings
    private let logger: Logger
    private let worker = UUID()
    private var held: [Lease: (job: ClaimedJob, task: Task<Void, Never>)] = [:]
    private var isStopping = false
    /// When the latest suspect started (``Outbox/claim(_:limit:takesSuspect:lease:worker:in:)``).
    private var lastSuspectStart: ContinuousClock.Instant?
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    package init(
        _ outbox: Outbox, database: Database, settings: Settings = Settings(), logger: Logger,
        handlers: [JobKind: Handler]
    ) {
        self.outbox = outbox
        self.database = database
        self.settings = settings
        self.logger = logger
        self.handlers = handlers
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Runs until ``stop()``, and then until the jobs that it holds have ended. When cancelled, it cancels them and releases
    /// their leases.
    package func run() async {
        let loops = [
            Task { await self.listen() }, Task { await self.poll() }, Task { await self.renewLeases() },
        ]
        await withTaskCancellationHandler {
            for await _ in wakes {
                if isStopping || Task.isCancelled { break }
                await work()
            }
            if Task.isCancelled { cancelHeld() }
            for (_, task) in held.values { await task.value }
        } onCancel: {
            Task { await self.cancelHeld() }
        }
        for task in loops { task.cancel() }
    }

    /// Claims nothing more; ``run()`` returns when the jobs that are held have ended.
    package func stop() {
        isStopping = true
        wake.yield()
    }

    private func listen() async {
        for await _ in database.listen(to: JobNotifier.channel) { wake.yield() }
    }

    private func poll() async {
        while !Task.isCancelled {
            wake.yield()
            try? await Task.sleep(for: settings.poll * Double.random(in: 0.8...1))
        }
    }

    private func cancelHeld() {
        isStopping = true
        for (_, task) in held.values { task.cancel() }
    }

    /// Claims and starts as many jobs as may run now.
    private func work() async {
        let limit = settings.concurrency - held.count
        guard limit > 0 else { return }
        do {
            let takesSuspect = mayTakeSuspect
            let (jobs, setAside) = try await database.withTransaction(as: .nobody) { tx in
                let setAside = try await outbox.recover(in: tx)
                let jobs = try await outbox.claim(
                    Array(handlers.keys), limit: limit, takesSuspect: takesSuspect, lease: settings.lease,
                    worker: worker, in: tx)
                return (jobs, setAside)
            }
            for job in setAside {
                logger.error("two workers died of a job: it is set aside", metadata: ["job": "\(job)"])
            }
            for job in jobs {
                held[job.lease] = (job, Task { await self.perform(job) })
            }
            if jobs.contains(where: \.isSuspect) {
                lastSuspectStart = .now
                Task { await self.wakeAfterHeadStart() }
            }
        } catch is CancellationError {
            return
        } catch {
            logger.warning("jobs cannot be claimed", metadata: ["error": "\(error)"])
        }
    }

    private var mayTakeSuspect: Bool {
        guard let lastSuspectStart, held.values.contains(where: \.job.isSuspect) else { return true }
        return ContinuousClock.now - lastSuspectStart >= settings.headStart
    }

    /// Wakes the runner when the next suspect may start.
    private func wakeAfterHeadStart() async {
        try? await Task.sleep(for: settings.headStart)
        wake.yield()
    }

    private func perform(_ job: ClaimedJob) async {
        let result: Result<JobOutcome, any Error>
        do {
            guard let handler = handlers[job.kind] else { throw JobFailure.permanent("unknown_kind") }
            result = .success(try await handler(job))
        } catch {
            result = .failure(error)
        }
        // A cancelled task could not write, but the job's end must be written.
        await Task { await self.settle(job, result) }.value
        held[job.lease] = nil
        wake.yield()
    }

    private func settle(_ job: ClaimedJob, _ result: Result<JobOutcome, any Error>) async {
        do {
            try await database.withTransaction(as: .nobody) { tx in
                switch result {
                case .success(.done): try await outbox.finish(job, in: tx)
                case .success(.postponed(let instant)): try await outbox.postpone(job, until: instant, in: tx)
                case .failure(JobFailure.permanent(let word)): try await outbox.bury(job, because: word, in: tx)
                case .failure(is CancellationError), .failure(is LeaseLost): try await outbox.release(job, in: tx)
                case .failure(let error):
                    let delay = Backoff.delay(after: job.attempt)
                    try await outbox.retry(job, after: delay, because: word(for: error), in: tx)
                }
            }
        } catch is LeaseLost {
            logger.warning("the lease was lost before the job ended", metadata: metadata(of: job))
        } catch {
            // The lease will end, and the job is tried again.
            logger.warning("the end of a job was not written", metadata: metadata(of: job))
        }
        guard case .failure(let error) = result, !(error is CancellationError) else { return }
        var metadata = metadata(of: job)
        metadata["error"] = "\(word(for: error))"
        metadata["type"] = "\(type(of: error))"
        switch error {
        case JobFailure.needsOperator:
            logger.error("a job failed, and an operator has to fix the cause", metadata: metadata)
        default: logger.log(level: job.isLastAttempt ? .error : .warning, "a job failed", metadata: metadata)
        }
    }

    /// Never the error's own text, which may quote data.
    private func word(for error: any Error) -> String {
        switch error {
        case JobFailure.transient(let word), JobFailure.needsOperator(let word), JobFailure.permanent(let word): word
        case is LeaseLost: "lease_lost"
        case is DatabaseUnavailable: "database"
        default: "unexpected"
        }
    }

    private func metadata(of job: ClaimedJob) -> Logger.Metadata {
        ["job": "\(job.id)", "kind": "\(job.kind.rawValue)", "attempt": "\(job.attempt)"]
    }

    /// Renews all leases together, and cancels the jobs whose lease is lost.
    private func renewLeases() async {
        while true {
            do { try await Task.sleep(for: settings.heartbeat) } catch { return }
            let jobs = held.values.map(\.job)
            guard !jobs.isEmpty else { continue }
            do {
                let kept = try await database.withTransaction(as: .nobody) { tx in
                    try await outbox.renew(jobs, lease: settings.lease, in: tx)
                }
                for job in jobs where !kept.contains(job.lease) { held[job.lease]?.task.cancel() }
            } catch {
                logger.warning("leases cannot be renewed", metadata: ["error": "\(error)"])
            }
        }
    }
}
