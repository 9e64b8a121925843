package import Clinic
package import FoundationEssentials
package import Postgres

/// What operators see and do about jobs.
extension Outbox {
    /// How many jobs are in which state.
    package struct Backlog: Sendable, Equatable {
        /// Ready and due.
        package let due: Int
        package let running: Int
        /// Ready again after an attempt that failed.
        package let retrying: Int
        /// Retrying or buried, because the mail server refuses us.
        package let refused: Int
        package let buried: Int
        /// Set aside, because two workers in a row died of each.
        package let setAside: Int
        /// How long the oldest due job has waited, in seconds.
        package let oldestSeconds: Double
    }

    package func backlog(in tx: Transaction) async throws -> Backlog {
        let row = try await tx.first(
            """
            SELECT due, running, retrying, refused, buried, set_aside, oldest_seconds FROM consilium.job_backlog()
            """)
        guard let row else {
            return Backlog(
                due: 0, running: 0, retrying: 0, refused: 0, buried: 0, setAside: 0, oldestSeconds: 0)
        }
        return Backlog(
            due: try row.decode("due"), running: try row.decode("running"), retrying: try row.decode("retrying"),
            refused: try row.decode("refused"), buried: try row.decode("buried"), setAside: try row.decode("set_aside"),
            oldestSeconds: try row.decode("oldest_seconds"))
    }

    /// A job that no worker takes until somebody revives it.
    package struct StuckJob: Sendable {
        package let id: JobID
        package let kind: JobKind
        /// Set aside because two workers in a row died of it; else buried.
        package let isSetAside: Bool
        /// The word of its last failure.
        package let cause: String
        package let attempts: Int
        package let createdAt: Date
    }

    /// What is buried or set aside, the oldest first.
    package func stuck(limit: Int, in tx: Transaction) async throws -> [StuckJob] {
        try await tx.query(
            """
            SELECT id, kind::text, state = 'ready', coalesce(last_error::text, ''), attempts, created_at
            FROM consilium.job WHERE \(fragment: Self.isStuck) ORDER BY created_at, id LIMIT \(limit)
            """
        ).map { row in
            let (id, kind, isSetAside, cause, attempts, createdAt) = try row.decode(
                JobID.self, String.self, Bool.self, String.self, Int.self, Date.self)
            return StuckJob(
                id: id, kind: JobKind(rawValue: kind), isSetAside: isSetAside, cause: cause, attempts: attempts,
                createdAt: createdAt)
        }
    }

    /// Which of the stuck jobs.
    package enum Selection: Sendable {
        case ids([JobID])
        /// Those whose last failure has this word.
        case cause(String)
        case all
    }

    /// Makes stuck jobs ready at once, with all their attempts. The delivery of a mail is then pending again, under the same
    /// id.
    /// - Returns: how many there were.
    package func revive(_ selection: Selection, in tx: Transaction) async throws -> Int {
        let chosen: SQL =
            switch selection {
            case .ids(let ids): "id = ANY (\(ids))"
            case .cause(let word): "last_error = \(word)"
            case .all: "true"
            }
        let count = try await tx.execute(
            """
            UPDATE consilium.job SET state = 'ready', attempts = 0, deaths = 0, run_at = clock_timestamp(),
                not_before = NULL, finished_at = NULL, last_error = NULL
            WHERE \(fragment: Self.isStuck) AND \(fragment: chosen)
            """)
        if count > 0 { notifyOnCommit(of: tx) }
        return count
    }

    private static let isStuck: SQL = "(state = 'buried' OR state = 'ready' AND not_before IS NOT NULL)"
}
