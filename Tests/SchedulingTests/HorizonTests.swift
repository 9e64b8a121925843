import Clinic
import Postgres
import Scheduling
import TestSupport
import Testing

@Suite("The horizon of the rules' dates", .database, .timeLimit(.minutes(5)))
struct HorizonTests {
    private let horizon = AvailabilityHorizon(database: TestDatabase.current.worker)

    @Test("lies past whatever can be booked, and the worker keeps it there")
    func extends() async throws {
        let fixture = try await SchedulingFixture.make()
        let weekly = RuleSet(
            effectiveUntil: nil,
            rules: [HoursRule("FREQ=WEEKLY;BYDAY=MO,TH", from: date("2026-01-05"), starts: "09:00", ends: "10:00")])
        _ = try await fixture.replace(Availability(timeZone: "UTC", ruleSets: [weekly]), ifVersion: 1)
        let written = try await dates(of: fixture)
        #expect(written.count > 120)
        #expect(try await horizon.extend() == 0)
        // As if nothing had been done for sixty days, but that some of its dates are there.
        try await fixture.asOwner(
            """
            DELETE FROM availability_date WHERE specialist_id = \(fixture.specialist.account)
                AND on_date > current_date + 370
            """)
        try await fixture.asOwner(
            """
            UPDATE availability_horizon SET until = current_date + 370 WHERE specialist_id = \(fixture.specialist.account)
            """)
        try await fixture.asOwner(
            """
            UPDATE availability_date SET on_date = on_date - 210 WHERE specialist_id = \(fixture.specialist.account)
                AND on_date < current_date + 7
            """)
        #expect(try await horizon.extend() == 1)
        let kept = try await today(7)
        #expect(try await dates(of: fixture) == written.filter { $0 >= kept })
        #expect(try await horizon.extend() == 0)
        #expect(
            try await fixture.count(
                """
                SELECT until - (clock_timestamp() AT TIME ZONE 'UTC')::date FROM availability_horizon
                WHERE specialist_id = \(fixture.specialist.account)
                """) == AvailabilityHorizon.days)
        #expect(
            try await fixture.count("SELECT max(horizon_days) FROM visit_type") < AvailabilityHorizon.leastDays)
    }

    @Test("No visit type can be booked from beyond it")
    func furthest() async throws {
        let fixture = try await SchedulingFixture.make()
        await #expect(throws: DatabaseError.self) {
            try await fixture.asOwner(
                """
                INSERT INTO visit_type SELECT (jsonb_populate_record(v, jsonb_build_object('id', 'far', 'horizon_days',
                    \(AvailabilityHorizon.leastDays)::integer))).* FROM visit_type v WHERE id = 'consult-45' AND current
                """)
        }
    }

    private func dates(of fixture: SchedulingFixture) async throws -> [String] {
        try await fixture.asOwner(
            "SELECT on_date FROM availability_date WHERE specialist_id = \(fixture.specialist.account) ORDER BY on_date"
        ).map { try $0.decode(String.self) }
    }

    private func today(_ ahead: Int) async throws -> String {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT current_date + \(ahead)::integer")?.decode(String.self) ?? ""
        }
    }
}
