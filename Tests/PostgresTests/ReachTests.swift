import Testing

@testable import Postgres

@Suite("Where a connection string leads", .timeLimit(.minutes(5)))
struct ReachTests {
    @Test(
        "Over a network the server must prove who it is",
        arguments: [
            ("host=/run/postgresql dbname=x", false), ("dbname=x", false), ("host=@abstract", false),
            ("host=localhost", false), ("host=127.0.0.1", false), ("host=::1", false), ("hostaddr=127.1.2.3", false),
            ("host=db.example", true), ("host=10.0.0.5", true), ("host=127.0.0.1.example", true), ("host=::2", true),
            ("host=/run/postgresql,db.example", true), ("host=localhost hostaddr=10.0.0.5", true),
            ("host=db.example hostaddr=127.0.0.1", false), ("host=db1,db2 hostaddr=127.0.0.1,", true),
            ("host=db.example sslmode=require", true), ("host=db.example sslmode=verify-ca", true),
            ("host=db.example sslmode=verify-full", false), ("service=consilium", true),
            ("service=consilium sslmode=verify-full", false),
        ])
    func reach(conninfo: String, crosses: Bool) throws {
        #expect(try Database.Settings(conninfo: conninfo).crossesNetworkUnverified([:]) == crosses)
    }

    @Test("What libpq takes from the environment counts as well")
    func environment() throws {
        let settings = Database.Settings(conninfo: "dbname=x")
        #expect(try settings.crossesNetworkUnverified(["PGHOST": "db.example"]))
        #expect(try !settings.crossesNetworkUnverified(["PGHOST": "db.example", "PGSSLMODE": "verify-full"]))
        #expect(try settings.crossesNetworkUnverified(["PGSERVICE": "consilium"]))
    }
}
