import Clinic
import FoundationEssentials
import Logging
import Postgres
import Rig
import Scheduling
import TestSupport
import Testing

@Suite("Races for time", .timeLimit(.minutes(30)))
struct RaceTests {
    @Test(
        "leave nobody in two consults, buffers included, and end without a deadlock", .database,
        arguments: [Race.Size(seed: 1, operations: 400), Race.Size(seed: 2, operations: 400)])
    func locked(size: Race.Size) async throws {
        let race = try await Race.make(size)
        let outcome = try await race.run()
        #expect(outcome.faults.isEmpty, "\(outcome.faults)")
        #expect(outcome.booked > 10 && outcome.taken > 10 && outcome.moved > 0 && outcome.cancelled > 0)
        #expect(try await race.overlaps() == 0)
        #expect(try await race.strays() == 0)
        await race.close()
    }

    @Test("Control: without the locks and the exclusion constraint the same race leaves overlaps", .database)
    func unlocked() async throws {
        let race = try await Race.make(Race.Size(seed: 1, operations: 400))
        try await race.dropLocksAndConstraint()
        let outcome = try await race.run()
        #expect(try await race.overlaps() > 0, "\(outcome)")
        await race.close()
    }

    @Test("beside a writer who takes no lock end in no overlap either: the exclusion constraint stands", .database)
    func lawless() async throws {
        let race = try await Race.make(Race.Size(seed: 3, operations: 200))
        async let writing: Int = race.writeLawlessly(200)
        let outcome = try await race.run()
        let lawless = try await writing
        #expect(outcome.faults.allSatisfy { $0.hasPrefix("23P01") || $0.hasPrefix("40P01") }, "\(outcome.faults)")
        #expect(outcome.booked > 0 && lawless > 0)
        #expect(try await race.constraintOverlaps() == 0)
        #expect(try await race.overlaps() == 0)
        await race.close()
    }
}

/// Many tasks that hold, book, move and cancel at random among few specialists and few starts.
struct Race: Sendable {
    struct Size: Sendable, CustomTestStringConvertible {
        let seed: UInt64
        let operations: Int
        var tasks = 32
        var testDescription: String { "seed \(seed), \(tasks) tasks, \(operations) operations" }
    }

    struct Outcome: Sendable {
        var booked = 0, taken = 0, moved = 0, cancelled = 0
        var faults: [String] = []
    }

    let size: Size
    let database: Database
    let stages: [SchedulingFixture]
    let starts: [Date]

    static func make(_ size: Size) async throws -> Race {
        // Wide enough that nobody waits for a connection: this is about locks on time.
        let settings = Database.Settings(
            conninfo: TestDatabase.current.conninfo(as: "consilium_app"), connections: 16, waitDeadline: .seconds(60),
            statementDeadline: .seconds(60))
        let database = Database(settings, logger: TestDatabase.current.logger)
        let first = try await SchedulingFixture.make(database: database)
        var specialists = [first.specialist.account]
        for _ in 1..<4 { specialists.append(try await Seed.specialist(SchedulingFixture.vault)) }
        var stages = [first]
        for number in 1..<16 {
            stages.append(try await SchedulingFixture.make(with: specialists[number % 4], database: database))
        }
        let from = try await first.opening(daysAhead: 3).startsAt
        return Race(
            size: size, database: database, stages: stages,
            starts: (0..<24).map { from.addingTimeInterval(Double($0) * 15 * 60) })
    }

    func close() async { await database.close() }

    func run() async throws -> Outcome {
        await withTaskGroup(of: Outcome.self) { group in
            for task in 0..<size.tasks {
                group.addTask { await run(task: task, operations: size.operations / size.tasks) }
            }
            return await group.reduce(into: Outcome()) { sum, part in
                sum.booked += part.booked
                sum.taken += part.taken
                sum.moved += part.moved
                sum.cancelled += part.cancelled
                sum.faults += part.faults
            }
        }
    }

