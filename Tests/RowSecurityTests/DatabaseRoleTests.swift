import Foundation
import Postgres
import TestSupport
import Testing

/// What the roles may do besides acting for a person, and how writes of several cases meet in the audit log.
@Suite("Each role of the database has what it needs and no more", .database, .serialized, .timeLimit(.minutes(5)))
struct DatabaseRoleTests {
    init() async throws { try await RowSecurityFixture.made(in: .current) }

    @Test("No function is everybody's, and who runs as the owner fixes where names are looked up")
    func functions() async throws {
        let loose = try await words(
            """
            SELECT p.proname::text FROM pg_proc p
            WHERE p.pronamespace = 'consilium'::regnamespace
                AND (has_function_privilege('public', p.oid, 'EXECUTE') OR p.prosecdef
                    AND NOT 'search_path=consilium, pg_temp' = ANY (coalesce(p.proconfig, '{}')))
            """)
        #expect(loose == [])
    }

    @Test("Every function that runs as the owner is told of in the schema's story, and none besides")
    func told() async throws {
        let definers = try await words(
            "SELECT p.proname::text FROM pg_proc p WHERE p.pronamespace = 'consilium'::regnamespace AND p.prosecdef")
        let story = try String(contentsOfFile: "\(TestServer.shared.databaseFolder)/README.md", encoding: .utf8)
        let section = try #require(
            story.split(separator: "\n## ").first { $0.hasPrefix("What must look across people") })
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let names = rows.flatMap { row in
            row.split(separator: "|")[0].matches(of: #/`(\w+)`/#).map { String($0.1) }
        }
        #expect(Set(names) == Set(definers))
    }

    @Test("Of what is sealed, hashed or wrapped the worker reads what writing a mail and fetching a calendar take")
    func worker() async throws {
        let columns = try await words(
            """
            SELECT a.attrelid::regclass || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'consilium'::regnamespace AND c.relforcerowsecurity AND a.attnum > 0
                AND a.atttypid = 'bytea'::regtype AND has_column_privilege('consilium_worker', c.oid, a.attnum, 'SELECT')
            """)
        #expect(
            Set(columns.map { $0.replacing("consilium.", with: "") }) == [
                "account.email", "audit_head.hash", "calendar_poll.notified_events", "calendar_poll.unclear",
                "calendar_poll.version", "linked_calendar.url",
                "person_key.wrapped",
                "rate_bucket.bucket",
            ])
    }

    @Test("The worker moves a case only as far as a lapsed offer does, and no consult out of its calendars")
    func workerWrites() async throws {
        let moves: [SQL] = [
            "UPDATE clinical_case SET state = 'unable' WHERE id = \(u(102))",
            "UPDATE clinical_case SET state = 'ready' WHERE id = \(u(101))",
            "UPDATE offer SET state = 'accepted', decided_at = now() WHERE id = \(u(503))",
            "UPDATE case_part SET until = now() WHERE part = 'specialist'",
            "DELETE FROM busy",
            "SELECT FROM busy",
            "UPDATE hold SET state = 'lapsed'",
        ]
        for move in moves {
            await #expect(throws: DatabaseError.self) {
                try await TestDatabase.current.worker.withTransaction(as: .nobody) { try await $0.execute(move) }
            }
        }
    }

    @Test("Nobody is a member of another role, but the owner of the one that reads statistics")
    func memberships() async throws {
        let members = try await words(
            """
            SELECT m.member::regrole || ' of ' || m.roleid::regrole FROM pg_auth_members m
            WHERE m.member IN (SELECT oid FROM pg_roles WHERE starts_with(rolname, 'consilium_'))
            """)
        #expect(members == ["consilium_owner of pg_read_all_stats"])
    }

    @Test("Control: without Database/privileges.sql the gateway's role keeps large objects and makes temporary tables")
    func privileges() async throws {
        let questions = (
            large: "SELECT has_function_privilege('consilium_app', 'lo_creat(integer)', 'EXECUTE')::text" as SQL,
            temporary: "SELECT has_database_privilege('consilium_app', current_database(), 'TEMPORARY')::text" as SQL
        )
        #expect(try await words(questions.large) == ["false"])
        #expect(try await words(questions.temporary) == ["false"])
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) { session in
            try await session.run(script: "BEGIN; GRANT EXECUTE ON FUNCTION lo_creat(integer) TO PUBLIC")
            try await session.run(
                script:
                    "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); END $$"
            )
            for question in [questions.large, questions.temporary] {
                #expect(try await session.query(question).first?.decode(String.self) == "true")
            }
            try await session.run(script: "ROLLBACK")
        }
    }

    @Test("A backup holds every row of every table")
    func backup() async throws {
        let tables = try await words(
            """
            SELECT c.relname::text FROM pg_class c
            WHERE c.relnamespace = 'consilium'::regnamespace AND c.relkind = 'r'
            """)
        let settings = Database.Settings(conninfo: TestDatabase.current.conninfo(as: "consilium_backup"))
        try await Session.with(settings, logger: TestDatabase.current.logger) { session in
            for table in tables {
                let all: SQL = "SELECT count(*) FROM consilium.\(identifier: table)"
                let (saved, there) = (try await session.query(all).first, try await asSuperuser(all).first)
                #expect(try saved?.decode(Int.self) == there?.decode(Int.self), "\(table)")
            }
        }
    }

    @Test("A transaction that touches several chains locks their heads in order, whatever the order of its writes")
    func headsInOrder() async throws {
        let last: SQL = "SELECT FROM audit_head WHERE chain_kind = 'case' AND chain_id = \(u(103)) FOR UPDATE"
        let first: SQL = """
            SELECT FROM audit_head WHERE chain_kind = 'case' AND chain_id = \(u(101)) FOR UPDATE SKIP LOCKED
            """
        let owner = TestDatabase.current.owner
        try await withThrowingTaskGroup { group in
            try await owner.withTransaction(as: .nobody) { holder in
                #expect(try await holder.query(last).count == 1)
                group.addTask {
                    try await owner.withTransaction(as: .nobody) { tx in
                        // The later chain first: it must wait for that head with the earlier one already locked.
                        try await tx.execute("UPDATE record SET version = version + 1 WHERE id = \(u(205))")
                        try await tx.execute("UPDATE record SET version = version + 1 WHERE id = \(u(201))")
                    }
                }
                try await wait(for: "the writer to wait") {
                    try await !asSuperuser(
                        """
                        SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """
                    ).isEmpty
                }
                #expect(try await holder.query(first).isEmpty)
            }
            try await group.waitForAll()
        }
    }

    private func words(_ question: SQL) async throws -> [String] {
        try await asSuperuser(question).map { try $0.decode(String.self) }
    }

    private func asSuperuser(_ question: SQL) async throws -> [Row] {
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) { session in
            try await session.run(script: "SET search_path = consilium, public")
            return try await session.query(question)
        }
    }
}
