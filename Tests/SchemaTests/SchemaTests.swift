import Postgres
import TestSupport
import Testing

/// What the catalogue says of the schema that the migrations make.
@Suite("The schema is explained and guarded", .database)
struct SchemaTests {
    @Test("Row-level security is forced on every table but those that hold no person's data")
    func rowSecurity() async throws {
        #expect(
            try await names(
                """
                SELECT relname FROM pg_class WHERE relnamespace = 'consilium'::regnamespace AND relkind = 'r'
                AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1
                """) == [
                    "condition", "condition_taxonomy", "consent_text", "consent_wording", "migration",
                    "schema_contract", "taxonomy", "transition",
                ])
    }

    @Test("Every table says what it is for")
    func comments() async throws {
        #expect(
            try await names(
                """
                SELECT relname FROM pg_class WHERE relnamespace = 'consilium'::regnamespace AND relkind = 'r'
                AND coalesce(obj_description(oid, 'pg_class'), '') = '' ORDER BY 1
                """) == [])
    }

    @Test("Every column that is sealed, or a digest, says so")
    func sealedColumns() async throws {
        #expect(
            try await names(
                """
                SELECT attrelid::regclass || '.' || attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE relnamespace = 'consilium'::regnamespace AND relkind = 'r' AND atttypid = 'bytea'::regtype
                AND attnum > 0 AND NOT attisdropped AND coalesce(col_description(attrelid, attnum), '')
                    !~ '(?i)sealed by the (case|person|service|patient.s person) key|HMAC|SHA-256|wrapped|Ed25519'
                ORDER BY 1
                """) == [])
    }

    @Test(
        "No constraint has a name that PostgreSQL made up",
        arguments: [
            ("c", "_check[0-9]*$"), ("u", "_key[0-9]*$"), ("x", "_excl[0-9]*$"),
        ])
    func constraints(kind: String, pattern: String) async throws {
        #expect(
            try await names(
                """
                SELECT conname FROM pg_constraint WHERE connamespace = 'consilium'::regnamespace
                AND contype::text = \(kind) AND conname ~ \(pattern) ORDER BY 1
                """) == [])
    }

    @Test("A policy's name says whom it lets do what")
    func policies() async throws {
        #expect(
            try await names(
                """
                SELECT polrelid::regclass || '.' || polname FROM pg_policy p, LATERAL (SELECT
                    CASE WHEN cardinality(polroles) > 1 THEN 'all'
                        ELSE (SELECT substr(rolname, length('consilium_') + 1) FROM pg_roles WHERE oid = polroles[1]) END
                    || CASE polcmd WHEN 'r' THEN '_select' WHEN 'a' THEN '_insert' WHEN 'w' THEN '_update'
                        WHEN 'd' THEN '_delete' ELSE '_all' END AS prefix) n
                WHERE polname <> prefix AND NOT starts_with(polname, prefix || '_') ORDER BY 1
                """) == [])
    }

    @Test("A function that runs as its owner finds its tables where it was meant to")
    func searchPaths() async throws {
        #expect(
            try await names(
                """
                SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'consilium'::regnamespace
                AND prosecdef AND NOT coalesce(proconfig, '{}') @> '{"search_path=consilium, pg_temp"}' ORDER BY 1
                """) == [])
    }

    private func names(_ query: SQL) async throws -> [String] {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(query).map { try $0.decode(String.self) }
        }
    }
}
