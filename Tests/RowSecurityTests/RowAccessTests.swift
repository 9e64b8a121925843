import FoundationEssentials
import Postgres
import TestSupport
import Testing

/// Row-level security, tried by plain SQL as the gateway's role, with no service in between.
@Suite("What a person may not read or write, the database does not show or take", .database, .timeLimit(.minutes(5)))
struct RowAccessTests {
    init() async throws { try await RowSecurityFixture.made(in: .current) }

    /// How many rows each person sees of each table with row-level security; of the audit log, how many chains. A dash: the
    /// gateway's role may not read the table at all. In the order of `Person`, nobody last.
    private static let matrix = """
        table                   pat oth cgv cnd spc frm snd cns crd str nob
        audit_head                -
        audit_entry               3  2  3  1  1  1  1  1  4  1  0
        audit_source              0  0  0  0  0  0  0  0  0  0  0
        account                   1  1  1  1  1  1  1  1  3  1  0
        account_particular        8  5  9  3 11  3  4  9 13  3  0
        person_key                6  3  6  1  7  1  2  6  7  1  0
        account_role              1  1  1  1  1  1  1  1  1  1  0
        password                  1  1  1  1  1  1  1  1  1  1  0
        second_factor             1  1  1  1  1  1  1  1  1  1  0
        recovery_code             1  1  1  1  1  1  1  1  1  1  0
        session                   1  1  1  1  1  1  1  1  1  1  0
        known_device              1  1  1  1  1  1  1  1  1  1  0
        factor_recovery           1  0  0  0  0  0  0  0  0  0  0
        ending_access             -
        emergency_access          0  0  0  0  0  0  0  0  0  0  0
        request_source            1  1  1  1  1  1  1  1  1  1  0
        sign_in                   1  1  1  1  1  1  1  1  1  1  0
        mail_token                1  1  1  1  1  1  1  1  1  1  0
        sign_in_throttle          -
        caregiver_grant           1  0  1  0  0  0  0  0  0  0  0
        clinical_case             2  1  2  1  2  0  1  1  3  0  0
        case_key                  2  1  2  1  2  0  1  1  3  0  0
        case_part                12  3 12  1 10  2  3  7 15  0  0
        consent                   4  1  4  1  3  0  0  2  5  0  0
        intake_part               3  1  3  0  2  0  0  2  4  0  0
        record                    4  1  4  0  2  0  1  3  5  0  0
        record_file               4  1  4  0  2  0  1  3  5  0  0
        file_chunk                4  1  4  0  2  0  1  3  5  0  0
        first_read                0  0  0  0  1  0  0  0  0  0  0
        blind_break               1  0  1  0  0  0  0  1  1  0  0
        opinion                   0  1  0  0  2  0  0  0  1  0  0
        outcome                   0  1  0  0  1  0  0  0  1  0  0
        outcome_code              -
        task                      0  0  0  0  0  0  0  0  1  0  0
        invitation                2  0  2  0  0  0  1  1  2  0  0
        job                       -
        organisation              1  1  1  1  1  1  1  1  1  1  1
        specialist_proposal       0  0  0  0  0  0  0  0  2  0  0
        specialist                3  3  3  3  3  3  3  3  3  3  3
        licence                   3  3  3  3  3  3  3  3  3  3  3
        specialist_condition      0  0  0  0  0  0  0  0  0  0  0
        match                     2  1  2  0  0  0  0  0  3  0  0
        match_candidate           5  2  5  0  0  0  0  0  7  0  0
        offer                     4  1  4  1  2  2  0  0  5  0  0
        lane_check                2  1  2  0  2  0  0  1  3  0  0
        availability_set          0  0  0  1  1  1  0  0  0  0  0
        availability_rule         0  0  0  1  1  1  0  0  0  0  0
        availability_date         0  0  0  1  1  1  0  0  0  0  0
        availability_horizon      0  0  0  1  1  1  0  0  0  0  0
        availability_override     0  0  0  1  1  1  0  0  0  0  0
        time_off                  0  0  0  1  1  1  0  0  0  0  0
        waitlist                  1  0  1  0  1  0  0  1  1  0  0
        waitlist_signal           -
        hold                      1  0  1  0  1  0  0  1  1  0  0
        appointment               1  1  1  0  2  0  0  1  2  0  0
        busy                      4  2  4  0  6  0  0  4  6  0  0
        linked_calendar           0  0  0  1  1  1  0  0  0  0  0
        calendar_poll             0  0  0  1  1  1  0  0  0  0  0
        imported_busy             0  0  0  1  1  1  0  0  0  0  0
        calendar_conflict         -
        consult_room              1  0  1  0  1  0  0  1  1  0  0
        consult_presence          1  0  0  0  0  0  0  0  0  0  0
        thread                    2  1  2  0  4  0  0  1  6  0  0
        message                   4  2  4  0  6  0  0  2 12  0  0
        read_marker        2  1  2  0  4  0  0  1  6  0  0
        calendar_feed             1  1  1  1  1  1  1  1  1  1  0
        calendar_feed_fetch       1  1  1  1  1  1  1  1  1  1  0
        notification_preference   1  1  1  1  1  1  1  1  1  1  0
        notification              1  1  1  1  1  1  1  1  1  1  0
        delivery                  1  1  1  1  1  1  1  1  1  1  0
        idempotency_key           1  1  1  1  1  1  1  1  1  1  0
        visit_type                3  3  3  3  3  3  3  3  3  3  3
        rate_bucket               -
        demonstration             -
        calendar                  8  5  8  3  9  3  5  8  9  4  3
        free_span                 -
        free_horizon              -
        """
    static let lines = matrix.split(separator: "\n").dropFirst().map { $0.split(separator: " ").map(String.init) }
    private static let people: [Person] = Person.allCases.dropFirst() + [.nobody]

