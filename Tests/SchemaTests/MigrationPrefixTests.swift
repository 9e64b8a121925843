import FoundationEssentials
import Postgres
import TestSupport
import Testing

/// The migrations are applied one after another to an empty database. After each, what exists by then is complete: no
/// function names a table, a column or a function of a later file.
@Suite("Each migration stands on its predecessors alone")
struct MigrationPrefixTests {
    @Test("After each migration every function that exists by then can run")
    func prefixes() async throws {
        let source = URL(filePath: TestServer.shared.databaseFolder).appending(path: "migrations")
        let names = try FileManager.default.contentsOfDirectory(atPath: source.path).sorted()
        #expect(names.map { $0.prefix(4) } == (1...names.count).map { "\("000\($0)".suffix(4))" })
        try await Self.withDirectory { directory, database in
            for name in names {
                try FileManager.default.copyItem(
                    at: source.appending(path: name), to: directory.appending(path: name))
                try await Self.migrate(database, directory)
                #expect(try await Self.faults(of: database) == [], "after \(name)")
            }
        }
    }

    @Test("Control: a function that names what is not there is seen, in PL/pgSQL, as a trigger, and in SQL")
    func faultsAreSeen() async throws {
        try await Self.withDirectory { directory, database in
            let file = """
                SET LOCAL check_function_bodies = false;
                CREATE TABLE consilium.known (id integer);
                CREATE FUNCTION consilium.reads() RETURNS integer LANGUAGE plpgsql AS $$
                BEGIN RETURN (SELECT id FROM consilium.unknown); END $$;
                CREATE FUNCTION consilium.follows() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN NEW.missing := 1; RETURN NEW; END $$;
                CREATE TRIGGER follows BEFORE INSERT ON consilium.known
                    FOR EACH ROW EXECUTE FUNCTION consilium.follows();
                CREATE FUNCTION consilium.counts(of integer) RETURNS integer LANGUAGE sql AS $$
                SELECT consilium.unknown(of) $$;
                """
            try Data(file.utf8).write(to: directory.appending(path: "0001_faults.sql"))
            try await Self.migrate(database, directory)
            let faults = try await Self.faults(of: database)
            for (function, state) in [("reads", "42P01"), ("follows", "42703"), ("counts", "42883")] {
                #expect(
                    faults.contains { $0.hasPrefix("\(function)(") && $0.contains(state) }, "\(function): \(faults)")
            }
        }
    }

    private static func withDirectory(_ body: (URL, TestDatabase) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "prefix-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try await TestDatabase.withEmpty { try await body(directory, $0) }
        try FileManager.default.removeItem(at: directory)
    }

    private static func migrate(_ database: TestDatabase, _ directory: URL) async throws {
        _ = try await Migrator(
            Database.Settings(conninfo: database.conninfo(as: "consilium_owner")), directory: directory.path,
            logger: database.logger
        ).run()
    }

    /// What is wrong with the functions of the schema, as "function: SQLSTATE, message".
    private static func faults(of database: TestDatabase) async throws -> [String] {
        try await Session.with(database.superuser, logger: database.logger) { session in
            try await session.run(
                script: "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS plpgsql_check SCHEMA public;"
            )
            try await session.run(script: "BEGIN; SET LOCAL search_path = consilium, public;")
            try await session.run(script: calls)
            let faults = try await session.query(
                "\(fragment: checked) UNION SELECT fault FROM pg_temp.fault ORDER BY 1"
            )
            .map { try $0.decode(String.self) }
            try await session.run(script: "ROLLBACK")
            return faults
        }
    }

    /// Every function in PL/pgSQL, a trigger's with each of its tables.
    private static let checked: SQL = """
        SELECT p.oid::regprocedure || ': ' || c.sqlstate || ', ' || c.message
        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql',
            LATERAL (
                SELECT 0::oid AS relation, NULL::name AS old_table, NULL::name AS new_table
                WHERE p.prorettype <> 'trigger'::regtype
                UNION SELECT t.tgrelid, t.tgoldtable, t.tgnewtable FROM pg_trigger t WHERE t.tgfoid = p.oid) t,
            plpgsql_check_function_tb(p.oid, t.relation, fatal_errors := false, other_warnings := false,
                extra_warnings := false, performance_warnings := false, oldtable := t.old_table, newtable := t.new_table) c
        WHERE p.pronamespace = 'consilium'::regnamespace AND c.level = 'error'
        """

    /// Calls every other function with arguments that say nothing, and keeps what of that says that something is not there,
    /// or cannot be read (SQLSTATE class 42, but for what a caller may not).
    private static let calls = """
        CREATE TEMP TABLE fault (fault text) ON COMMIT DROP;
        DO $do$
        DECLARE
            callee record;
        BEGIN
            FOR callee IN
                SELECT p.oid::regprocedure AS name, (
                    SELECT string_agg(CASE WHEN p.provariadic <> 0 AND a.nth = p.pronargs THEN 'VARIADIC ' ELSE '' END
                        || CASE a.type WHEN 'regclass'::regtype THEN quote_literal('consilium.migration')
                            WHEN 'text'::regtype THEN quote_literal('') ELSE 'NULL' END
                        || '::' || format_type(a.type, NULL), ', ' ORDER BY a.nth)
                    FROM unnest(p.proargtypes) WITH ORDINALITY a (type, nth)) AS arguments, p.proname
                FROM pg_proc p
                WHERE p.pronamespace = 'consilium'::regnamespace AND p.prorettype <> 'trigger'::regtype ORDER BY p.oid
            LOOP
                BEGIN
                    EXECUTE format('SELECT FROM consilium.%I(%s)', callee.proname, callee.arguments);
                EXCEPTION WHEN OTHERS THEN
                    IF SQLSTATE LIKE '42%' AND SQLSTATE <> '42501' THEN
                        INSERT INTO pg_temp.fault VALUES (callee.name || ': ' || SQLSTATE || ', ' || SQLERRM);
                    END IF;
                END;
            END LOOP;
        END
        $do$;
        """
}
