import Logging
import Synchronization

/// Connections that tasks borrow: carries out what `PoolState` decides.
final class Pool: EventSource {
    private struct ConnectionSlot {
        var state: PoolState
        var connections: [Int: Connection] = [:]
        var waiters: [Int: CheckedContinuation<Lease, any Error>] = [:]
        var closing: [CheckedContinuation<Void, Never>] = []
        var filling: [CheckedContinuation<Void, Never>] = []
        /// What each new connection does before anybody borrows it.
        var warmUp: [SQL] = []
        var lastWaiter = 0
        var watch: UInt64?

        mutating func deed(of action: PoolState.Action) -> Effect? {
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

        /// Who waited for what has come about: that all is open, or all is closed.
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

    /// An action with whom it is about.
    private enum Effect: Sendable {
        case open(Int)
        case close(Connection)
        case grant(CheckedContinuation<Lease, any Error>, Lease)
        case refuse(CheckedContinuation<Lease, any Error>, DatabaseUnavailable)
    }

    /// A connection, borrowed.
    struct Lease: Sendable {
        let member: Int
        let connection: Connection
    }

    let settings: Database.Settings
    private let conninfo: Conninfo?
    private let logger: Logger
    private let shell: Mutex<ConnectionSlot>

    init(_ settings: Database.Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
        conninfo = try? Conninfo(settings)
        shell = Mutex(ConnectionSlot(state: PoolState(limit: settings.connections)))
    }

    deinit {
        let (watch, connections) = shell.withLock { ($0.watch, $0.connections) }
        if let watch { EventLoop.shared.remove(watch, socket: nil) }
        for connection in connections.values { connection.close() }
    }

    /// Borrows a connection; it must be released.
    /// - Throws: `DatabaseUnavailable.busy` or `.unreachable` at the deadline, `CancellationError`.
    func lease() async throws -> Lease {
        let (lease, waiter) = shell.withLock { shell -> (Lease?, Int) in
            if let member = shell.state.takeIdle(), let connection = shell.connections[member] {
                return (Lease(member: member, connection: connection), 0)
            }
            shell.lastWaiter += 1
            return (nil, shell.lastWaiter)
        }
        if let lease { return lease }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let now = ContinuousClock.now
                let patience = now + self.settings.waitDeadline
                let deadline = min(patience, Database.Deadline.current?.instant ?? patience)
                perform { shell in
                    shell.waiters[waiter] = continuation
                    if shell.watch == nil { shell.watch = EventLoop.shared.add(WeakClock(self), socket: nil) }
                    return shell.state.enqueue(waiter, until: deadline, at: now)
                }
                // The handler may have run before there was anybody to withdraw.
                if Task.isCancelled { withdraw(waiter) }
            }
        } onCancel: {
            withdraw(waiter)
        }
    }

    var load: Database.Load {
        shell.withLock { shell in
            Database.Load(
                limit: shell.state.limit, open: shell.state.size, busy: shell.state.busy, waiting: shell.state.waiting)
        }
    }

    /// Opens every connection that there may be, and returns when each is open or could not be made. These and those
    /// that are opened later run the statements before anybody borrows them.
    func fill(warmingUpBy statements: [SQL]) async {
        await withCheckedContinuation { continuation in
            perform { shell in
                shell.warmUp = statements
                shell.filling.append(continuation)
                return shell.state.fill()
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
            let isDone = shell.withLock { shell in
                if !shell.isClosed { shell.closing.append(continuation) }
                return shell.isClosed
            }
            if isDone { continuation.resume() }
        }
    }

    func ready(readable: Bool, writable: Bool) {}

    func tick(at now: ContinuousClock.Instant) {
        perform { $0.state.tick(at: now) }
    }

    private func withdraw(_ waiter: Int) {
        let continuation = shell.withLock { shell in
            shell.state.withdraw(waiter) ? shell.waiters.removeValue(forKey: waiter) : nil
        }
        continuation?.resume(throwing: CancellationError())
    }

    /// Changes the state, and does outside of the lock what it decided.
    private func perform(_ change: (inout ConnectionSlot) -> [PoolState.Action]) {
        let (deeds, waiting) = shell.withLock { shell -> ([Effect], [CheckedContinuation<Void, Never>]) in
            let deeds = change(&shell).compactMap { shell.deed(of: $0) }
            return (deeds, shell.takeWaiting())
        }
        for deed in deeds {
            switch deed {
            case .open(let member): open(member)
            case .close(let connection): connection.close()
            case .grant(let continuation, let lease): continuation.resume(returning: lease)
            case .refuse(let continuation, let reason): continuation.resume(throwing: reason)
            }
        }
        for continuation in waiting { continuation.resume() }
    }

    private func open(_ member: Int) {
        Thread.start { [self] in
            do throws(DatabaseUnavailable) {
                guard let conninfo else {
                    logger.error("the setting for the database is not a libpq connection string")
                    throw .unreachable
                }
                let connection = try Connection(conninfo, prepares: true, logger: logger) {
                    [weak self] in self?.lost(member)
                }
                let statements = shell.withLock { $0.warmUp }
                guard !statements.isEmpty else { return add(connection, as: member) }
                Task {
                    await connection.warmUp(by: statements)
                    add(connection, as: member)
                }
            } catch {
                perform { shell in
                    shell.state.failedToOpen(member, jitter: .random(in: 0...1), at: .now)
                    return []
                }
            }
        }
    }

    private func add(_ connection: Connection, as member: Int) {
        perform { shell in
            shell.connections[member] = connection
            return shell.state.opened(member, at: .now)
        }
        // It may have broken before it was known here.
        if !connection.isOpen { lost(member) }
    }

    private func lost(_ member: Int) {
        perform { shell in
            shell.connections[member] = nil
            return shell.state.lost(member, at: .now)
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
