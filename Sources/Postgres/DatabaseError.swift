import CLibPQ

/// The server refused a statement. Message, DETAIL and HINT are not kept: they print row values.
package struct DatabaseError: Error, Equatable, CustomStringConvertible {
    /// The five characters of SQLSTATE (PostgreSQL, appendix A).
    package let sqlState: String
    /// ERROR, FATAL or PANIC.
    package let severity: String
    /// The constraint that was violated.
    package let constraint: String?
    /// The table that it happened in.
    package let table: String?
    /// The function of the server that reported it.
    let routine: String?

    package init(
        sqlState: String, severity: String = "ERROR", constraint: String? = nil, table: String? = nil,
        routine: String? = nil
    ) {
        self.sqlState = sqlState
        self.severity = severity
        self.constraint = constraint
        self.table = table
        self.routine = routine
    }

    package var description: String {
        "database error \(sqlState)\(constraint.map { " (constraint \($0))" } ?? "")"
    }

    /// 23P01
    package var isExclusionViolation: Bool { sqlState == "23P01" }
    /// 23514
    package var isCheckViolation: Bool { sqlState == "23514" }
    /// 40P01
    package var isDeadlock: Bool { sqlState == "40P01" }
    /// 40001
    package var isSerializationFailure: Bool { sqlState == "40001" }
    /// 42501, also for a row that a policy forbids
    package var isInsufficientPrivilege: Bool { sqlState == "42501" }
    /// 55P03
    package var isLockNotAvailable: Bool { sqlState == "55P03" }
    /// Whether the whole transaction may succeed when it is tried once more: a serialization failure, a deadlock, or an
    /// overlap that a competitor may have left meanwhile.
    package var retryable: Bool { isSerializationFailure || isDeadlock || isExclusionViolation }
    /// Whether a commit that failed so may have happened all the same: 08007 "transaction resolution unknown", 40003
    /// "statement completion unknown".
    var leavesCommitOpen: Bool { sqlState == "08007" || sqlState == "40003" }
    /// Whether the plan of a prepared statement no longer fits its tables ("cached plan must not change result type"), or a
    /// pooler lost the statement. Prepared again, it would run.
    var isOfStalePlan: Bool {
        sqlState == "26000" || sqlState == "0A000" && routine == "RevalidateCachedQuery"
    }
    /// Whether the cause is the server and not the statement: a full disk, no memory, a failed read or write (PostgreSQL's
    /// error classes 53 and 58), or the server's lock timeout.
    package var isServerFault: Bool {
        sqlState.hasPrefix("53") || sqlState.hasPrefix("58") || isLockNotAvailable
    }
}

extension DatabaseError {
    /// Reads the fields of a failed result.
    init(_ result: OpaquePointer) {
        self.init(
            sqlState: Self.field("C", of: result) ?? "XX000",
            severity: Self.field("V", of: result) ?? "ERROR",
            constraint: Self.field("n", of: result),
            table: Self.field("t", of: result),
            routine: Self.field("R", of: result))
    }

    /// A field of an error or notice by its code: `postgres_ext.h`, `PG_DIAG_…`.
    static func field(_ code: Unicode.Scalar, of result: OpaquePointer) -> String? {
        // libpq, 34.3.1: "NULL is returned if the PGresult is not an error or warning result, or does not include the
        // specified field." The string belongs to the result.
        PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
    }
}

/// The database cannot be used now; the statement is not the cause.
package enum DatabaseUnavailable: Error, Equatable, CustomStringConvertible {
    /// No connection became free before the deadline on waiting.
    case busy
    /// No connection could be made, or it broke before the commit was sent.
    case unreachable
    /// The commit was sent and not answered: it may have happened or not.
    case outcomeUnknown
    /// The statement took longer than it may, and was cancelled.
    case statementDeadline
    /// There is a connection pooler in front of the server, which would mix up the state of sessions.
    case behindPooler
    /// The server accepts no writes: a standby, or a primary in read-only mode. The connection is closed, so that the next one
    /// can be made to another server.
    case readOnly

    /// For the operator who reads it on a terminal or in a log.
    package var description: String {
        switch self {
        case .busy: "no database connection became free in time"
        case .unreachable: "the database cannot be reached"
        case .outcomeUnknown: "the database did not answer a commit: it may have happened or not"
        case .statementDeadline: "a statement took longer than it may"
        case .behindPooler:
            "the connection string leads to a connection pooler, as PgBouncer is: Consilium keeps a pool of its own, and "
                + "what its sessions keep (prepared statements, settings, LISTEN) does not survive another; name PostgreSQL's "
                + "own host and port"
        case .readOnly: "the database takes no writes: a standby, or set to read-only"
        }
    }
}

/// A transaction was used as it must not be: a fault of the program.
package enum TransactionMisuse: Error, Equatable {
    /// By two tasks at once.
    case concurrentUse
    /// After it had ended.
    case ended
}
