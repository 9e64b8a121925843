import Foundation
import Rig

/// Many patients, each a client of their own, who want the same few days of a few specialists, alone and in panels; and
/// the specialists, who now and then fall ill.
struct Race {
    let rig: Rig
    private let patients: [Patient]
    private let specialists: [String]
    private let sessions: [String]
    private let colleagues: [String: [String]]
    private let grid: Grid

    /// How long what is kept lasts here, so that much of it lapses.
    private static let seconds = 3

    /// Nanoseconds of a race in which its gateways, just started, and each connection of theirs plan every statement for
    /// the first time: how long answers take then is not judged.
    static let warm: UInt64 = 5_000_000_000

    init(_ rig: Rig) throws {
        self.rig = rig
        patients = try rig.patients()
        let specialists = Set(patients.map(\.specialist)).sorted()
        self.specialists = specialists
        sessions = try rig.sessions(of: specialists)
        grid = Grid(now: Date())
        try rig.cluster.sql(Self.hurry)
        var colleagues: [String: [String]] = [:]
        for (number, patient) in patients.enumerated() {
            let others = specialists.filter { $0 != patient.specialist }
            guard !others.isEmpty else { continue }
            colleagues[patient.case] = [others[number % others.count], others[(number + 1) % others.count]]
        }
        self.colleagues = colleagues
        let parts = colleagues.flatMap { id, others in Set(others).map { "('\(id)', '\($0)', 'colleague')" } }
        let consents = patients.map { "(gen_random_uuid(), '\($0.case)', 'panel', 'panel.2026-01', '\($0.account)')" }
        try rig.cluster.sql(
            """
            INSERT INTO consilium.consent (id, case_id, kind, wording, given_by) VALUES \(consents.joined(separator: ", "));
            INSERT INTO consilium.case_part (case_id, account_id, part) VALUES \(parts.joined(separator: ", "));
            """)
    }

    /// What the clients do.
    enum Mix {
        /// Patients hold, book and cancel, each with their specialist alone.
        case bookings
        /// Panels, moves, offers and places in line beside that, and specialists who fall ill.
        case everything
        /// Patients mostly move what they have.
        case moves
    }

    struct Outcome {
        /// By what was done, such as `booked`.
        var counts: [String: Int] = [:]
        var requests = 0
        var serverErrors = 0
        /// Replies that nobody should get here.
        var odd: [String] = []
        /// Of what was sent once the gateways were warm.
        var latencies = Latencies()
        var history: [CalendarOperation] = []
        var seconds = 0.0

        var taken: Int { counts["lost", default: 0] }

        var summary: String {
            counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
                + String(
                    format: "; %.0f requests a second, p50 %.0f ms, p99 %.0f ms, worst %.0f ms",
                    Double(requests) / seconds, latencies.percentile(50), latencies.percentile(99), latencies.worst)
                + (odd.isEmpty ? "" : "; odd: \(Dictionary(grouping: odd) { $0 }.mapValues(\.count))")
        }
    }

    /// - Parameters:
    ///   - loop: when an attempt is due; of a specialist's turns an attempt is one in eight.
    func run(_ mix: Mix, _ loop: Loop, seed: UInt64) throws -> Outcome {
        let clock = RaceClock()
        // As many clients as there are patients: of everything the last few seats are the specialists'.
        let patients = mix == .everything ? patients.dropLast(specialists.count) : patients
        let clients = self.patients.count
        let (parts, seconds) = try loop.run(clients: clients) { number, turns in
            let generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
            let talk = Talk(
                token: number < patients.count ? patients[number].token : sessions[number - patients.count],
                ports: rig.ports, clock: clock)
            if number < patients.count {
                let runner = Runner(
                    patient: patients[number], colleagues: colleagues[patients[number].case] ?? [],
                    talk: talk, grid: grid, places: specialists, generator: generator)
                for due in turns {
                    talk.begin(due)
                    try runner.attempt(mix)
                }
            } else {
                let runner = IllSpecialist(
                    id: specialists[number - patients.count], talk: talk, grid: grid, places: specialists,
                    generator: generator)
                for (turn, due) in turns.enumerated() where turn % 8 == 7 {
                    talk.begin(due)
                    try runner.attempt()
                }
            }
            return talk.outcome
        }
        var sum = parts.reduce(into: Outcome()) { sum, part in
            sum.counts.merge(part.counts) { $0 + $1 }
            sum.requests += part.requests
            sum.serverErrors += part.serverErrors
            sum.odd += part.odd
            sum.latencies.add(part.latencies)
            sum.history += part.history
        }
        sum.seconds = seconds
        sum.history += try whatTheClockDid(clock)
        try date(&sum.history, clock)
        return sum
    }

