import Foundation
import Rig
import Synchronization

/// Many patients, each a client of her own, who want the same few days.
struct Race {
    private let rig: Rig
    private let patients: [Patient]
    private let grid: Grid

    init(_ rig: Rig) throws {
        self.rig = rig
        patients = try rig.patients()
        grid = Grid(now: Date())
    }

    struct Outcome {
        var booked = 0, taken = 0, moved = 0, cancelled = 0, released = 0, renewed = 0, serverErrors = 0
        /// Replies that nobody should get here.
        var odd: [String] = []
        var latencies = Latencies()
        /// By specialist.
        var histories: [String: [CalendarOperation]] = [:]
        var seconds = 0.0

        var summary: String {
            "booked \(booked), lost \(taken), moved \(moved), cancelled \(cancelled), released \(released), renewed \(renewed)"
                + String(format: "; %.0f requests a second", Double(latencies.count) / seconds)
                + (odd.isEmpty ? "" : "; odd: \(Dictionary(grouping: odd) { $0 }.mapValues(\.count))")
        }
    }

    /// - Parameter restless: whether the patients mostly move what they have.
    func run(attempts: Int, seed: UInt64, restless: Bool = false) throws -> Outcome {
        let began = ContinuousClock.now
        let runners = try Crew.collect(patients.count) { number in
            let runner = Runner(
                patient: patients[number], ports: rig.ports, grid: grid,
                dice: Dice(seed: seed &* 1_000_003 &+ UInt64(number)), began: began)
            for _ in 0..<(attempts / patients.count) { try runner.attempt(restless: restless) }
            return runner.outcome
        }
        var sum = runners.reduce(into: Outcome()) { sum, part in
            sum.booked += part.booked
            sum.taken += part.taken
            sum.moved += part.moved
            sum.cancelled += part.cancelled
            sum.released += part.released
            sum.renewed += part.renewed
            sum.serverErrors += part.serverErrors
            sum.odd += part.odd
            sum.latencies.add(part.latencies)
            sum.histories.merge(part.histories) { $0 + $1 }
        }
        let time = (ContinuousClock.now - began).components
        sum.seconds = Double(time.seconds) + Double(time.attoseconds) / 1e18
        return sum
    }

    /// Pairs of consults or holds of one person that overlap, buffers included for the specialist: counted from holds
    /// and appointments, not from what the wall saw.
    func overlaps() throws -> Int {
        try rig.cluster.count(
            """
            SET search_path = consilium;
            WITH consult AS (
                SELECT a.id, a.specialist_id, a.party_id, a.starts_at, a.ends_at, a.visit_type, a.visit_version
                FROM appointment a WHERE a.state <> 'cancelled'
                UNION ALL
                SELECT h.id, h.specialist_id, h.party_id, h.starts_at, h.ends_at, h.visit_type, h.visit_version
                FROM hold h WHERE h.state = 'active' AND h.expires_at > clock_timestamp()
            ), taken AS (
                SELECT c.id, c.specialist_id AS person, tstzrange(
                    c.starts_at - make_interval(mins => v.buffer_before_minutes),
                    c.ends_at + make_interval(mins => v.buffer_after_minutes)) AS during
                FROM consult c JOIN visit_type v ON v.id = c.visit_type AND v.version = c.visit_version
                UNION ALL
                SELECT c.id, c.party_id, tstzrange(c.starts_at, c.ends_at) FROM consult c
            )
            SELECT count(*) FROM taken x JOIN taken y ON x.person = y.person AND x.id < y.id AND x.during && y.during
            """)
    }

    func deadlocks() throws -> Int {
        try rig.cluster.count("SELECT deadlocks FROM pg_stat_database WHERE datname = 'consilium'")
    }

    /// How often the exclusion constraint or a deadlock ended a transaction, by PostgreSQL's own log: whoever holds the
    /// locks has looked, and is never refused by the wall.
    func refusalsOfTheWall() throws -> Int {
        try rig.cluster.log().count { $0.contains("busy_overlap") || $0.contains("deadlock detected") }
    }