    private func run(task: Int, operations: Int) async -> Outcome {
        var generator = SeededGenerator(seed: size.seed &* 1_000_003 &+ UInt64(task))
        var outcome = Outcome()
        var mine: [(SchedulingFixture, Appointment)] = []
        for _ in 0..<operations {
            let fixture = stages.randomElement(using: &generator) ?? stages[0]
            let start = starts.randomElement(using: &generator) ?? starts[0]
            let type = ["consult-30", "consult-45", "consult-60"].randomElement(using: &generator) ?? "consult-30"
            do {
                switch Int.random(in: 0..<10, using: &generator) {
                case 0..<6:
                    let appointment = try await fixture.book(try await fixture.hold(start, visitType: type))
                    mine.append((fixture, appointment))
                    outcome.booked += 1
                case 6, 7:
                    guard let (fixture, appointment) = mine.randomElement(using: &generator) else { continue }
                    _ = try await fixture.run(fixture.patient) {
                        try await fixture.scheduler.reschedule(appointment.id, to: start, by: fixture.patient, in: $0)
                    }
                    outcome.moved += 1
                case 8:
                    guard let (fixture, appointment) = mine.popLast() else { continue }
                    _ = try await fixture.run(fixture.specialist) {
                        try await fixture.scheduler.cancel(appointment.id, by: fixture.specialist, in: $0)
                    }
                    outcome.cancelled += 1
                default:
                    let hold = try await fixture.hold(start, visitType: type)
                    try await fixture.run(fixture.patient) {
                        try await fixture.scheduler.release(hold.id, by: fixture.patient, in: $0)
                    }
                }
            } catch BookingRefusal.taken {
                outcome.taken += 1
            } catch is BookingRefusal {
                // Another task of the same case replaced the hold meanwhile.
            } catch let error as DatabaseError {
                outcome.faults.append("\(error.sqlState) \(error.constraint ?? "")")
            } catch {
                outcome.faults.append("\(error)")
            }
        }
        return outcome
    }

    /// Pairs of booked consults of one person that overlap, buffers included for the specialist: counted from the
    /// appointments, not from what the exclusion constraint saw.
    func overlaps() async throws -> Int {
        try await stages[0].count(
            """
            WITH taken AS (
                SELECT a.id, a.specialist_id AS person, tstzrange(
                    a.starts_at - make_interval(mins => v.buffer_before_minutes),
                    a.ends_at + make_interval(mins => v.buffer_after_minutes)) AS during
                FROM appointment a JOIN visit_type v ON v.id = a.visit_type AND v.version = a.visit_version
                WHERE a.state <> 'cancelled'
                UNION ALL
                SELECT a.id, a.party_id, tstzrange(a.starts_at, a.ends_at)
                FROM appointment a WHERE a.state <> 'cancelled'
            )
            SELECT count(*) FROM taken x JOIN taken y ON x.person = y.person AND x.id < y.id AND x.during && y.during
            """)
    }

    /// Appointments whose two calendar rows are not exactly what they should be.
    func strays() async throws -> Int {
        try await stages[0].count(
            """
            SELECT count(*) FROM appointment a WHERE (SELECT count(*) FROM busy b WHERE b.appointment_id = a.id
                AND b.during @> tstzrange(a.starts_at, a.ends_at)) <> CASE a.state WHEN 'booked' THEN 2 ELSE 0 END
            """)
    }

    func constraintOverlaps() async throws -> Int {
        try await stages[0].count(
            """
            SELECT count(*) FROM busy x JOIN busy y
                ON x.person_id = y.person_id AND x.id < y.id AND x.during && y.during
            """)
    }

    /// Offers openings as somebody would who knows no lock; returns how many the exclusion constraint let through.
    func writeLawlessly(_ count: Int) async throws -> Int {
        var generator = SeededGenerator(seed: size.seed)
        var written = 0
        for _ in 0..<count {
            guard let fixture = stages.randomElement(using: &generator),
                let start = starts.randomElement(using: &generator)
            else {
                continue
            }
            let hold = HoldID.random()
            do {
                try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                    try await tx.execute(
                        """
                        INSERT INTO hold (id, case_id, specialist_id, party_id, visit_type, visit_version, kind, state,
                            starts_at, ends_at, token_digest, made_by, expires_at)
                        VALUES (\(hold), \(fixture.caseID), \(fixture.specialist.account), \(fixture.patient.account),
                            'consult-30', 1, 'offered', 'active', \(start), \(start) + interval '30 minutes',
                            \(Array(hold.description.utf8)), \(fixture.patient.account),
                            clock_timestamp() + interval '1 hour')
                        """)
                }
                written += 1
                // And away again, so that there is something left to fight for.
                try await fixture.asOwner("UPDATE hold SET state = 'released' WHERE id = \(hold)")
            } catch let error as DatabaseError where error.retryable {
                continue
            }
        }
        return written
    }

    /// Takes away what keeps P1, in this database.
    func dropLocksAndConstraint() async throws {
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) { session in
            try await session.run(
                script: "SET search_path = consilium;" + Sabotage.withoutExclusion + Sabotage.withoutLocks
                    + Sabotage.dawdling(seconds: 0.25))
        }
    }
}