    /// Notes of what was done for a client when, by the audit log, that was, which is while the calendars are locked: the
    /// search for an order begins there, and is long without. What the order must explain are the clients' answers.
    private func date(_ history: inout [CalendarOperation], _ clock: RaceClock) throws {
        var logged: [String: [UInt64]] = [:]
        for row in try rig.cluster.sql(
            "SELECT subject_id, extract(epoch FROM at) FROM consilium.audit_entry ORDER BY at")
        {
            if let at = Double(row[1]) { logged[row[0], default: []].append(clock.instant(at)) }
        }
        var subjects: [String: String] = [:]
        var lapses: [String: UInt64] = [:]
        for operation in history {
            switch operation.effect {
            // Time off is logged under whose it is.
            case .clear(let name, _):
                subjects[name] = specialists[operation.calendars.trailingZeroBitCount].lowercased()
            case .lapse(let name): lapses[name] = operation.likely
            case .take, .free, .pass, .see: break
            }
        }
        for index in history.indices where history[index].outcome == .done {
            let operation = history[index]
            if case .lapse = operation.effect { continue }
            guard let name = operation.name else { continue }
            let entries = logged[subjects[name] ?? name, default: []]
                .filter { (operation.began...operation.ended).contains($0) }
            guard let at = operation.keeps ? entries.first : entries.last else { continue }
            history[index].likely = at
            // What was passed on or given back had not lapsed, though the log may be written when it would have.
            switch operation.effect {
            case .pass(_, let name), .free(let name):
                if let lapse = lapses[name] { history[index].likely = min(at, lapse - 1) }
            case .take, .lapse, .see, .clear: break
            }
        }
    }

    /// What happened without a client: holds that came to their time, and openings that the worker offered.
    private func whatTheClockDid(_ clock: RaceClock) throws -> [CalendarOperation] {
        let end = clock.now
        let rows = try rig.cluster.sql(
            """
            SELECT h.id, h.waitlist_id IS NOT NULL, extract(epoch FROM (
                    SELECT e.at FROM consilium.audit_entry e WHERE e.chain_kind = 'case' AND e.chain_id = h.case_id
                        AND e.subject_id = h.id AND e.action = 'hold.changed:released')),
                h.specialist_id, array_to_string(h.colleagues, ','),
                round(extract(epoch FROM h.starts_at)), round(extract(epoch FROM h.ends_at - h.starts_at) / 60),
                extract(epoch FROM h.created_at), extract(epoch FROM h.expires_at)
            FROM consilium.hold h
            """)
        // The clocks of PostgreSQL and of the clients are one machine's, read a moment apart.
        let moment: UInt64 = 20_000_000
        return rows.flatMap { row -> [CalendarOperation] in
            guard row.count == 9, let starts = Int(row[5]), let minutes = Int(row[6]), let created = Double(row[7]),
                let expires = Double(row[8])
            else { return [] }
            var operations: [CalendarOperation] = []
            if row[1] == "t" {
                let people = [row[3]] + row[4].split(separator: ",").map(String.init)
                let at = clock.instant(created)
                operations.append(
                    CalendarOperation(
                        .take(name: row[0], span: grid.span(starts, minutes, buffer: 15), insteadOf: []), .done,
                        on: mask(of: people), began: at - min(at, moment), ended: at + 2_000_000_000, likely: at))
                // Who leaves the line gives back what is offered there, and is not told what it was. Who gives it back
                // by its name does it, just before.
                if let released = Double(row[2]) {
                    let at = clock.instant(released)
                    operations.append(
                        CalendarOperation(
                            .lapse(name: row[0]), .done, began: at - min(at, 10 * moment), ended: at + 100 * moment,
                            likely: at + 1))
                }
            }
            let lapse = clock.instant(expires)
            if lapse < end + moment {
                operations.append(
                    CalendarOperation(
                        .lapse(name: row[0]), .done, began: lapse - min(lapse, moment), ended: lapse + moment,
                        likely: lapse))
            }
            return operations
        }
    }

    private func mask(of people: [String]) -> UInt32 { Talk.mask(of: people, among: specialists) }