    /// The rows that are locked, hidden by a view over a function.
    static let withoutLocks = """
        ALTER TABLE calendar RENAME TO locked_calendar;
        CREATE FUNCTION all_calendars() RETURNS SETOF uuid LANGUAGE plpgsql SECURITY DEFINER
            AS 'BEGIN RETURN QUERY SELECT person_id FROM consilium.locked_calendar; END';
        CREATE VIEW calendar AS SELECT person_id FROM all_calendars() AS person_id;
        GRANT EXECUTE ON FUNCTION all_calendars() TO PUBLIC;
        GRANT SELECT, UPDATE ON calendar TO consilium_app;

        """
    /// Between look and write each waits a little: else the first requests come one after the other while connections
    /// are opened, and soon nothing is left to race for.
    static let dawdling = """
        CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END';
        CREATE TRIGGER dawdle BEFORE INSERT ON hold FOR EACH ROW EXECUTE FUNCTION dawdle();

        """
    /// Moves wait for the full tenth of a second, and then write all at once: each has put its new time into the wall's
    /// index before it looks for another's there, and waits for whoever does the same.
    static let inStep = """
        CREATE FUNCTION step() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_sleep(0.1 - mod(extract(epoch FROM clock_timestamp()), 0.1)); RETURN NEW;
        END $$;
        CREATE TRIGGER step BEFORE UPDATE OF during ON busy FOR EACH ROW EXECUTE FUNCTION step();

        """
    static let withoutWall = """
        ALTER TABLE busy DROP CONSTRAINT busy_overlap;
        CREATE INDEX busy_during ON busy USING gist (person_id, during);

        """
}

/// The starts that everybody wants: quarter hours of three days, all within one civil day of each of the programme's
/// zones, because a consult does not cross midnight.
struct Grid: Sendable {
    private static let (days, quarters) = (3, 32)
    /// 15:00 UTC of the first day, in seconds since 1970.
    private let origin: Int

    init(now: Date) { origin = (Int(now.timeIntervalSince1970) / 86_400 + 3) * 86_400 + 15 * 3600 }

    /// A start, as quarter hours since the first.
    func start(_ dice: inout Dice) -> Int {
        Int.random(in: 0..<Self.days, using: &dice) * 96 + Int.random(in: 0..<Self.quarters, using: &dice)
    }

    func instant(_ start: Int) -> String {
        Date(timeIntervalSince1970: Double(origin + start * 900)).formatted(.iso8601)
    }
}

/// One patient at her keyboard: one request at a time, by turns through each gateway.
private final class Runner {
    private let patient: Patient
    private let wires: [Wire]
    private let grid: Grid
    private var dice: Dice
    private let began: ContinuousClock.Instant
    private var turn = 0
    /// Her consults, by id, with the span each takes of her own calendar.
    private var consults: [(id: String, minutes: Int, own: Range<Int>)] = []
    private(set) var outcome = Race.Outcome()

    init(
        patient: Patient, ports: [Int], grid: Grid, dice: Dice, began: ContinuousClock.Instant
    ) {
        self.patient = patient
        wires = ports.map { Wire(port: $0) }
        self.grid = grid
        self.dice = dice
        self.began = began
    }

    private struct Made: Decodable {
        var id: String
        var token: String?
    }

    /// One throw of the dice: mostly a hold that is booked; else a move, a cancellation, a hold given back or renewed.
    func attempt(restless: Bool) throws {
        if restless, !consults.isEmpty {
            return try move(Int.random(in: 0..<consults.count, using: &dice), grid.start(&dice))
        }
        let start = grid.start(&dice)
        let minutes = dice.pick([30, 45, 60])
        switch Int.random(in: 0..<20, using: &dice) {
        case 0..<11:
            guard let hold = try take(start, minutes) else { return }
            try book(hold, start, minutes)
        case 11..<14:
            guard !consults.isEmpty else { return }
            try move(Int.random(in: 0..<consults.count, using: &dice), start)
        case 14..<17:
            guard !consults.isEmpty else { return }
            let consult = consults.remove(at: Int.random(in: 0..<consults.count, using: &dice))
            let reply = try send(
                "POST", "/v1/appointments/\(consult.id)/cancel", .free(name: consult.id), done: [200])
            if reply.status == 200 { outcome.cancelled += 1 }
        case 17..<19:
            guard let hold = try take(start, minutes) else { return }
            let reply = try send("DELETE", "/v1/holds/\(hold.id)", .free(name: asked), done: [204])
            if reply.status == 204 { outcome.released += 1 }
        default:
            guard let hold = try take(start, minutes) else { return }
            if try send("PATCH", "/v1/holds/\(hold.id)", nil, done: [200]).status == 200 { outcome.renewed += 1 }
        }
    }

