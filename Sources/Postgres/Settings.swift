extension Database {
    /// How to reach the database, as whom, and how much to ask of it.
    package struct Settings: Sendable {
        /// A libpq connection string: several hosts, `target_session_attrs`, TLS and time limits as libpq reads them.
        package var conninfo: String
        /// The role to work as from the first moment of every connection; `nil` for the one that logs in.
        package var role: String?
        /// The most connections that are open at once.
        package var connections: Int
        /// How long a transaction waits for a connection before `DatabaseUnavailable.busy`.
        package var waitDeadline: Duration
        /// How long a statement may take before it is cancelled on the server; `nil` for without end.
        package var statementDeadline: Duration?
        /// Whether statements are prepared once a connection. Off beneath a transaction pooler, which must also let
        /// the startup parameter `options` pass or ignore it, and needs the login to be the role.
        package var preparedStatements: Bool

        package init(
            conninfo: String, role: String? = nil, connections: Int = 8, waitDeadline: Duration = .seconds(2),
            statementDeadline: Duration? = .seconds(10), preparedStatements: Bool = true
        ) {
            self.conninfo = conninfo
            self.role = role
            self.connections = connections
            self.waitDeadline = waitDeadline
            self.statementDeadline = statementDeadline
            self.preparedStatements = preparedStatements
        }
    }
}
