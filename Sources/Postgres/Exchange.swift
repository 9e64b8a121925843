/// What goes to the server in one round trip, up to one synchronisation point.
struct Batch {
    enum End {
        case open
        case commit
        case rollback
    }

    /// The actor for whom to begin a transaction first; `nil` when one is open already, or none is wanted.
    var begin: Actor?
    var statements: [Statement] = []
    var end = End.open
    /// Whether a transaction must be open when all has been answered.
    var staysOpen = false
    /// How long the answer may take.
    var deadline: Duration?
}

/// A batch that was sent, and what has come back so far.
struct Exchange {
    /// What the server owes an answer for, in order.
    enum Expectation {
        /// A command whose answer nobody reads.
        case command
        /// A preparation, by the text of its statement.
        case preparation(String)
        case statement(Statement)
        case commit
        case script
        case sync
    }

    /// Why it was cancelled.
    enum Cancellation {
        case task
        case deadline
    }

    let number: Int
    let commits: Bool
    /// Whether a transaction must be open when all has been answered.
    let staysOpen: Bool
    /// When the answer is due.
    let deadline: ContinuousClock.Instant?
    /// When everything that the task does must be over.
    let latest: ContinuousClock.Instant?
    /// Whether the server may be asked to stop. A commit or rollback that is late is given up with its connection.
    let mayCancel: Bool
    /// When a cancelled exchange without an answer is given up with its connection.
    var abandonAt: ContinuousClock.Instant?
    let continuation: CheckedContinuation<Void, any Error>
    var expectations: [Expectation] = []
    /// The expectation whose answer comes next.
    var next = 0
    /// Whether that answer has begun.
    var isAnswered = false
    /// The first error of a statement.
    var error: DatabaseError?
    /// Whether the server said that it committed.
    var isCommitted = false
    /// Whether the server warned, during a commit, that it did not wait for the replica.
    var isCommitDoubtful = false
    var cancellation: Cancellation?
    /// Whether a request to cancel is on its way, which must not reach the next exchange.
    var isCancelling = false
    /// Whether a statement of the batch ended the transaction.
    var isEndedWithin = false
    /// Whether the last answer has come.
    var isSynced = false

    /// What the waiting task gets, once everything has come.
    var outcome: Result<Void, any Error> {
        switch cancellation {
        case .task: return .failure(CancellationError())
        case .deadline: return .failure(DatabaseUnavailable.statementDeadline)
        case nil: break
        }
        if let error {
            let leavesOpen = commits && error.leavesCommitOpen
            return .failure(leavesOpen ? DatabaseUnavailable.outcomeUnknown : Self.meaning(of: error))
        }
        if commits && isCommitDoubtful { return .failure(DatabaseUnavailable.outcomeUnknown) }
        // A COMMIT of a failed transaction answers "ROLLBACK", and is no error to the server.
        if commits && !isCommitted { return .failure(DatabaseError(sqlState: "25P02")) }
        if isEndedWithin { return .failure(TransactionMisuse.ended) }
        return .success(())
    }

    /// What the waiting task gets when the connection broke.
    var outcomeOfLoss: any Error {
        if commits {
            // An error of a statement before it means that the commit was skipped.
            if let error, error.severity == "ERROR" { return Self.meaning(of: error) }
            return DatabaseUnavailable.outcomeUnknown
        }
        switch cancellation {
        case .task: return CancellationError()
        case .deadline: return DatabaseUnavailable.statementDeadline
        case nil: return DatabaseUnavailable.unreachable
        }
    }

    /// The error as it is, or `DatabaseUnavailable` when it is about the server or the connection and not about the
    /// statement (PostgreSQL, appendix A).
    static func meaning(of error: DatabaseError) -> any Error {
        switch error.sqlState {
        case "57014": DatabaseUnavailable.statementDeadline
        case "25006": DatabaseUnavailable.readOnly
        // Shutting down, crashed, starting up, dropped; class 08: a connection, or a pooler's, that failed.
        case let state where state.hasPrefix("57P") || state.hasPrefix("08"): DatabaseUnavailable.unreachable
        case _ where error.isOfStalePlan: DatabaseUnavailable.unreachable
        // An error that ends the session says nothing about the statement.
        default: error.severity == "ERROR" ? error : DatabaseUnavailable.unreachable
        }
    }
}
