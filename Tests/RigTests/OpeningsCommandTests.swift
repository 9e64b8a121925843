import Postgres
import TestSupport
import Testing

@Suite("The index of free time is checked and rebuilt", .database)
struct OpeningsCommandTests {
    @Test("A piece that is missing is found, named, and written anew")
    func rebuild() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        let none = try installation.run("openings", "check")
        #expect(none.code == 0 && none.said == "0 specialists, 0 differences\n", "\(none.said)")
        #expect(try installation.run("seed", "--specialists", "2", "--patients", "1", "--consults", "0").code == 0)
        #expect(try installation.run("openings", "rebuild").said == "2 specialists\n")
        #expect(try installation.run("openings", "check").said == "2 specialists, 0 differences\n")
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.execute(
                """
                DELETE FROM consilium.free_span
                WHERE ctid = (SELECT ctid FROM consilium.free_span ORDER BY starts_at DESC LIMIT 1)
                """)
        }
        let found = try installation.run("openings", "check")
        #expect(found.code == 1 && found.said.contains(": free, and not stored\n"), "\(found.said)")
        #expect(found.said.hasSuffix("2 specialists, 1 differences\n"), "\(found.said)")
        #expect(try installation.run("openings", "rebuild").code == 0)
        #expect(try installation.run("openings", "check").code == 0)
    }
}
