import Postgres
import TestSupport
import Testing

@Suite("A function that looks past row-level security", .database, .timeLimit(.minutes(5)))
struct DefinerTests {
    private func functions(_ condition: SQL) async throws -> [String] {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT p.proname::text FROM pg_proc p
                WHERE p.pronamespace = 'consilium'::regnamespace AND p.prosecdef AND \(fragment: condition) ORDER BY 1
                """
            ).map { try $0.decode(String.self) }
        }
    }

    @Test("is open to nobody whom it does not name")
    func notPublic() async throws {
        let open = try await functions(
            "(p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0))")
        #expect(open.isEmpty)
        #expect(
            try await functions("has_function_privilege('consilium_app', p.oid, 'EXECUTE')").contains("session_caller"))
    }

    @Test("looks nowhere but where it says")
    func searchPath() async throws {
        let loose = try await functions(
            "NOT coalesce(p.proconfig::text LIKE '%search_path=consilium, pg_temp%', false)")
        #expect(loose.isEmpty)
    }
}