    @Test("Each person sees the rows that their part grants, in every table", arguments: lines)
    func reads(line: [String]) async throws {
        let columns: SQL = line[0] == "audit_entry" ? "count(DISTINCT chain_id)" : "count(*)"
        for (person, expected) in zip(Self.people, line[1] == "-" ? Self.people.map { _ in "-" } : Array(line[1...])) {
            let seen = try await attempt(as: person) { tx in
                try await tx.first("SELECT \(fragment: columns) FROM \(identifier: line[0])")?.decode(Int.self) ?? -1
            }
            switch seen {
            case .done(let count): #expect("\(count)" == expected, "\(person) of \(line[0])")
            case .refused(let error): #expect(expected == "-" && error.isInsufficientPrivilege, "\(person): \(error)")
            }
        }
    }

    @Test("The table above leaves out no table with row-level security")
    func complete() async throws {
        let secured = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT c.relname::text FROM pg_class c
                WHERE c.relnamespace = 'consilium'::regnamespace AND c.relforcerowsecurity
                """
            ).map { try $0.decode(String.self) }
        }
        #expect(Set(secured).symmetricDifference(Self.lines.map { $0[0] }).sorted() == [])
    }

    @Test("A blinded specialist sees nothing that reveals the earlier opinion; the patient sees that there is")
    func blinded() async throws {
        for table in ["intake_part", "record", "record_file", "file_chunk", "message"] {
            let question: SQL = """
                SELECT count(*) FROM \(identifier: table) WHERE case_id = \(u(101)) AND reveals_prior
                """
            for (person, sees) in [(Person.specialist, false), (.patient, true)] {
                let seen = try await attempt(as: person) { try await $0.first(question)?.decode(Int.self) ?? 0 }
                #expect(try (seen.value > 0) == sees, "\(person) of \(table)")
            }
        }
    }

    @Test("What is not theirs to write is refused, or finds no row", arguments: RowSecurityAttack.all)
    func writes(attack: RowSecurityAttack) async throws {
        let outcome = try await attempt(as: attack.person) { tx in
            let changed = try await tx.execute(attack.statement)
            try await tx.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return changed
        }
        switch outcome {
        case .done(let changed): #expect(changed == 0 && attack.countsRows)
        // Any other state, such as a misspelt column, would be a fault of the attack.
        case .refused(let error): #expect(["42501", "23514", "23P01"].contains(error.sqlState), "\(error)")
        }
    }

    @Test("A file reveals what its record reveals, whatever its writer says")
    func followsRecord() async throws {
        let revealing = try await attempt(as: .patient) { tx in
            try await tx.execute(
                """
                INSERT INTO record_file (id, record_id, case_id, reveals_prior, state, metadata, added_by)
                VALUES (\(u(399)), \(u(202)), \(u(101)), false, 'uploading', 'x', \(u(1)))
                """)
            return try await tx.first("SELECT reveals_prior FROM record_file WHERE id = \(u(399))")?.decode(Bool.self)
        }
        #expect(try revealing.value == true)
    }

    @Test("Control: without its policies a table shows a stranger everything, and without its triggers takes it")
    func controls() async throws {
        let seen: SQL = "SELECT count(*) FROM message"
        #expect(try await weakened("SELECT", .stranger, seen) == 0)
        #expect(try await weakened("ALTER TABLE message DISABLE ROW LEVEL SECURITY", .stranger, seen) == 12)
        #expect(
            try await weakened(
                "CREATE POLICY careless ON record FOR SELECT USING (true)", .stranger,
                "SELECT count(*) FROM record") == 5)
        let opined: SQL = """
            WITH moved AS (UPDATE clinical_case SET state = 'opined' WHERE id = \(u(101)) RETURNING 1)
            SELECT count(*) FROM moved
            """
        await #expect(throws: DatabaseError.self) { try await weakened("SELECT", .patient, opined) }
        #expect(
            try await weakened(
                "ALTER TABLE clinical_case DISABLE TRIGGER enforce_transition, DISABLE TRIGGER enforce_mover", .patient,
                opined) == 1)
        let moved: SQL = """
            WITH moved AS (
                UPDATE appointment SET starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day'
                WHERE id = \(u(531)) RETURNING 1)
            SELECT count(*) FROM moved
            """
        await #expect(throws: DatabaseError.self) { try await weakened("SELECT", .patient, moved) }
        #expect(
            try await weakened("ALTER TABLE appointment DISABLE TRIGGER syncs_busy_on_update", .patient, moved) == 1)
    }

    private func attempt<Value: Sendable>(
        as person: Person, _ body: @Sendable (Transaction) async throws -> Value
    ) async throws -> Attempt<Value> {
        try await Attempt.make(in: TestDatabase.current.app, as: person.actor, body)
    }

    /// The number that a question gives a person of the gateway after the schema was weakened, which is taken back.
    private func weakened(_ change: String, _ person: Person, _ question: SQL) async throws -> Int {
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) { session in
            try await session.run(
                script: """
                    BEGIN; SET LOCAL search_path = consilium, public; \(change);
                    SET LOCAL SESSION AUTHORIZATION consilium_app;
                    SELECT set_config('consilium.actor', '\(u(person.rawValue))', true)
                    """)
            let count = try await session.query(question).first?.decode(Int.self) ?? -1
            try await session.run(script: "SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK")
            return count
        }
    }
}
