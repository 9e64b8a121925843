import Clinic
import Postgres
import Synchronization

/// A few threads for work that would stall Swift's cooperative pool, behind a bounded, fair queue: a single request
/// waits for no more than one job of each other requester.
final class HashingThreads: Sendable {
    private struct Job: Sendable {
        let run: @Sendable () -> Void
        let refuse: @Sendable (IdentityRefusal) -> Void
    }

    private struct State {
        var running = 0
        var queue: FairQueue<Requester, Job>
    }

    /// Seconds in which one requester's share of the queue is worked off.
    private static let patience = 2

    private let threads: Int
    private let state: Mutex<State>

    /// - Parameters:
    ///   - threads: how many jobs run at once.
    ///   - limit: how many more may wait; half as many of one requester, and at least one.
    init(threads: Int, limit: Int) {
        self.threads = max(1, threads)
        state = Mutex(State(queue: FairQueue(limit: limit)))
    }

    /// How many jobs wait.
    var waiting: Int { state.withLock { $0.queue.count } }

    /// Runs `work` on one of the threads.
    /// - Throws: `IdentityRefusal.throttled` when this requester has as many waiting as it may, or was displaced by a
    ///   requester with fewer; `IdentityRefusal.busy` when the queue is full; else what `work` throws.
    func run<Value: Sendable>(
        for requester: Requester, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            enter(
                requester,
                Job(
                    run: { continuation.resume(with: Result { try work() }) },
                    refuse: { continuation.resume(throwing: $0) }))
        }
    }

    private func enter(_ requester: Requester, _ job: Job) {
        // Nil: a thread is free.
        let entry = state.withLock { state -> FairQueue<Requester, Job>.Entry? in
            guard state.running < threads else { return state.queue.add(job, of: requester) }
            state.running += 1
            return nil
        }
        switch entry {
        case nil: BlockingThread("hashing").start { self.work(job) }
        case .waits: break
        case .displaced(let other): other.refuse(.throttled(retryAfter: Self.patience))
        case .overShare: job.refuse(.throttled(retryAfter: Self.patience))
        case .full: job.refuse(.busy)
        }
    }

    /// Runs the waiting jobs, then gives the thread back.
    private func work(_ first: Job) {
        var job: Job? = first
        while let current = job {
            current.run()
            job = state.withLock { state in
                guard let next = state.queue.removeNext() else {
                    state.running -= 1
                    return nil
                }
                return next
            }
        }
    }
}
