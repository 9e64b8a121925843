import NIOCore
import Postgres
import Synchronization

/// The deadline of one request. The timer lives on the connection's event loop; when it fires, the work is cancelled
/// and the request is refused with the problem of the phase it was in.
///
/// All work on a request shares one budget, in which the time that its body takes to arrive does not count: looking up
/// who asks, the handler, the audit entries. What the database is asked is bound by the same moment.
final class RequestDeadline: Sendable {
    private struct State {
        var timer: Scheduled<Void>?
        var task: Task<Reply, any Error>?
        var expired: Problem?
        /// What is left of the budget, and since when it is spent; nil while a body arrives.
        var left: Duration
        var spentSince: ContinuousClock.Instant?

        mutating func pause(at now: ContinuousClock.Instant) {
            if let since = spentSince { left -= now - since }
            spentSince = nil
        }

        mutating func goOn(at now: ContinuousClock.Instant) -> Duration {
            pause(at: now)
            spentSince = now
            return max(left, .zero)
        }
    }

    /// How long before its end the database must have answered, so that the reply is there in time.
    private static let margin = Duration.milliseconds(250)

    /// What binds the database.
    let database: Database.Deadline
    private let eventLoop: any EventLoop
    private let state: Mutex<State>

    /// - Parameter budget: how long the work may take.
    init(_ eventLoop: any EventLoop, budget: Duration) {
        self.eventLoop = eventLoop
        database = Database.Deadline(in: budget - Self.margin)
        state = Mutex(State(left: budget, spentSince: .now))
    }

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

    /// Begins a phase in which a body arrives, which may take so long.
    func allow(_ duration: Duration, else problem: Problem) {
        state.withLock { $0.pause(at: .now) }
        begin(duration, else: problem)
    }

    /// Begins a phase of work: it may take what is left of the budget.
    func allowWork() {
        begin(state.withLock { $0.goOn(at: .now) }, else: Problem(.tookTooLong, retryAfter: 2))
    }

    private func begin(_ duration: Duration, else problem: Problem) {
        database.move(to: .now + duration - Self.margin)
        let timer = eventLoop.scheduleTask(in: TimeAmount(duration)) { [self] in end(problem) }
        let last = state.withLock { state in
            defer { state.timer = timer }
            return state.timer
        }
        last?.cancel()
    }

    /// Cancels the work: the request is refused with this problem.
    func end(_ problem: Problem) {
        let task = state.withLock { state in
            state.expired = problem
            return state.task
        }
        task?.cancel()
    }

    /// Throws when the phase has run out: reading a body ends quietly when it is cancelled.
    func check() throws {
        if let expired = state.withLock({ $0.expired }) { throw expired }
    }
}
