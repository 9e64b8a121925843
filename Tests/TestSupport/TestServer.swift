import FoundationEssentials
import Glibc
import Logging
import Postgres

/// The PostgreSQL server that tests may do everything to, and the template that this process makes on it.
package actor TestServer {
    package static let shared = TestServer()

    /// Why there is no database to test with.
    package enum Refusal: Error, CustomStringConvertible {
        case isNotSet
        case isNotLocal
        case unreadable(String)

        package var description: String {
            switch self {
            case .isNotSet:
                "Set CONSILIUM_TEST_POSTGRES to the libpq connection string of a superuser of a local PostgreSQL"
                    + " that tests may create roles and databases on, e.g. 'host=/var/run/postgresql user=postgres'."
            case .isNotLocal: "CONSILIUM_TEST_POSTGRES names a server on another machine; tests refuse to touch it."
            case .unreadable(let path): "cannot read \(path)"
            }
        }
    }

    nonisolated let logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .warning
        return logger
    }()
    private nonisolated let conninfo = ProcessInfo.processInfo.environment["CONSILIUM_TEST_POSTGRES"] ?? ""
    private var template: Task<String, any Error>?
    private var clones = 0

    /// Each process names its databases by its id, so that those of a process that is gone can be told.
    private static let prefix = "consilium_test_"

    /// How to reach a database of this server; as the superuser when no user is named. The deadlines are long: a
    /// busy test machine is no fault of what is tested, nor is a worker there that waits for its turn in a transaction.
    nonisolated func settings(of database: String, user: String? = nil, connections: Int = 4) -> Database.Settings {
        Database.Settings(
            conninfo:
                "\(conninfo) options=-cidle_in_transaction_session_timeout=60s dbname=\(database)\(user.map { " user=\($0)" } ?? "")",
            connections: connections,
            waitDeadline: .seconds(60), statementDeadline: .seconds(60))
    }

    /// The path of its Unix socket.
    nonisolated var unixSocket: String {
        get throws {
            let words = conninfo.split(separator: " ").map { $0.split(separator: "=", maxSplits: 1) }
            guard let host = words.first(where: { $0.first == "host" })?.last, host.hasPrefix("/") else {
                throw Refusal.isNotSet
            }
            return "\(host)/.s.PGSQL.5432"
        }
    }

    /// The folder `Database` of this repository.
    package nonisolated var databaseFolder: String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Database").path
    }

    /// Makes a database like the template.
    func clone() async throws -> TestDatabase {
        let template = try await preparedTemplate()
        clones += 1
        let name = "\(Self.prefix)\(getpid())_\(clones)"
        try await administer { session in
            let create: SQL = """
                CREATE DATABASE \(identifier: name) TEMPLATE \(identifier: template) STRATEGY wal_log
                OWNER consilium_owner
                """
            try await session.run(script: create.text)
        }
        let database = TestDatabase(name: name, server: self)
        try await takePrivileges(of: database)
        return database
    }

    /// A clone has the rights of functions, and not those of the database itself.
    private nonisolated func takePrivileges(of database: TestDatabase) async throws {
        let script = try Self.read("\(databaseFolder)/privileges.sql")
        try await Session.with(database.superuser, logger: logger) { try await $0.run(script: script) }
    }

    private static func read(_ path: String) throws -> String {
        guard let file = FileManager.default.contents(atPath: path) else { throw Refusal.unreadable(path) }
        return String(decoding: file, as: UTF8.self)
    }

    nonisolated func drop(_ database: TestDatabase) async throws {
        await database.close()
        try await drop(database.name)
    }

    /// Makes an empty database, without schema, owned by `consilium_owner`.
    func makeEmpty() async throws -> TestDatabase {
        _ = try await preparedTemplate()
        clones += 1
        let name = "\(Self.prefix)\(getpid())_\(clones)"
        try await create(name)
        return TestDatabase(name: name, server: self)
    }

    private func preparedTemplate() async throws -> String {
        if let template { return try await template.value }
        let task = Task { try await makeTemplate() }
        template = task
        return try await task.value
    }

    private func makeTemplate() async throws -> String {
        guard !conninfo.isEmpty else { throw Refusal.isNotSet }
        let roles = try Self.read("\(databaseFolder)/roles.sql")
        try await administer { session in
            let isLocal: SQL =
                "SELECT coalesce(inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1', true)"
            guard try await session.query(isLocal).first?.decode(Bool.self) == true else { throw Refusal.isNotLocal }
            // Two processes that change one role at once would disturb each other.
            try await session.query("SELECT pg_advisory_lock(7070)")
            try await session.run(script: roles)
        }
        try await dropLeftovers()
        let name = "\(Self.prefix)\(getpid())_template"
        try await drop(name)
        try await create(name)
        _ = try await Migrator(
            settings(of: name, user: "consilium_owner"), directory: "\(databaseFolder)/migrations", logger: logger
        ).run()
        // The code that the cases of most tests have: one that there is not is refused where it is typed.
        let condition: SQL = """
            INSERT INTO consilium.condition VALUES ('C50.912', true,
                'Malignant neoplasm of unspecified site of left female breast',
                'malignant neoplasm of unspecified site of left female breast')
            """
        try await Session.with(settings(of: name, user: "consilium_owner"), logger: logger) {
            try await $0.run(script: condition.text)
        }
        try await administer { session in
            let close: SQL = "ALTER DATABASE \(identifier: name) ALLOW_CONNECTIONS false"
            try await session.run(script: close.text)
        }
        return name
    }

    private func dropLeftovers() async throws {
        let names = try await administer { session in
            try await session.query("SELECT datname FROM pg_database WHERE starts_with(datname, \(Self.prefix))")
                .map { try $0.decode(String.self) }
        }
        for name in names {
            guard let owner = name.dropFirst(Self.prefix.count).split(separator: "_").first.flatMap({ pid_t($0) }),
                kill(owner, 0) != 0, errno == ESRCH
            else { continue }
            try await drop(name)
        }
    }

    private nonisolated func create(_ name: String) async throws {
        try await administer { session in
            let create: SQL = """
                CREATE DATABASE \(identifier: name) TEMPLATE template0 STRATEGY wal_log OWNER consilium_owner
                """
            try await session.run(script: create.text)
        }
    }

    private nonisolated func drop(_ name: String) async throws {
        try await administer { session in
            let drop: SQL = "DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)"
            try await session.run(script: drop.text)
        }
    }

    private nonisolated func administer<Value: Sendable>(
        _ body: (Session) async throws -> Value
    ) async throws -> Value {
        try await Session.with(settings(of: "postgres"), logger: logger, body)
    }
}
