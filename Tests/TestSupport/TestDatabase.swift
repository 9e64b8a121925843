package import Logging
package import Postgres

/// A database of its own for one suite: cloned from a template that has all migrations, and dropped afterwards.
package struct TestDatabase: Sendable {
    @TaskLocal static var bound: TestDatabase?

    /// The database of the suite that runs; the suite must be declared with the trait `.database`.
    package static var current: TestDatabase {
        guard let bound else { preconditionFailure("declare the suite with the trait .database") }
        return bound
    }

    /// The database's name on the server.
    package let name: String
    /// As the gateway: logged in as `consilium_app`.
    package let app: Database
    /// As the worker: logged in as `consilium_worker`.
    package let worker: Database
    /// As the migrator: logged in as `consilium_owner`, which has no actor and sees every row.
    package let owner: Database
    /// The superuser of `CONSILIUM_TEST_POSTGRES`, in this database.
    package let superuser: Database.Settings

    init(name: String, server: TestServer) {
        self.name = name
        app = Database(server.settings(of: name, user: "consilium_app", connections: 10), logger: server.logger)
        worker = Database(server.settings(of: name, user: "consilium_worker", connections: 4), logger: server.logger)
        owner = Database(server.settings(of: name, user: "consilium_owner", connections: 4), logger: server.logger)
        superuser = server.settings(of: name)
    }

    /// How this database is reached as `role`: a libpq connection string.
    package func conninfo(as role: String) -> String { "\(superuser.conninfo) user=\(role)" }

    /// For what a test runs by itself.
    package var logger: Logger { TestServer.shared.logger }

    /// Runs `body` with an empty database: no schema, owned by `consilium_owner`.
    package static func withEmpty<Value: Sendable>(
        _ body: (TestDatabase) async throws -> Value
    ) async throws -> Value {
        let database = try await TestServer.shared.makeEmpty()
        do {
            let value = try await body(database)
            try await TestServer.shared.drop(database)
            return value
        } catch {
            try await TestServer.shared.drop(database)
            throw error
        }
    }

    func close() async {
        await app.close()
        await worker.close()
        await owner.close()
    }
}
