import NIOCore
import Synchronization

/// The deadline of one request. The timer lives on the connection's event loop; when it fires, the work is cancelled
/// and the request is refused with the problem of the phase it was in.
final class Watch: Sendable {
    private struct State {
        var timer: Scheduled<Void>?
        var task: Task<Reply, any Error>?
        var expired: Problem?
    }

    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Runs the work until it ends or its phase runs out.
    func run(_ work: @escaping @Sendable () async throws -> Reply) async throws -> Reply {
        let task = Task(operation: work)
        let late = state.withLock { state in
            state.task = task
            return state.expired != nil
        }
        if late { task.cancel() }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        let (timer, expired) = state.withLock { ($0.timer, $0.expired) }
        timer?.cancel()
        switch result {
        case .success(let reply): return reply
        // A commit whose outcome is unknown is never called abandoned.
        case .failure(let error) where Problem(mapping: error).kind == .outcomeUnknown: throw error
        case .failure(let error): throw expired ?? error
        }
    }

    /// Begins a phase that may take so long.
    func allow(_ duration: Duration, else problem: Problem) {
        let timer = eventLoop.scheduleTask(in: TimeAmount(duration)) { [self] in
            let task = state.withLock { state in
                state.expired = problem
                return state.task
            }
            task?.cancel()
        }
        let last = state.withLock { state in
            defer { state.timer = timer }
            return state.timer
        }
        last?.cancel()
    }

    /// Throws when the phase has run out: reading a body ends quietly when it is cancelled.
    func check() throws {
        if let expired = state.withLock({ $0.expired }) { throw expired }
    }
}
