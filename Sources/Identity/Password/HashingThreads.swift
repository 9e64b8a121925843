import Dispatch
import Synchronization

/// A few threads for work that would stall Swift's cooperative pool, with a bounded line before them.
final class HashingThreads: Sendable {
    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
    }

    private let threads: Int
    private let line: Int
    private let queue = DispatchQueue(label: "consilium.hashing", attributes: .concurrent)
    private let state = Mutex(State())

    init(threads: Int, line: Int) {
        self.threads = max(1, threads)
        self.line = max(0, line)
    }

    /// Runs `work` on one of the threads.
    /// - Throws: `IdentityRefusal.busy` when the line is full, else what `work` throws.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let taken = take { continuation.resume(with: Result { try work() }) }
            if !taken { continuation.resume(throwing: IdentityRefusal.busy) }
        }
    }

    private func take(_ job: @escaping @Sendable () -> Void) -> Bool {
        let (taken, starts) = state.withLock { state -> (Bool, Bool) in
            if state.running < threads {
                state.running += 1
                return (true, true)
            }
            guard state.waiting.count < line else { return (false, false) }
            state.waiting.append(job)
            return (true, false)
        }
        if starts { queue.async { self.work(job) } }
        return taken
    }

    /// Works off what waits, then gives the thread back.
    private func work(_ first: @escaping @Sendable () -> Void) {
        var job: (@Sendable () -> Void)? = first
        while let current = job {
            current()
            job = state.withLock { state in
                if state.waiting.isEmpty {
                    state.running -= 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
        }
    }
}
