import Foundation
import Logging
import Postgres
import Vault

/// As whom a process logs in to the database.
enum DatabaseUser: String {
    case owner = "consilium_owner"
    case app = "consilium_app"
    case worker = "consilium_worker"
    case backup = "consilium_backup"
}

extension Settings {
    /// The database, as the user whose rights the process needs and no more.
    func database(as user: DatabaseUser, conninfo: String? = nil) throws -> Database.Settings {
        let conninfo = try conninfo ?? text("database.conninfo")
        return try Database.Settings(
            conninfo: "\(conninfo) user=\(user.rawValue)",
            connections: integer("database.connections", in: 1...200),
            waitDeadline: .milliseconds(integer("database.waitMilliseconds", in: 10...60000)),
            statementDeadline: .milliseconds(integer("database.statementMilliseconds", in: 100...600_000)))
    }

    /// Runs a body with a database that is closed afterwards, whatever happened.
    func withDatabase<Value: Sendable>(
        as user: DatabaseUser, _ body: (Database) async throws -> Value
    ) async throws -> Value {
        let database = try Database(self.database(as: user), logger: logger())
        do {
            let value = try await body(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }

    /// A logger to standard error at the set level.
    func logger(_ label: String = "consilium") throws -> Logger {
        let level: Logger.Level = try choice("log.level")
        return Logger(label: label) { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }

    /// The vault over the keyring of this machine.
    func vault() throws -> Vault {
        try Vault(Keyring.load(text("keyring.path")))
    }
}
