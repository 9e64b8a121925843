import Foundation
import Postgres
import TestSupport
import Testing

@Suite("A connection string leads to PostgreSQL itself", .database)
struct PoolerTests {
    /// A word of the connection string of the suite's database.
    private static func word(_ name: String) throws -> String {
        let words = TestDatabase.current.superuser.conninfo.split(separator: " ")
        return try #require(words.last { $0.hasPrefix("\(name)=") }).dropFirst(name.count + 1).description
    }

    private func migrate(_ conninfo: String) throws -> Installation.Outcome {
        let installation = try Installation(["CONSILIUM_DATABASE_CONNINFO": conninfo])
        defer { installation.remove() }
        return try installation.run("migrate")
    }

    @Test("A pooler in between is refused at the start, in words", arguments: [true, false])
    func pooler(ignoresOptions: Bool) throws {
        let pooler = try PgBouncer(before: Self.word("host"), ignoresOptions: ignoresOptions)
        let (code, said) = try migrate("\(pooler.conninfo) dbname=\(Self.word("dbname"))")
        try pooler.stop()
        #expect(code == 1)
        #expect(said.contains("leads to a connection pooler"), "\(said)")
    }

    @Test("An address that begins with postgresql:// is a connection string too")
    func address() throws {
        let host = try Self.word("host").replacing("/", with: "%2F")
        let (code, said) = try migrate("postgresql://\(host)/\(Self.word("dbname"))")
        #expect(code == 0, "\(said)")
        #expect(said.contains("The schema is up to date."))
    }
}
