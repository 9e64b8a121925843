import Clinic
import FoundationEssentials
import Postgres
@testable import Scheduling
import TestSupport
import Testing

@Suite("The stored index of free time", .database, .timeLimit(.minutes(10)))
struct FreeSpanTests {
    private func spans() -> FreeSpans { FreeSpans(database: TestDatabase.current.worker) }

    private func differences(of specialist: Caller) async throws -> [FreeSpans.Difference] {
        try await spans().differences(of: specialist.account)
    }

    private func pieces(of specialist: Caller) async throws -> Int {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT count(*) FROM free_span WHERE specialist_id = \(specialist.account)")?
                .decode(Int.self) ?? 0
        }
    }

    @Test("It follows what is booked, moved and cancelled, time off and new hours, and says nothing of holds")
    func follows() async throws {
        let fixture = try await SchedulingFixture.make(hours: [("09:00", "17:00")])
        let whole = try await pieces(of: fixture.specialist)
        #expect(whole > 85)
        func expectTrue(pieces count: Int) async throws {
            #expect(try await differences(of: fixture.specialist) == [])
            #expect(try await pieces(of: fixture.specialist) == count)
        }
        let openings = try await fixture.openings(from: Date(timeIntervalSinceNow: 3 * 86_400), limit: 100)
        // The first that leaves an hour of its day before and after it.
        let middle = try #require(openings.first { $0.specialistTime.local.description.hasSuffix("T12:00") })
        let other = try #require(openings.last { $0.specialistTime.local.description.hasSuffix("T13:00") })
        let hold = try await fixture.hold(middle.startsAt)
        try await expectTrue(pieces: whole)
        let consult = try await fixture.book(hold)
        try await expectTrue(pieces: whole + 1)
        _ = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.reschedule(consult.id, to: other.startsAt, by: fixture.patient, in: $0)
        }
        try await expectTrue(pieces: whole + 1)
        _ = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.cancel(consult.id, by: fixture.patient, in: $0)
        }
        try await expectTrue(pieces: whole)
        let away = try await fixture.run(fixture.specialist) {
            try await fixture.scheduler.takeTimeOff(
                TimeOffRequest(startsAt: middle.startsAt, endsAt: middle.endsAt), of: fixture.specialist.account,
                by: fixture.specialist, in: $0)
        }
        try await expectTrue(pieces: whole + 1)
        try await fixture.run(fixture.specialist) {
            try await fixture.scheduler.endTimeOff(
                away.timeOff.id, of: fixture.specialist.account, by: fixture.specialist, in: $0)
        }
        try await expectTrue(pieces: whole)
        let hours = Availability(
            timeZone: "Europe/Berlin",
            ruleSets: [
                RuleSet(rules: [
                    HoursRule("FREQ=DAILY", from: CivilDate(rawValue: "2026-01-01")!, starts: "08:00", ends: "10:00"),
                    HoursRule("FREQ=DAILY", from: CivilDate(rawValue: "2026-01-01")!, starts: "14:00", ends: "15:00"),
                ]),
                RuleSet(
                    visitTypes: ["consult-60"],
                    rules: [
                        HoursRule(
                            "FREQ=DAILY", from: CivilDate(rawValue: "2026-01-01")!, starts: "18:00", ends: "20:00")
                    ]),
            ])
        _ = try await fixture.run(fixture.specialist) {
            try await fixture.scheduler.replaceAvailability(
                of: fixture.specialist.account, with: hours, ifVersion: 1, by: fixture.specialist, in: $0)
        }
        #expect(try await differences(of: fixture.specialist) == [])
        // Two a day for all, and three for the kind that has hours of its own.
        #expect(try await pieces(of: fixture.specialist) > 4 * whole)
    }

    @Test("Control: a piece that is missing, too many or of another zone is found; a rebuild mends them")
    func faults() async throws {
        let fixture = try await SchedulingFixture.make(hours: [("09:00", "17:00")])
        try await fixture.asOwner(
            """
            DELETE FROM free_span WHERE ctid = (SELECT ctid FROM free_span
                WHERE specialist_id = \(fixture.specialist.account) AND starts_at > now() LIMIT 1)
            """)
        #expect(try await differences(of: fixture.specialist).map(\.isStored) == [false])
        try await fixture.asOwner(
            """
            INSERT INTO free_span SELECT \(fixture.specialist.account), 'any', at, at + interval '1 minute', 'UTC'
            FROM (SELECT instant_of(current_date + 5 + time '03:00', 'America/New_York') AS at) night
            """)
        #expect(try await differences(of: fixture.specialist).map(\.isStored).sorted { !$0 && $1 } == [false, true])
        try await fixture.asOwner(
            """
            UPDATE free_span SET zone = 'UTC' WHERE ctid = (SELECT ctid FROM free_span
                WHERE specialist_id = \(fixture.specialist.account) AND zone <> 'UTC' AND starts_at > now() LIMIT 1)
            """)
        #expect(try await differences(of: fixture.specialist).count == 4)
        try await spans().rebuild(fixture.specialist.account)
        #expect(try await differences(of: fixture.specialist) == [])
    }

    @Test("As days pass, it moves on: what is past leaves, and the days that came into reach come in")
    func rolls() async throws {
        let fixture = try await SchedulingFixture.make(hours: [("09:00", "17:00")])
        let whole = try await pieces(of: fixture.specialist)
        // As if it had last been written five days ago.
        try await fixture.asOwner(
            """
            WITH back AS (UPDATE free_horizon SET until = until - 5 WHERE specialist_id = \(fixture.specialist.account)
                RETURNING until)
            DELETE FROM free_span USING back WHERE specialist_id = \(fixture.specialist.account)
                AND starts_at > back.until + 1 + time '04:00'
            """)
        #expect(try await pieces(of: fixture.specialist) == whole - 5)
        #expect(try await differences(of: fixture.specialist) == [])
        try await wait(for: "the last roll") { try await spans().roll() == 0 }
        #expect(try await pieces(of: fixture.specialist) == whole)
        #expect(try await differences(of: fixture.specialist) == [])
    }

    @Test("The soonest of many are the earliest that each one's openings show", arguments: [1, 3, 12])
    func soonest(most: Int) async throws {
        let zones = ["America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Berlin"]
        var specialists: [AccountID] = []
        for (index, zone) in zones.enumerated() {
            let fixture = try await SchedulingFixture.make(
                timeZone: zone, hours: [("09:0\(index)", "10:3\(index)"), ("13:00", "16:00")])
            specialists.append(fixture.specialist.account)
            // The earliest are taken: one booked, one held, and one whose hold ran out a moment ago.
            _ = try await fixture.booked(daysAhead: 0.2)
            let rival = try await SchedulingFixture.make(with: fixture.specialist.account)
            try await rival.hold(try await rival.opening(daysAhead: 0.2).startsAt)
            let late = try await SchedulingFixture.make(with: fixture.specialist.account)
            try await late.expire(try await late.hold(try await late.opening(daysAhead: 0.2).startsAt))
        }
        for type in ["consult-30", "consult-45", "consult-60"] {
            for wanted in [
                "NULL",
                "wall_clock_hours('America/New_York', '{1,3,5}', '08:00', '12:00', now(), now() + interval '95 days')",
            ] {
                let (found, truth) = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                    let sql: SQL = """
                        WITH wanted AS MATERIALIZED (SELECT \(fragment: SQL(stringLiteral: wanted))::tstzmultirange AS at)
                        SELECT ARRAY(SELECT s.starts_at FROM wanted w, LATERAL soonest(\(specialists), \(type), now(),
                                'infinity', \(Int32(most)), '{}', w.at) s ORDER BY 1),
                            ARRAY(SELECT o.starts_at FROM wanted w, unnest(\(specialists)) e,
                                LATERAL openings(e, \(type), now(), 'infinity') o
                                WHERE w.at IS NULL OR o.starts_at <@ w.at ORDER BY 1 LIMIT \(Int32(most)))
                        """
                    return try #require(try await tx.first(sql)).decode([Date].self, [Date].self)
                }
                #expect(found.count == most)
                #expect(found == truth, "\(type), wanted \(wanted)")
            }
        }
    }

    @Test("The soonest are a choice: those of one specialist lie hours apart, and another's come between")
    func choice() async throws {
        let first = try await SchedulingFixture.make(hours: [("08:00", "18:00")])
        let second = try await SchedulingFixture.make(hours: [("08:00", "18:00")])
        let specialists = [first.specialist.account, second.specialist.account]
        let from = try await first.morning()
        func soonest(_ most: Int, apart: Duration) async throws -> [(specialist: AccountID, at: Date)] {
            try await first.asOwner(
                """
                SELECT o.specialist_id, o.starts_at FROM soonest(\(specialists), 'consult-45', \(from), 'infinity',
                    \(Int32(most)), '{}', NULL, NULL, make_interval(secs => \(apart / .seconds(1)))) o
                """
            ).map { try $0.decode(AccountID.self, Date.self) }
        }
        let found = try await soonest(8, apart: Opening.choicesApart)
        #expect(found.count == 8)
        for specialist in specialists {
            let own = found.filter { $0.specialist == specialist }.map(\.at)
            #expect(own.first == found.first?.at, "Both have the soonest start, and one does not hide the other.")
            #expect(zip(own, own.dropFirst()).allSatisfy { $1.timeIntervalSince($0) >= 3 * 3600 })
        }
        // Control: without it, three neighbouring quarter hours.
        let neighbours = try await soonest(6, apart: .zero).map(\.at)
        #expect(Set(neighbours).sorted().map { $0.timeIntervalSince(neighbours[0]) } == [0, 900, 1800])
    }

    @Test("Before anybody accepted a case, the soonest are those of whom its match found able; by the party's clock")
    func ranked() async throws {
        let far = try await SchedulingFixture.make(hours: [("09:00", "17:00")])
        let near = try await SchedulingFixture.make(hours: [("09:00", "17:00")])
        _ = try await far.booked(daysAhead: 0.2)
        let patient = far.patient
        let waiting = try await Seed.openCase(of: patient.account, SchedulingFixture.vault, state: .ready)
        func soonest(_ preference: TimePreference? = nil) async throws -> [Opening] {
            try await far.run(patient) {
                try await far.scheduler.soonest(for: waiting, preference: preference, limit: 8, by: patient, in: $0)
            }
        }
        await #expect(throws: BookingRefusal.caseNotBookable) { _ = try await soonest() }
        try await far.asOwner(
            """
            INSERT INTO match (id, case_id, rules_version, input_digest, input, result, ranking)
            VALUES (gen_random_uuid(), \(waiting), 1, 'x', 'x', 'x', \([near.specialist.account, far.specialist.account]))
            """)
        // The newest match counts by the database's clock, not by its id, which a gateway made.
        try await far.asOwner(
            """
            INSERT INTO match (id, case_id, rules_version, input_digest, input, result, ranking, created_at)
            VALUES ('ffffffff-ffff-7fff-bfff-ffffffffffff', \(waiting), 1, 'x', 'x', 'x',
                \([far.specialist.account]), clock_timestamp() - interval '1 day')
            """)
        let all = try await soonest()
        #expect(Set(all.map(\.specialist)) == [near.specialist.account, far.specialist.account])
        #expect(all.map(\.startsAt) == all.map(\.startsAt).sorted())
        let evening = try await soonest(
            TimePreference(weekdays: [2, 4], between: HoursOfDay(starts: "15:00", ends: "16:00")))
        #expect(evening.count == 8)
        #expect(evening.allSatisfy { $0.partyTime.local.description.contains("T15:") })
        #expect(throws: FieldRefusal.self) { try TimePreference(weekdays: [8]) }
        #expect(throws: FieldRefusal.self) { try TimePreference(between: HoursOfDay(starts: "16:00", ends: "15:00")) }
    }
}
