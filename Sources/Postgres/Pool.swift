import Logging
import Synchronization

/// The connections that tasks borrow. It carries out what `PoolState` decides.
final class Pool: EventSource {
    /// The pool's state, with the connections and the tasks that it is about.
    private struct Contents {
        var state: PoolState
        var connections: [Int: Connection] = [:]
        var waiters: [Int: CheckedContinuation<Lease, any Error>] = [:]
        var closing: [CheckedContinuation<Void, Never>] = []
        var filling: [CheckedContinuation<Void, Never>] = []
        /// What each new connection does before anybody borrows it.
        var warmUp: [SQL] = []
        var lastWaiter = 0
        var watch: UInt64?

        mutating func effect(of action: PoolState.Action) -> Effect? {
            switch action {
            case .open(let member):
                return .open(member)
            case .close(let member):
                return connections[member].map { .close($0) }
            case .grant(let member, let waiter):
                guard let continuation = waiters.removeValue(forKey: waiter) else { return nil }
                guard let connection = connections[member] else { return .refuse(continuation, .unreachable) }
                return .grant(continuation, Lease(member: member, connection: connection))
            case .refuse(let waiter, let reason):
                return waiters.removeValue(forKey: waiter).map { .refuse($0, reason) }
            }
        }

        /// The tasks that waited until all connections are open, or all are closed, once they are.
        mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
            var waiting: [CheckedContinuation<Void, Never>] = []
            if !state.isOpening { swap(&waiting, &filling) }
            if isClosed {
                waiting += closing
                closing = []
            }
            return waiting
        }

        var isClosed: Bool { state.isShutDown && state.isEmpty && connections.isEmpty }
    }

    /// An action, with the connection or task that it is about.
    private enum Effect: Sendable {
        case open(Int)
        case close(Connection)
        case grant(CheckedContinuation<Lease, any Error>, Lease)
        case refuse(CheckedContinuation<Lease, any Error>, DatabaseUnavailable)
    }

    /// A borrowed connection.
    struct Lease: Sendable {
        let member: Int
        let connection: Connection
    }

    let settings: Database.Settings
    private let conninfo: Conninfo?
    private let logger: Logger
    private let contents: Mutex<Contents>

    init(_ settings: Database.Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
        conninfo = try? Conninfo(settings)
        contents = Mutex(Contents(state: PoolState(limit: settings.connections)))
    }

    deinit {
        let (watch, connections) = contents.withLock { ($0.watch, $0.connections) }
        if let watch { EventLoop.shared.remove(watch, socket: nil) }
        for connection in connections.values { connection.close() }
    }

    /// Borrows a connection; it must be released.
    /// - Throws: `DatabaseUnavailable.busy` or `.unreachable` at the deadline, `CancellationError`.
    func lease() async throws -> Lease {
        let (lease, waiter) = contents.withLock { contents -> (Lease?, Int) in
            if let member = contents.state.takeIdle(), let connection = contents.connections[member] {
                return (Lease(member: member, connection: connection), 0)
            }
            contents.lastWaiter += 1
            return (nil, contents.lastWaiter)
        }
        if let lease { return lease }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let now = ContinuousClock.now
                let patience = now + self.settings.waitDeadline
                let deadline = min(patience, Database.Deadline.current?.instant ?? patience)
                perform { contents in
                    contents.waiters[waiter] = continuation
                    if contents.watch == nil { contents.watch = EventLoop.shared.add(WeakClock(self), socket: nil) }
                    return contents.state.enqueue(waiter, until: deadline, at: now)
                }
                // The cancellation handler may have run before the waiter was there.
                if Task.isCancelled { withdraw(waiter) }
            }
        } onCancel: {
            withdraw(waiter)
        }
    }

    var load: Database.Load {
        contents.withLock { contents in
            Database.Load(
                limit: contents.state.limit, open: contents.state.size, busy: contents.state.busy,
                waiting: contents.state.waiting)
        }
    }

    /// Opens as many connections as there may be, and returns when each is open or has failed. Each connection, also one
    /// that is opened later, runs the statements before anybody borrows it.
    func fill(warmingUpBy statements: [SQL]) async {
        await withCheckedContinuation { continuation in
            perform { contents in
                contents.warmUp = statements
                contents.filling.append(continuation)
                return contents.state.fill()
            }
        }
    }

    func release(_ lease: Lease) {
        perform { $0.state.release(lease.member, at: .now) }
    }

    /// Refuses new borrowers and waits until every connection is closed.
    func shutDown() async {
        perform { $0.state.shutDown() }
        await withCheckedContinuation { continuation in
            let isDone = contents.withLock { contents in
                if !contents.isClosed { contents.closing.append(continuation) }
                return contents.isClosed
            }
            if isDone { continuation.resume() }
        }
    }

    func ready(readable: Bool, writable: Bool) {}

    func tick(at now: ContinuousClock.Instant) {
        perform { $0.state.tick(at: now) }
    }

    private func withdraw(_ waiter: Int) {
        let continuation = contents.withLock { contents in
            contents.state.withdraw(waiter) ? contents.waiters.removeValue(forKey: waiter) : nil
        }
        continuation?.resume(throwing: CancellationError())
    }

    /// Changes the state, then carries out its decisions outside of the lock.
    private func perform(_ change: (inout Contents) -> [PoolState.Action]) {
        let (effects, waiting) = contents.withLock { contents -> ([Effect], [CheckedContinuation<Void, Never>]) in
            let effects = change(&contents).compactMap { contents.effect(of: $0) }
            return (effects, contents.takeWaiting())
        }
        for effect in effects {
            switch effect {
            case .open(let member): open(member)
            case .close(let connection): connection.close()
            case .grant(let continuation, let lease): continuation.resume(returning: lease)
            case .refuse(let continuation, let reason): continuation.resume(throwing: reason)
            }
        }
        for continuation in waiting { continuation.resume() }
    }

    private func open(_ member: Int) {
        BlockingThread("connect").start { [self] in
            do throws(DatabaseUnavailable) {
                guard let conninfo else {
                    logger.error("the setting for the database is not a libpq connection string")
                    throw .unreachable
                }
                let connection = try Connection(conninfo, prepares: true, logger: logger) {
                    [weak self] in self?.lost(member)
                }
                let statements = contents.withLock { $0.warmUp }
                guard !statements.isEmpty else { return add(connection, as: member) }
                Task {
                    await connection.warmUp(by: statements)
                    add(connection, as: member)
                }
            } catch {
                perform { contents in
                    contents.state.failedToOpen(member, jitter: .random(in: 0...1), at: .now)
                    return []
                }
            }
        }
    }

    private func add(_ connection: Connection, as member: Int) {
        perform { contents in
            contents.connections[member] = connection
            return contents.state.opened(member, at: .now)
        }
        // It may have broken before it was added.
        if !connection.isOpen { lost(member) }
    }

    private func lost(_ member: Int) {
        perform { contents in
            contents.connections[member] = nil
            return contents.state.lost(member, at: .now)
        }
    }
}

/// Lets the event loop tick a pool without keeping it alive.
private final class WeakClock: EventSource {
    private struct Reference: Sendable { weak var pool: Pool? }

    private let reference: Reference

    init(_ pool: Pool) { reference = Reference(pool: pool) }

    func ready(readable: Bool, writable: Bool) {}

    func tick(at now: ContinuousClock.Instant) { reference.pool?.tick(at: now) }
}
