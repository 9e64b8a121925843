import Clinic
import FoundationEssentials
import Postgres
@testable import Scheduling
import TestSupport
import Testing

@Suite("The policy of a visit type", .database, .timeLimit(.minutes(10)))
struct PolicyTests {
    /// A kind of consult of its own, so that tests beside this one see nothing of it.
    private func kind(_ fixture: SchedulingFixture, _ change: (inout VisitPolicy) -> Void = { _ in }) async throws
        -> String
    {
        let id = "kind-\(UUID().uuidString.lowercased())"
        try await set(id, from: 0, fixture, change)
        return id
    }

    @discardableResult
    private func set(
        _ id: String, from version: Int, _ fixture: SchedulingFixture, _ change: (inout VisitPolicy) -> Void
    ) async throws -> VisitType {
        var policy = VisitPolicy()
        change(&policy)
        let keeper = Seed.caller(
            try await Seed.account(SchedulingFixture.vault, roles: [.operator]), roles: [.operator])
        let (changed, scheduler) = (policy, fixture.scheduler)
        return try await fixture.run(keeper) {
            try await scheduler.setVisitType(id, to: changed, ifVersion: ExpectedVersion(version), by: keeper, in: $0)
        }
    }

    private func booked(_ fixture: SchedulingFixture, _ kind: String, daysAhead: Double = 3) async throws -> Appointment
    {
        try await fixture.book(
            try await fixture.hold(
                try await fixture.opening(daysAhead: daysAhead, visitType: kind).startsAt, visitType: kind))
    }

    @Test("of a new kind is made once by two who make it at the same moment")
    func madeOnce() async throws {
        let fixture = try await SchedulingFixture.make()
        let id = "kind-\(UUID().uuidString.lowercased())"
        let keeper = Seed.caller(
            try await Seed.account(SchedulingFixture.vault, roles: [.operator]), roles: [.operator])
        let outcome = try await TestDatabase.current.race { tx in
            _ = try await fixture.scheduler.setVisitType(id, to: VisitPolicy(), ifVersion: 0, by: keeper, in: tx)
        } then: {
            try await set(id, from: 0, fixture) { _ in }
        }
        #expect(throws: VersionRefusal.changedMeanwhile) { try outcome.get() }
    }

