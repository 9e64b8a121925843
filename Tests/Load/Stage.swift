import Foundation
import Rig
import Synchronization

/// A house of one size: its data, its gateway, the people who ask.
final class Stage: Sendable {
    let scale: Int
    let rig: Rig
    let gateway: Program
    /// Those who ask, spread over all.
    let people: [Person]
    /// The first instant of the days that bookings fill, in seconds since 1970.
    let origin: Int
    /// Thirty days from tomorrow, which the openings are asked for.
    let searched: (from: String, to: String)
    /// How many each of them has booked over HTTP.
    private let booked: Mutex<[Int]>

    /// The setting's default.
    static let databaseConnections = 8
    /// Ahead of today: up to here everybody's calendar holds the consults of the data, from here on bookings go.
    private static let (firstDay, lastDay) = (23, 88)
    /// Of one specialist, an hour each, buffer and all. Clients book the first half of them, `pgbench` the other.
    static var slots: Int { (lastDay - firstDay) * 24 }

    /// Makes a house of each size, in turn, and runs `body` with all of them.
    /// - Parameter people: those who ask, each a patient with a specialist of her own.
    static func with(
        _ scales: [Int], people: Int, seed: UInt64, _ report: Report, _ body: ([Stage]) throws -> Void
    ) throws {
        try with(scales[...], people, seed, report, [], body)
    }

    private static func with(
        _ scales: ArraySlice<Int>, _ people: Int, _ seed: UInt64, _ report: Report, _ made: [Stage],
        _ body: ([Stage]) throws -> Void
    ) throws {
        guard let scale = scales.first else { return try body(made) }
        var plan = Rig.Plan("load-\(scale)")
        plan.gateways = 1
        plan.specialists = people
        plan.patients = people
        plan.consults = 20 * people
        plan.postgres = [
            "shared_preload_libraries=pg_stat_statements", "logging_collector=on", "log_destination=jsonlog",
            "log_directory=log", "log_filename=load.log", "log_rotation_age=0", "log_rotation_size=0",
        ]
        let began = ContinuousClock.now
        try Rig.with(plan) { rig in
            let stage = try Stage(rig, scale: scale, seed: seed)
            let took = (ContinuousClock.now - began).components.seconds
            report.say(
                "×\(scale): \(people * scale) specialists and patients, \(try stage.census()); made in \(took) s")
            try with(scales.dropFirst(), people, seed, report, made + [stage], body)
        }
    }

    private init(_ rig: Rig, scale: Int, seed: UInt64) throws {
        self.scale = scale
        self.rig = rig
        origin = (Int(Date().timeIntervalSince1970) / 86_400 + Self.firstDay) * 86_400
        let tomorrow = (Int(Date().timeIntervalSince1970) / 86_400 + 1) * 86_400
        searched = (Self.instant(tomorrow), Self.instant(tomorrow + 30 * 86_400))
        let patients = try rig.patients()
        try rig.cluster.sql(Self.fill)
        people = try Self.people(rig, patients, seed)
        guard people.count == rig.plan.patients else { throw RigFailure.waited("\(rig.plan.patients) people") }
        booked = Mutex(Array(repeating: 0, count: people.count))
        if scale > 1 { try rig.cluster.sql(Self.multiply(by: scale)) }
        try rig.cluster.sql("VACUUM ANALYZE")
        try rig.cluster.sql("CHECKPOINT")
        gateway = try rig.startGateway(0)
    }

    private func census() throws -> String {
        let row = try rig.cluster.sql(
            """
            SELECT (SELECT count(*) FROM consilium.appointment), (SELECT count(*) FROM consilium.message),
                (SELECT count(*) FROM consilium.audit_entry), pg_size_pretty(pg_database_size('consilium'))
            """)[0]
        return "\(row[0]) consults, \(row[1]) messages, \(row[2]) audit entries, \(row[3])"
    }

    /// Twenty consults to come and twenty messages for each case, beside what the programme's seed makes. Without
    /// triggers: they are data, not work.
    private static let fill = """
        CREATE EXTENSION pg_stat_statements;
        ALTER SYSTEM SET pg_stat_statements.track = 'none';
        SELECT pg_reload_conf();
        SET search_path = consilium;
        SET session_replication_role = replica;
        CREATE TEMPORARY TABLE consult AS
            SELECT gen_random_uuid() AS id, c.id AS case_id, c.specialist_id, c.patient_id, t.at
            FROM clinical_case c, generate_series(2, 21) day,
                LATERAL (SELECT date_trunc('day', now()) + make_interval(days => day, hours => 17 + day % 4) AS at) t;
        INSERT INTO appointment (id, case_id, specialist_id, party_id, lane, visit_type, visit_version, state, starts_at,
            ends_at, booked_by)
        SELECT id, case_id, specialist_id, patient_id, 'licensed', 'consult-45', 1, 'booked', at,
            at + interval '45 minutes', patient_id FROM consult;
        INSERT INTO busy (person_id, during, appointment_id)
        SELECT w.person, w.during, c.id FROM consult c, LATERAL (VALUES
            (specialist_id, tstzrange(at, at + interval '1 hour')),
            (patient_id, tstzrange(at, at + interval '45 minutes'))) w (person, during);
        INSERT INTO message (thread_id, seq, id, case_id, staff_only, kind, author_id, reveals_prior, body, sent_at)
        SELECT t.id, n, gen_random_uuid(), t.case_id, false, 'text', c.patient_id, false,
            decode(repeat(md5(n::text), 6), 'hex'), now() - interval '1 day'
        FROM thread t JOIN clinical_case c ON c.id = t.case_id, generate_series(1, 20) n WHERE t.kind = 'care';
        UPDATE thread SET last_seq = 20 WHERE kind = 'care';
        """

