import Synchronization

/// A transaction, for the one task that runs its body. `BEGIN` and the actor go out with the first statement.
///
/// An error ends it: every later statement throws the same error, and nothing is committed.
package final class Transaction: Sendable {
    private enum Phase {
        case fresh
        case open
        case failed(any Error)
        case ended
    }

    private struct State {
        var phase = Phase.fresh
        var isBusy = false
        var unsent: [Pending] = []
        var actions: [@Sendable () async -> Void] = []
    }

    private let connection: Connection
    private let actor: Actor
    private let deadline: Duration?
    private let state = Mutex(State())

    init(on connection: Connection, as actor: Actor, deadline: Duration?) {
        self.connection = connection
        self.actor = actor
        self.deadline = deadline
    }

    /// Sends a statement, with what was enqueued before it, and waits for its rows.
    /// - Throws: `DatabaseError`, `DatabaseUnavailable`, `UnsendableValue`, `CancellationError`.
    package func query(_ sql: SQL) async throws -> [Row] {
        try await enqueue(sql).rows()
    }

    /// As `query`, for the first row.
    package func first(_ sql: SQL) async throws -> Row? {
        try await enqueue(sql).first()
    }

    /// As `query`, for the number of rows that were affected.
    @discardableResult
    package func execute(_ sql: SQL) async throws -> Int {
        try await enqueue(sql).affected()
    }

    /// As `query`, and commits in the same round trip: the last statement of a transaction. Nothing may follow it.
    package func last(_ sql: SQL) async throws -> [Row] {
        let pending = enqueue(sql)
        try await flush(.commit)
        return try await pending.rows()
    }

    /// Puts a statement in line; it goes out with the next one that is waited for, or with the commit. An error shows
    /// when the answer is asked for, and at the latest at the commit.
    package func enqueue(_ sql: SQL) -> Pending {
        let pending = Pending(sql, in: self)
        state.withLock { $0.unsent.append(pending) }
        return pending
    }

    /// Runs `action` after the commit, and never without one.
    package func onCommit(_ action: @escaping @Sendable () async -> Void) {
        state.withLock { $0.actions.append(action) }
    }

    /// Sends what is unsent and waits for its answer.
    func flush(_ end: Batch.End = .open) async throws {
        var batch = Batch(end: end, deadline: deadline)
        let isNothingToDo = try state.withLock { state in
            guard !state.isBusy else { throw TransactionMisuse.concurrentUse }
            switch state.phase {
            case .fresh: batch.begin = actor
            case .open: break
            case .failed(let error): throw error
            case .ended where end == .commit && state.unsent.isEmpty: return true
            case .ended: throw TransactionMisuse.ended
            }
            // A transaction that never said anything has nothing to commit.
            if batch.begin != nil, state.unsent.isEmpty { return true }
            if Task.isCancelled {
                state.phase = .failed(CancellationError())
                throw CancellationError()
            }
            state.isBusy = true
            batch.statements = state.unsent
            state.unsent = []
            return false
        }
        if isNothingToDo { return }
        do {
            try await connection.run(batch)
            state.withLock { state in
                state.isBusy = false
                state.phase = end == .commit ? .ended : .open
            }
        } catch {
            state.withLock { state in
                state.isBusy = false
                state.phase = .failed(error)
            }
            throw error
        }
    }

    /// Commits, unless `last` has.
    func commit() async throws {
        try await flush(.commit)
        state.withLock { $0.phase = .ended }
    }

    /// Takes back whatever was done. A connection that cannot is closed, which takes it back too.
    func rollBack() async {
        let isOpen = state.withLock { state in
            defer {
                state.phase = .ended
                state.unsent = []
            }
            if case .open = state.phase { return true }
            if case .failed = state.phase { return true }
            return false
        }
        guard isOpen, connection.isOpen else { return }
        do {
            try await connection.run(Batch(end: .rollback, deadline: Connection.patience))
        } catch {
            connection.close()
        }
    }

    /// What is to run now that the commit has happened.
    var actionsAfterCommit: [@Sendable () async -> Void] {
        state.withLock { $0.actions }
    }
}
