import Foundation
import Rig
import Synchronization

/// A service of one size: its data, its gateway, the people who ask.
final class SystemUnderLoad: Sendable {
    let scale: Int
    let rig: Rig
    let gateway: Program
    /// Those who ask, spread over all.
    let people: [Person]
    /// Theirs, a specialist each.
    let specialists: [String]
    /// The first instant of the days that bookings fill, in seconds since 1970.
    let origin: Int
    /// Thirty days from tomorrow, which the openings are asked for.
    let searched: (from: String, to: String)
    /// How many each of them has booked over HTTP.
    private let booked: Mutex<[Int]>
    /// What those who are asked for have now.
    let hours = Mutex(Hours.usual)

    /// The setting's default.
    static let databaseConnections = 8
    /// Ahead of today: up to here everybody's calendar holds the consults of the data, from here on bookings go.
    private static let (firstDay, lastDay) = (31, 88)
    /// Of one specialist, an hour each, buffer and all. Clients book the first half of them, `pgbench` the other.
    static var slots: Int { (lastDay - firstDay) * 24 }

    /// Makes a service of each size, in turn, and runs `body` with all of them.
    /// - Parameter people: those who ask, each a patient with a specialist of their own.
    static func with(
        _ scales: [Int], people: Int, seed: UInt64, _ report: Report, _ body: ([SystemUnderLoad]) throws -> Void
    ) throws {
        try with(scales[...], people, seed, report, [], body)
    }

    private static func with(
        _ scales: ArraySlice<Int>, _ people: Int, _ seed: UInt64, _ report: Report, _ made: [SystemUnderLoad],
        _ body: ([SystemUnderLoad]) throws -> Void
    ) throws {
        guard let scale = scales.first else { return try body(made) }
        var plan = Rig.Plan("load-\(scale)")
        plan.gateways = 1
        plan.specialists = people
        plan.patients = people
        // PostgreSQL's advice is a quarter of the machine's memory; its default is less than one index of the largest.
        plan.postgres = [
            "shared_buffers=1GB",
            "shared_preload_libraries=pg_stat_statements", "logging_collector=on", "log_destination=jsonlog",
            "log_directory=log", "log_filename=load.log", "log_rotation_age=0", "log_rotation_size=0",
        ]
        let began = ContinuousClock.now
        try Rig.with(plan) { rig in
            let system = try SystemUnderLoad(rig, scale: scale, seed: seed)
            let took = (ContinuousClock.now - began).components.seconds
            report.say(
                "×\(scale): \(people * scale) specialists and patients, \(try system.census()); made in \(took) s")
            try with(scales.dropFirst(), people, seed, report, made + [system], body)
        }
    }

    private init(_ rig: Rig, scale: Int, seed: UInt64) throws {
        self.scale = scale
        self.rig = rig
        origin = (Int(Date().timeIntervalSince1970) / 86_400 + Self.firstDay) * 86_400
        let tomorrow = (Int(Date().timeIntervalSince1970) / 86_400 + 1) * 86_400
        searched = (Self.instant(tomorrow), Self.instant(tomorrow + 30 * 86_400))
        try rig.cluster.sql(
            """
            CREATE EXTENSION pg_stat_statements;
            ALTER SYSTEM SET pg_stat_statements.track = 'none';
            SELECT pg_reload_conf();
            """)
        let patients = try rig.patients()
        specialists = patients.map(\.specialist)
        try rig.cluster.sql(Self.waitingCases)
        try rig.cluster.sql(Self.hours(.usual, of: specialists) + Self.past)
        if scale > 1 { try rig.cluster.sql(Self.multiply(by: scale)) }
        try rig.cluster.sql(Self.matches)
        people = try Self.people(rig, patients, seed)
        guard people.count == rig.plan.patients else { throw RigFailure.waited("\(rig.plan.patients) people") }
        booked = Mutex(Array(repeating: 0, count: people.count))
        try rig.cluster.sql("VACUUM ANALYZE")
        try rig.cluster.sql("CHECKPOINT")
        gateway = try rig.startGateway(0)
        guard try isIndexTrue() else { throw RigFailure.waited("an index of free time that is true") }
    }

    private func census() throws -> String {
        let row = try rig.cluster.sql(
            """
            SELECT (SELECT count(*) FROM consilium.appointment), (SELECT count(*) FROM consilium.free_span),
                (SELECT count(*) FROM consilium.message), (SELECT count(*) FROM consilium.audit_entry),
                pg_size_pretty(pg_database_size('consilium')),
                (SELECT max(cardinality(ranking)) FROM consilium.match)
            """)[0]
        return "\(row[0]) consults, \(row[1]) free spans, \(row[2]) messages, \(row[3]) audit entries, \(row[4]); "
            + "a match names \(row[5]) specialists"
    }

    /// In an order that the seed makes.
    private static func people(_ rig: Rig, _ patients: [Patient], _ seed: UInt64) throws -> [Person] {
        let rows = try rig.cluster.sql(
            """
            SELECT c.id, t.id, (SELECT a.id FROM consilium.appointment a
                WHERE a.case_id = c.id AND a.state = 'booked' ORDER BY a.id LIMIT 1), m.case_id, m.ranking
            FROM consilium.clinical_case c
                JOIN consilium.thread t ON t.case_id = c.id AND t.kind = 'care'
                JOIN consilium.match m ON m.case_id = md5('waiting' || c.id)::uuid
            WHERE c.id = ANY ('{\(patients.map(\.case).joined(separator: ","))}')
            """)
        let of = Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0) })
        var generator = SeededGenerator(seed: seed)
        return patients.shuffled(using: &generator).compactMap { patient in
            guard let row = of[patient.case] else { return nil }
            return Person(
                patient: patient, thread: row[1], appointment: row[2], waiting: row[3], ranking: row[4],
                digest: rig.sessionDigest(of: patient.token))
        }
    }

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

/// A patient with what their requests name.
struct Person: Sendable {
    let patient: Patient
    let thread: String
    let appointment: String
    /// The patient's next case, which nobody has accepted yet.
    let waiting: String
    /// Who could take it, best first, as PostgreSQL writes a list.
    let ranking: String
    /// Of the patient's session's token, as PostgreSQL writes bytes.
    let digest: String
}
