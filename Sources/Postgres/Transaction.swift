import Synchronization

/// A transaction, for the one task that runs its body. `BEGIN` and the actor are sent with the first statement.
///
/// An error ends it: every later statement throws the same error, and nothing is committed.
package final class Transaction: Sendable {
    private enum Phase {
        case fresh
        case open
        case failed(any Error)
        case committed
        case rolledBack
    }

    private struct State {
        var phase = Phase.fresh
        var isBusy = false
        var unsent: [Statement] = []
        var actions: [@Sendable () async -> Void] = []
        var rollbackActions: [@Sendable () async -> Void] = []
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
    /// - Throws: `DatabaseError`, `DatabaseUnavailable`, `UnsendableValue`, `TransactionMisuse`, `CancellationError`.
    @discardableResult
    package func query(_ sql: SQL) async throws -> [Row] {
        try await result(of: sql).rows
    }

    /// As `query`, for the first row.
    package func first(_ sql: SQL) async throws -> Row? {
        try await result(of: sql).first
    }

    /// As `query`, for the number of rows that were affected.
    @discardableResult
    package func execute(_ sql: SQL) async throws -> Int {
        try await result(of: sql).affected
    }

    /// As `query`, and commits in the same round trip: the last statement of a transaction. Nothing may follow it.
    @discardableResult
    package func last(_ sql: SQL) async throws -> [Row] {
        try await result(of: sql, .commit).rows
    }

    /// Enqueues a statement, which is sent with the next one that is waited for, or with the commit. An error is thrown when
    /// an answer is asked for, at the latest by the commit.
    package func enqueue(_ sql: SQL) -> Pending {
        let statement = Statement(sql)
        state.withLock { $0.unsent.append(statement) }
        return Pending(statement: statement, transaction: self)
    }

    /// From the next statement on, the transaction works for another actor. For a commit that serves several people.
    package func act(as actor: Actor) {
        if let sql = SQL.setActor(actor) { _ = enqueue(sql) }
    }

    /// Runs `action` after the commit, and never without one.
    package func onCommit(_ action: @escaping @Sendable () async -> Void) {
        state.withLock { $0.actions.append(action) }
    }

    /// Runs `action` after a rollback because the body threw, and never after a commit was tried.
    package func onRollback(_ action: @escaping @Sendable () async -> Void) {
        state.withLock { $0.rollbackActions.append(action) }
    }

    /// The actions to run after the commit; none when there was no commit.
    var actionsAfterCommit: [@Sendable () async -> Void] {
        state.withLock { state in
            if case .committed = state.phase { state.actions } else { [] }
        }
    }

    /// The actions to run after the rollback; none when there was a commit.
    var actionsAfterRollback: [@Sendable () async -> Void] {
        state.withLock { state in
            if case .committed = state.phase { [] } else { state.rollbackActions }
        }
    }

    /// Commits, unless `last` has, or no statement was sent.
    func commit() async throws {
        try await flush(nil, .commit)
    }

    /// Rolls back. A connection that cannot is closed, which rolls back too.
    func rollBack() async {
        let isBegun = state.withLock { state in
            defer { state.unsent = [] }
            switch state.phase {
            case .open, .failed:
                state.phase = .rolledBack
                return true
            case .fresh:
                state.phase = .rolledBack
                return false
            case .committed, .rolledBack:
                return false
            }
        }
        guard isBegun, connection.isOpen else { return }
        do {
            try await connection.run(Batch(end: .rollback, deadline: Batch.patience))
        } catch {
            connection.close()
        }
    }

    /// Sends what is unsent and waits for its answer.
    func flush() async throws {
        try await flush(nil, .open)
    }

    private func result(of sql: SQL, _ end: Batch.End = .open) async throws -> ResultSet {
        let statement = Statement(sql)
        try await flush(statement, end)
        return try statement.answered()
    }

    private func flush(_ statement: Statement?, _ end: Batch.End) async throws {
        guard let batch = try take(statement, end) else { return }
        do {
            try await connection.run(batch)
            settle(end == .commit ? .committed : .open)
        } catch {
            settle(.failed(error))
            throw error
        }
    }

    /// The batch to send now; `nil` when there is nothing to send.
    private func take(_ statement: Statement?, _ end: Batch.End) throws -> Batch? {
        try state.withLock { state in
            guard !state.isBusy else { throw TransactionMisuse.concurrentUse }
            if let statement { state.unsent.append(statement) }
            var batch = Batch(end: end, staysOpen: end == .open, deadline: deadline)
            switch state.phase {
            case .fresh: batch.begin = actor
            case .open: break
            case .failed(let error): throw error
            case .committed where state.unsent.isEmpty: return nil
            case .committed, .rolledBack: throw TransactionMisuse.ended
            }
            if Task.isCancelled {
                state.phase = batch.begin == nil ? .failed(CancellationError()) : .rolledBack
                throw CancellationError()
            }
            // A transaction without a statement has nothing to commit.
            if batch.begin != nil, state.unsent.isEmpty {
                state.phase = end == .commit ? .committed : state.phase
                return nil
            }
            state.isBusy = true
            swap(&batch.statements, &state.unsent)
            return batch
        }
    }

    private func settle(_ phase: Phase) {
        state.withLock { state in
            state.isBusy = false
            state.phase = phase
        }
    }
}
