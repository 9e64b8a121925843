extension Database {
    /// How to reach the database, as whom, and how much to ask of it.
    package struct Settings: Sendable {
        /// A libpq connection string, as keywords or as a `postgresql://` address: several hosts, `target_session_attrs`,
        /// TLS and time limits as libpq reads them. It leads to PostgreSQL itself: a pooler in between is refused.
        package var conninfo: String
        /// Who logs in; `nil` for whom the connection string names.
        package var user: String?
        /// The role to work as from the first moment of every connection; `nil` for the one that logs in.
        package var role: String?
        /// The most connections that are open at once.
        package var connections: Int
        /// How long a transaction waits for a connection before `DatabaseUnavailable.busy`.
        package var waitDeadline: Duration
        /// How long a statement may take before it is cancelled on the server; `nil` for without end.
        package var statementDeadline: Duration?

        package init(
            conninfo: String, user: String? = nil, role: String? = nil, connections: Int = 8,
            waitDeadline: Duration = .seconds(2), statementDeadline: Duration? = .seconds(10)
        ) {
            self.conninfo = conninfo
            self.user = user
            self.role = role
            self.connections = connections
            self.waitDeadline = waitDeadline
            self.statementDeadline = statementDeadline
        }
    }
}
