import FoundationEssentials
import TestSupport
import Testing

@testable import Postgres

@Suite("A row", .database, .timeLimit(.minutes(5)))
struct RowTests {
    @Test("A column is read by its name, wherever it stands")
    func byName() async throws {
        try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            let row = try #require(try await tx.first("SELECT 'Ada' AS name, NULL::int AS age, 7 AS number"))
            #expect(try row.decode("number", as: Int.self) == 7)
            #expect(try row.decode("age", as: Int?.self) == nil)
            let name: String = try row.decode("name")
            #expect(name == "Ada")
        }
    }

    @Test("A column that is missing, named twice, NULL or of another type is refused by its name")
    func mismatches() async throws {
        try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            let row = try #require(try await tx.first("SELECT 1 AS id, 2 AS id, 3 AS age, NULL::int AS size"))
            for missing in ["Age", "id"] {
                #expect(throws: RowMismatch(column: missing, columnType: 0, expected: "Int")) {
                    try row.decode(missing, as: Int.self)
                }
            }
            #expect(throws: RowMismatch(column: "age", columnType: 23, expected: "UUID")) {
                try row.decode("age", as: UUID.self)
            }
            #expect(throws: RowMismatch(column: "size", columnType: 23, expected: "Int")) {
                try row.decode("size", as: Int.self)
            }
        }
    }

    @Test("A statement that a constraint refuses is refused by what that means, and by its own error otherwise")
    func refusals() async throws {
        struct Taken: Error, Equatable {}
        let table = try await Scratch.table("id int CONSTRAINT taken UNIQUE, age int CONSTRAINT alive CHECK (age > 0)")
        func insert(_ id: Int, _ age: Int) async throws {
            try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
                try await refusing("taken", as: Taken()) {
                    try await tx.execute("INSERT INTO \(identifier: table) VALUES (\(id), \(age))")
                }
            }
        }
        try await insert(1, 1)
        await #expect(throws: Taken()) { try await insert(1, 1) }
        let other = await #expect(throws: DatabaseError.self) { try await insert(2, 0) }
        #expect(other?.constraint == "alive")
    }
}
