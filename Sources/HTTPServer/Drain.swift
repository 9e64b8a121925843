import ServiceLifecycle
import Synchronization

/// The order of leaving. When the process is told to stop, readiness answers 503 at once; after a delay, in which
/// balancers turn elsewhere, the streams say goodbye and the listener closes while requests in flight finish.
///
/// It stands last in its service group, for a group stops its services in reverse order.
final class Drain: Service {
    private struct State {
        var isDraining = false
        var isLeaving = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }

    private let delay: Duration
    private let state = Mutex(State())

    init(delay: Duration) { self.delay = delay }

    /// Whether new work should go elsewhere.
    var isDraining: Bool { state.withLock { $0.isDraining } }

    func run() async throws {
        try? await gracefulShutdown()
        state.withLock { $0.isDraining = true }
        // A cancelled sleep means that nobody wants to wait: leave at once.
        try? await Task.sleep(for: delay)
        leave()
    }

    /// Tells the streams to end.
    func leave() {
        let waiters = state.withLock { state in
            state.isDraining = true
            state.isLeaving = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when the streams should end, or when the task is cancelled.
    func waitUntilLeaving() async {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isLeaving || Task.isCancelled { return true }
                    state.waiters[ticket] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: ticket) }?.resume()
        }
    }
}