    /// Copies everybody and everything of hers so many times less one, under ids of their own: people who have used the
    /// house and do not ask now. Their seals cannot be opened, and nobody does.
    private static func multiply(by scale: Int) -> String {
        """
        SET session_replication_role = replica;
        SELECT format('INSERT INTO consilium.%I (%s) SELECT %s FROM consilium.%I t, generate_series(2, \(scale)) n',
            c.table_name, string_agg(quote_ident(c.column_name), ', '),
            string_agg(CASE
                WHEN c.data_type = 'uuid' AND c.column_name <> 'organisation_id' THEN format('md5(t.%I::text || n)::uuid', c.column_name)
                WHEN c.column_name LIKE '%digest' THEN format('sha256(t.%I || int4send(n))', c.column_name)
                ELSE format('t.%I', c.column_name) END, ', '), c.table_name)
        FROM information_schema.columns c
        WHERE c.table_schema = 'consilium' AND c.is_generated = 'NEVER' AND c.table_name IN ('account', 'account_role',
            'person_key', 'session', 'specialist', 'licence', 'calendar', 'clinical_case', 'case_part', 'case_key',
            'thread', 'message', 'appointment', 'busy', 'audit_head', 'audit_entry')
        GROUP BY c.table_name
        \\gexec
        """
    }

    /// In an order that the seed makes.
    private static func people(_ rig: Rig, _ patients: [Patient], _ seed: UInt64) throws -> [Person] {
        let rows = try rig.cluster.sql(
            """
            SELECT t.case_id, t.id, (SELECT a.id FROM consilium.appointment a
                WHERE a.case_id = t.case_id AND a.state = 'booked' ORDER BY a.id LIMIT 1)
            FROM consilium.thread t WHERE t.kind = 'care'
            """)
        let of = Dictionary(uniqueKeysWithValues: rows.map { ($0[0], ($0[1], $0[2])) })
        var dice = Dice(seed: seed)
        return patients.shuffled(using: &dice).compactMap { patient in
            guard let (thread, appointment) = of[patient.case] else { return nil }
            return Person(
                patient: patient, thread: thread, appointment: appointment,
                digest: rig.sessionDigest(of: patient.token))
        }
    }

    /// Everybody's hours from now on, for as many days as are looked at.
    func setHours(_ hours: Hours) throws {
        let (days, opens, closes) = hours == .office ? ("MO,TU,WE,TH,FR", 540, 1020) : ("MO,TU,WE,TH,FR,SA,SU", 0, 1440)
        try rig.cluster.sql(
            """
            SET search_path = consilium;
            SET session_replication_role = replica;
            TRUNCATE availability_set, availability_rule, availability_date;
            INSERT INTO availability_set (id, specialist_id) SELECT id, id FROM specialist;
            INSERT INTO availability_rule (id, specialist_id, set_id, rrule, start_date, starts, ends)
            SELECT id, id, id, 'FREQ=WEEKLY;BYDAY=\(days)', '2026-01-01', \(hours == .office ? "'09:00', '17:00'" : "'00:00', '24:00'")
            FROM specialist;
            INSERT INTO availability_date (specialist_id, on_date, rule_id, opens, closes)
            SELECT s.id, d, s.id, \(opens), \(closes)
            FROM specialist s, generate_series(current_date - 1, current_date + 120, interval '1 day') d
            WHERE extract(isodow FROM d) <= \(hours == .office ? 5 : 7);
            """)
        try rig.cluster.sql("VACUUM ANALYZE consilium.availability_date")
    }

    enum Hours { case office, always }

    /// The next slot of a person over HTTP; never the same twice.
    func nextSlot(of person: Int) throws -> Int {
        let slot = booked.withLock { booked in
            defer { booked[person] += 1 }
            return booked[person]
        }
        guard slot < Self.slots / 2 else { throw RigFailure.waited("room in the calendars; take fewer seconds") }
        return slot
    }

    /// When a slot of bookings begins.
    func start(_ slot: Int) -> String { Self.instant(origin + slot * 3600) }

    private static func instant(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }
}

/// A patient with what her requests name.
struct Person: Sendable {
    let patient: Patient
    let thread: String
    let appointment: String
    /// Of her session's token, as PostgreSQL writes bytes.
    let digest: String
}