    /// The case has one asked hold at a time.
    private var asked: String { "\(patient.case) asked" }

    /// Quarter hours of the grid; a quarter of an hour after each consult is the specialist's.
    private func span(_ start: Int, _ minutes: Int, buffer: Int) -> Range<Int> {
        start..<(start + (minutes + buffer) / 15)
    }

    private func take(_ start: Int, _ minutes: Int) throws -> Made? {
        let own = span(start, minutes, buffer: 0)
        let reply = try send(
            "POST", "/v1/holds",
            .take(name: asked, span: span(start, minutes, buffer: 15), insteadOf: [asked]), done: [201],
            // Her own other consults refuse, too: that says nothing about the specialist's calendar.
            isJudged: !consults.contains { $0.own.overlaps(own) },
            json: #"{"case":"\#(patient.case)","startsAt":"\#(grid.instant(start))","visitType":"consult-\#(minutes)"}"#
        )
        return reply.status == 201 ? try reply.decode(Made.self) : nil
    }

    private func book(_ hold: Made, _ start: Int, _ minutes: Int) throws {
        let before = clock()
        let reply = try send(
            "POST", "/v1/appointments", nil, done: [201],
            json: #"{"hold":"\#(hold.id)","token":"\#(hold.token ?? "")"}"#)
        guard reply.status == 201 else { return }
        let id = try reply.decode(Made.self).id
        record(
            .take(name: id, span: span(start, minutes, buffer: 15), insteadOf: [asked]), .done, before)
        consults.append((id, minutes, span(start, minutes, buffer: 0)))
        outcome.booked += 1
    }

    private func move(_ index: Int, _ start: Int) throws {
        let consult = consults[index]
        let own = span(start, consult.minutes, buffer: 0)
        let others = consults.enumerated().contains { $0.offset != index && $0.element.own.overlaps(own) }
        // An asked hold that was left lying is in her way as well, and she does not keep count of it.
        let reply = try send(
            "POST", "/v1/appointments/\(consult.id)/reschedule",
            .take(name: consult.id, span: span(start, consult.minutes, buffer: 15), insteadOf: [consult.id]),
            done: [200], isJudged: !others, json: #"{"startsAt":"\#(grid.instant(start))"}"#)
        guard reply.status == 200 else { return }
        consults[index].own = own
        outcome.moved += 1
    }

    /// Sends one request with a key of its own, and puts it into the history and the counts.
    private func send(
        _ method: String, _ path: String, _ effect: CalendarOperation.Effect?, done: Set<Int>, isJudged: Bool = true,
        json: String? = nil
    ) throws -> Reply {
        turn += 1
        let before = clock()
        let reply = try wires[turn % wires.count].send(
            Ask(method, path, token: patient.token, key: UUID().uuidString, json: json))
        outcome.latencies.add(.nanoseconds(Int64(clock() - before)))
        if done.contains(reply.status) {
            if let effect { record(effect, .done, before) }
        } else if reply.problem == "opening-taken", hasNext(reply) {
            outcome.taken += 1
            if let effect, isJudged { record(effect, .refused, before) }
        } else {
            if reply.status >= 500 { outcome.serverErrors += 1 }
            outcome.odd.append(
                "\(method) \(path.split(separator: "/").last ?? ""): \(reply.status) \(reply.problem ?? "")")
        }
        return reply
    }

    private func hasNext(_ reply: Reply) -> Bool {
        struct Next: Decodable {
            struct Opening: Decodable { var startsAt: String }
            var nextOpenings: [Opening]
        }
        return (try? reply.decode(Next.self).nextOpenings.isEmpty) == false
    }

    private func record(
        _ effect: CalendarOperation.Effect, _ result: CalendarOperation.Outcome, _ before: UInt64
    ) {
        outcome.histories[patient.specialist, default: []].append(
            CalendarOperation(effect, result, began: before, ended: clock()))
    }

    private func clock() -> UInt64 {
        let (seconds, attoseconds) = (ContinuousClock.now - began).components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