    @Test("is a new version with every change; what is booked is judged by the version of then")
    func versions() async throws {
        let fixture = try await SchedulingFixture.make()
        let kind = try await kind(fixture)
        let before = try await booked(fixture, kind)
        let changed = try await set(kind, from: 1, fixture) {
            $0.durationMinutes = 30
            $0.cancelUntilMinutes = 43_200
        }
        #expect(changed.version == 2)
        let after = try await booked(fixture, kind, daysAhead: 5)
        #expect(before.endsAt.timeIntervalSince(before.startsAt) == 45 * 60)
        #expect(after.endsAt.timeIntervalSince(after.startsAt) == 30 * 60)
        await #expect(throws: BookingRefusal.tooLateToChange(until: after.cancelUntil)) {
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.cancel(after.id, by: fixture.patient, in: $0)
            }
        }
        let cancelled = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.cancel(before.id, by: fixture.patient, in: $0)
        }
        #expect(cancelled.state == .cancelled && cancelled.consequence == nil)
        await #expect(throws: VersionRefusal.changedMeanwhile) { try await set(kind, from: 1, fixture) { _ in } }
    }

    @Test("is an operator's to change, in the database as well")
    func operators() async throws {
        let fixture = try await SchedulingFixture.make()
        let kind = try await kind(fixture)
        await #expect(throws: DatabaseError.self) {
            try await fixture.run(fixture.patient) {
                try await $0.execute(
                    """
                    INSERT INTO visit_type SELECT (jsonb_populate_record(v, '{"version": 2}')).* FROM visit_type v
                    WHERE id = \(kind)
                    """)
            }
        }
        await #expect(throws: DatabaseError.self) {
            try await fixture.asOwner("UPDATE visit_type SET duration_minutes = 5 WHERE id = \(kind)")
        }
    }

    @Test(
        "names the field that breaks a rule",
        arguments: [
            ("/durationMinutes", "range"), ("/granularityMinutes", "choice"), ("/bookedBy", "choice"),
            ("/cancelledBy", "duplicate"), ("/noShowConsequence", "format"), ("/mostPerDay", "range"),
        ])
    func fields(pointer: String, rule: String) async throws {
        let fixture = try await SchedulingFixture.make()
        do {
            _ = try await kind(fixture) { policy in
                switch pointer {
                case "/durationMinutes": policy.durationMinutes = 4
                case "/granularityMinutes": policy.granularityMinutes = 7
                case "/bookedBy": policy.bookedBy = [.specialist]
                case "/cancelledBy": policy.cancelledBy = [.party, .party]
                case "/noShowConsequence": policy.noShowConsequence = "Fee: 50 dollars"
                default: policy.mostPerDay = 0
                }
            }
            Issue.record("it was taken")
        } catch let refusal as FieldRefusal {
            #expect(refusal.pointer == pointer && refusal.rule == rule)
        }
    }

    @Test(
        "says how many a specialist has at most in a day and in a week, by their clock; holds count, other kinds do not"
    )
    func caps() async throws {
        let fixture = try await SchedulingFixture.make(timeZone: "Pacific/Auckland")
        let daily = try await kind(fixture) { $0.mostPerDay = 2 }
        let from = Date(timeIntervalSinceNow: 9 * 86_400)
        func openings(_ kind: String) async throws -> [String: Int] {
            let all = try await fixture.openings(visitType: kind, from: from, to: from.addingTimeInterval(20 * 86_400))
            return Dictionary(grouping: all) { String($0.specialistTime.local.description.prefix(10)) }.mapValues(
                \.count)
        }
        let days = try await openings(daily).filter { $0.value > 80 }.keys.sorted()
        let day = try #require(days.first)
        func start(_ hour: String, on day: String, of kind: String) async throws -> Date {
            let all = try await fixture.openings(visitType: kind, from: from, to: from.addingTimeInterval(20 * 86_400))
            return try #require(all.first { $0.specialistTime.local == LocalTime("\(day)T\(hour):00") }).startsAt
        }
        _ = try await fixture.book(try await fixture.hold(start("08", on: day, of: daily), visitType: daily))
        #expect(try await openings(daily)[day] ?? 0 > 0)
        let rival = try await SchedulingFixture.make(with: fixture.specialist.account)
        let hold = try await rival.hold(start("20", on: day, of: daily), visitType: daily)
        #expect(try await openings(daily)[day] == nil, "Two on one of the specialist's days are enough.")
        #expect(try await openings("consult-45")[day] ?? 0 > 0)
        try await rival.expire(hold)
        #expect(try await openings(daily)[day] ?? 0 > 0, "A hold that ran out counts no more.")

        let weekly = try await kind(fixture) { $0.mostPerWeek = 1 }
        let one = try await fixture.book(
            try await fixture.hold(
                start("12", on: try #require(days.dropFirst(2).first), of: weekly), visitType: weekly))
        let free = try await openings(weekly).keys
        let week = try await fixture.asOwner(
            """
            SELECT to_char(date_trunc('week', \(one.startsAt) AT TIME ZONE 'Pacific/Auckland') + n * interval '1 day',
                'YYYY-MM-DD') FROM generate_series(0, 6) n
            """
        ).map { try $0.decode(String.self) }
        #expect(free.allSatisfy { !week.contains($0) } && free.count > 5)
    }

    @Test("lets the party cancel late for a consequence, where it names one; not coming has its own, after the grace")
    func consequences() async throws {
        let fixture = try await SchedulingFixture.make()
        let kind = try await kind(fixture) {
            $0.cancelUntilMinutes = 43_200
            $0.rescheduleUntilMinutes = 43_200
            $0.lateCancelConsequence = "fee-50"
            $0.noShowConsequence = "fee-100"
            $0.noShowGraceMinutes = 20
        }
        let late = try await booked(fixture, kind)
        // What it may come to is said before it does, and by which version of the policy.
        #expect(late.lateCancelConsequence == "fee-50" && late.noShowConsequence == "fee-100")
        #expect(late.policyVersion == 1 && late.noShowFrom == late.startsAt.addingTimeInterval(20 * 60))
        await #expect(throws: BookingRefusal.tooLateToChange(until: late.rescheduleUntil)) {
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.reschedule(late.id, to: late.endsAt, by: fixture.patient, in: $0)
            }
        }
        let cancelled = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.cancel(late.id, by: fixture.patient, in: $0)
        }
        #expect(cancelled.consequence == "fee-50")
        let free = try await fixture.run(fixture.specialist) { [appointment = try await booked(fixture, kind)] in
            try await fixture.scheduler.cancel(appointment.id, by: fixture.specialist, in: $0)
        }
        #expect(free.consequence == nil, "A specialist who calls it off costs the patient nothing.")

        let missed = try await booked(fixture, kind)
        try await fixture.wait(until: missed, isInMinutes: -15)
        func markNoShow() async throws -> Appointment {
            try await fixture.run(fixture.specialist) {
                try await fixture.scheduler.markNoShow(missed.id, by: fixture.specialist, in: $0)
            }
        }
        await #expect(throws: BookingRefusal.self) { _ = try await markNoShow() }
        try await fixture.wait(until: missed, isInMinutes: -25)
        let marked = try await markNoShow()
        #expect(marked.state == .noShow && marked.consequence == "fee-100")
    }

    @Test("says who books: the coordinator alone, where it says so")
    func booking() async throws {
        let fixture = try await SchedulingFixture.make()
        let kind = try await kind(fixture) { $0.bookedBy = [.coordinator] }
        let opening = try await fixture.opening(visitType: kind)
        await #expect(throws: BookingRefusal.notAllowed) {
            try await fixture.hold(opening.startsAt, visitType: kind)
        }
        let coordinator = try await Seed.account(SchedulingFixture.vault, roles: [.coordinator])
        let caller = Seed.caller(coordinator, roles: [.coordinator])
        let request = HoldRequest(case: fixture.caseID, startsAt: opening.startsAt, visitType: kind)
        let hold = try await fixture.run(caller) { try await fixture.scheduler.hold(request, by: caller, in: $0) }
        #expect(hold.startsAt == opening.startsAt)
    }
}