    /// Pairs of consults or holds of one person that overlap, buffers included for the specialists: counted from holds
    /// and appointments, not from what the exclusion constraint saw.
    func overlaps() throws -> Int {
        try rig.cluster.count(
            """
            SET search_path = consilium;
            WITH consult AS (
                SELECT a.id, a.specialist_id || a.colleagues AS specialists, a.party_id, a.starts_at, a.ends_at,
                    a.visit_type, a.visit_version
                FROM appointment a WHERE a.state <> 'cancelled'
                UNION ALL
                SELECT h.id, h.specialist_id || h.colleagues, CASE h.kind WHEN 'asked' THEN h.party_id END, h.starts_at,
                    h.ends_at, h.visit_type, h.visit_version
                FROM hold h WHERE h.state = 'active' AND h.expires_at > clock_timestamp()
            ), taken AS (
                SELECT c.id, s AS person, tstzrange(
                    c.starts_at - make_interval(mins => v.buffer_before_minutes),
                    c.ends_at + make_interval(mins => v.buffer_after_minutes)) AS during
                FROM consult c JOIN visit_type v ON v.id = c.visit_type AND v.version = c.visit_version,
                    unnest(c.specialists) s
                UNION ALL
                SELECT c.id, c.party_id, tstzrange(c.starts_at, c.ends_at) FROM consult c WHERE c.party_id IS NOT NULL
            )
            SELECT count(*) FROM taken x JOIN taken y ON x.person = y.person AND x.id < y.id AND x.during && y.during
            """)
    }

    /// Starts of the days that were wanted that nothing stands against and that are not shown, or are shown against
    /// something.
    func lostOpenings() throws -> Int {
        try rig.cluster.count(
            """
            SET search_path = consilium;
            WITH expected AS (
                SELECT s.id, start FROM specialist s, unnest(ARRAY[\(grid.days.map { "'\($0)'" }.joined(separator: ", "))]::timestamptz[]) day,
                    generate_series(day, day + interval '7 hours', interval '15 minutes') start
                WHERE NOT EXISTS (SELECT FROM busy b WHERE b.person_id = s.id AND b.lapses_at > clock_timestamp()
                        AND b.during && tstzrange(start, start + interval '60 minutes'))
                    AND NOT EXISTS (SELECT FROM time_off o WHERE o.specialist_id = s.id
                        AND o.during && tstzrange(start, start + interval '60 minutes'))
            ), shown AS (
                SELECT s.id, o.starts_at AS start
                FROM specialist s, unnest(ARRAY[\(grid.days.map { "'\($0)'" }.joined(separator: ", "))]::timestamptz[]) day,
                    openings(s.id, 'consult-45', day, day + interval '7 hours 1 minute') o
            )
            SELECT count(*) FROM expected FULL JOIN shown USING (id, start)
            WHERE expected.start IS NULL OR shown.start IS NULL
            """)
    }

    func deadlocks() throws -> Int {
        try rig.cluster.count("SELECT deadlocks FROM pg_stat_database WHERE datname = 'consilium'")
    }

    /// How often the exclusion constraint or a deadlock ended a transaction, by PostgreSQL's own log: whoever holds the
    /// locks has looked, and is never refused by the exclusion constraint.
    func refusalsByConstraint() throws -> Int {
        try rig.cluster.log().count { $0.contains("busy_overlap") || $0.contains("deadlock detected") }
    }
}

extension Race {
    /// Holds that last a few seconds.
    private static let hurry = """
        SET search_path = consilium;
        CREATE FUNCTION hurry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            NEW.expires_at := least(NEW.expires_at, NEW.created_at + interval '\(seconds) seconds'); RETURN NEW;
        END $$;
        CREATE TRIGGER hurry BEFORE INSERT ON hold FOR EACH ROW EXECUTE FUNCTION hurry();
        GRANT EXECUTE ON FUNCTION hurry() TO consilium_app, consilium_worker;
        """
    /// Moves wait for the full tenth of a second, and then write all at once: each has put its new time into the constraint's
    /// index before it looks for another's there, and waits for whoever does the same.
    static let inStep = """
        CREATE FUNCTION step() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_sleep(0.1 - mod(extract(epoch FROM clock_timestamp()), 0.1)); RETURN NEW;
        END $$;
        CREATE TRIGGER step BEFORE INSERT ON busy FOR EACH ROW EXECUTE FUNCTION step();

        """
}
