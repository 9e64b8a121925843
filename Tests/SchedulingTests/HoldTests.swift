import Clinic
import FoundationEssentials
import Postgres
import Scheduling
import TestSupport
import Testing

@Suite("A hold", .database, .timeLimit(.minutes(5)))
struct HoldTests {
    @Test("keeps an opening for one case and takes it from everybody else")
    func keeps() async throws {
        let fixture = try await SchedulingFixture.make()
        let rival = try await SchedulingFixture.make(with: fixture.specialist.account)
        let opening = try await fixture.opening()
        let hold = try await fixture.hold(opening.startsAt)
        #expect(hold.startsAt == opening.startsAt && hold.endsAt == opening.endsAt)
        #expect(hold.token?.isEmpty == false && hold.renewalsLeft == 3)
        let refusal = await #expect(throws: BookingRefusal.self) { try await rival.hold(opening.startsAt) }
        guard case .taken(let next) = refusal else { return #expect(Bool(false), "not refused as taken") }
        #expect(next.count == 5 && next.allSatisfy { $0.startsAt > opening.startsAt })
        // What is offered instead can be held.
        try await rival.hold(try #require(next.first).startsAt)
    }

    @Test("is won by exactly one of 64 who want it at once")
    func oneOfMany() async throws {
        let first = try await SchedulingFixture.make()
        let opening = try await first.opening()
        var rivals = [first]
        for _ in 1..<64 { rivals.append(try await SchedulingFixture.make(with: first.specialist.account)) }
        let outcomes = await withTaskGroup(of: String.self) { group in
            for rival in rivals {
                group.addTask {
                    do {
                        try await rival.hold(opening.startsAt)
                        return "won"
                    } catch BookingRefusal.taken(let next) {
                        return next.isEmpty ? "taken without a way on" : "taken"
                    } catch DatabaseUnavailable.busy {
                        // The small pool of a test: the gateway answers 503, and nothing was changed.
                        return "taken"
                    } catch {
                        return "\(error)"
                    }
                }
            }
            return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes == ["won": 1, "taken": 63])
    }

    @Test("that lapsed cannot book though no worker runs, and its range is free at once")
    func lapses() async throws {
        let fixture = try await SchedulingFixture.make()
        let rival = try await SchedulingFixture.make(with: fixture.specialist.account)
        let opening = try await fixture.opening()
        let hold = try await fixture.hold(opening.startsAt)
        #expect(
            try await !rival.openings(from: opening.startsAt, limit: 1).contains { $0.startsAt == opening.startsAt })
        try await fixture.expire(hold)
        #expect(try await rival.openings(from: opening.startsAt, limit: 1).first?.startsAt == opening.startsAt)
        await #expect(throws: BookingRefusal.holdOver) { try await fixture.book(hold) }
        try await rival.hold(opening.startsAt)
        await #expect(throws: BookingRefusal.holdOver) { try await fixture.book(hold) }
    }

    @Test("replaces the one before of the same case, and only when it is won")
    func replaces() async throws {
        let fixture = try await SchedulingFixture.make()
        let rival = try await SchedulingFixture.make(with: fixture.specialist.account)
        let starts = try await fixture.openings(from: Date(timeIntervalSinceNow: 3 * 86_400), limit: 40).map(\.startsAt)
        let first = try await fixture.hold(starts[0])
        try await rival.hold(starts[20])
        await #expect(throws: BookingRefusal.self) { try await fixture.hold(starts[20]) }
        #expect(try await fixture.count("SELECT count(*) FROM hold WHERE id = \(first.id) AND state = 'active'") == 1)
        let second = try await fixture.hold(starts[1])
        #expect(try await fixture.count("SELECT count(*) FROM busy WHERE hold_id = \(first.id)") == 0)
        #expect(try await fixture.count("SELECT count(*) FROM hold WHERE id = \(first.id) AND state = 'released'") == 1)
        await #expect(throws: BookingRefusal.holdOver) { try await fixture.book(first) }
        _ = try await fixture.book(second)
    }

    @Test("is renewed three times and no more")
    func renews() async throws {
        let fixture = try await SchedulingFixture.make()
        let hold = try await fixture.hold(try await fixture.opening().startsAt)
        var expiry = hold.expiresAt
        for left in [2, 1, 0] {
            let renewed = try await fixture.run(fixture.patient) {
                try await fixture.scheduler.renew(hold.id, by: fixture.patient, in: $0)
            }
            #expect(renewed.renewalsLeft == left && renewed.expiresAt > expiry && renewed.token == nil)
            expiry = renewed.expiresAt
        }
        await #expect(throws: BookingRefusal.renewedTooOften) {
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.renew(hold.id, by: fixture.patient, in: $0)
            }
        }
        #expect(
            try await fixture.count("SELECT count(*) FROM busy WHERE hold_id = \(hold.id) AND lapses_at = \(expiry)")
                == 2
        )
    }

    @Test("that is released gives its range back")
    func releases() async throws {
        let fixture = try await SchedulingFixture.make()
        let rival = try await SchedulingFixture.make(with: fixture.specialist.account)
        let opening = try await fixture.opening()
        let hold = try await fixture.hold(opening.startsAt)
        try await fixture.run(fixture.patient) {
            try await fixture.scheduler.release(hold.id, by: fixture.patient, in: $0)
        }
        try await rival.hold(opening.startsAt)
        await #expect(throws: BookingRefusal.holdOver) { try await fixture.book(hold) }
    }

    @Test("can be read when it is over, with what became of it, and has both people's clocks")
    func over() async throws {
        let fixture = try await SchedulingFixture.make()
        func read(_ hold: Hold) async throws -> Hold {
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.hold(hold.id, by: fixture.patient, in: $0)
            }
        }
        let openings = try await fixture.openings(from: Date(timeIntervalSinceNow: 3 * 86_400), limit: 40)
        let lapsed = try await fixture.hold(openings[0].startsAt)
        #expect(lapsed.specialistTime == openings[0].specialistTime && lapsed.partyTime == openings[0].partyTime)
        let seen = try await read(lapsed)
        #expect(
            seen.state == .active && seen.partyTime == lapsed.partyTime && seen.specialistTime == lapsed.specialistTime)
        // No worker has noticed.
        try await fixture.expire(lapsed)
        let over = try await read(lapsed)
        #expect(over.state == .lapsed && over.renewalsLeft == 0)
        let replaced = try await fixture.hold(openings[10].startsAt)
        let booked = try await fixture.hold(openings[20].startsAt)
        _ = try await fixture.book(booked)
        #expect(try await read(replaced).state == .released)
        #expect(try await read(booked).state == .booked)
        let rival = try await SchedulingFixture.make(with: fixture.specialist.account)
        await #expect(throws: BookingRefusal.notFound) {
            try await rival.run(rival.patient) { try await rival.scheduler.hold(booked.id, by: rival.patient, in: $0) }
        }
    }

    @Test("is nothing that a stranger can see, renew or book")
    func strangers() async throws {
        let fixture = try await SchedulingFixture.make()
        let stranger = try await SchedulingFixture.make()
        let hold = try await fixture.hold(try await fixture.opening().startsAt)
        _ = try await fixture.booked(daysAhead: 10)
        let again = try await fixture.hold(try await fixture.opening().startsAt)
        await #expect(throws: BookingRefusal.notFound) {
            try await stranger.run(stranger.patient) {
                try await stranger.scheduler.renew(hold.id, by: stranger.patient, in: $0)
            }
        }
        await #expect(throws: BookingRefusal.notFound) { try await stranger.book(again) }
        await #expect(throws: BookingRefusal.notFound) {
            try await fixture.run(stranger.patient) {
                let request = HoldRequest(case: fixture.caseID, startsAt: hold.startsAt, visitType: "consult-45")
                return try await fixture.scheduler.hold(request, by: stranger.patient, in: $0)
            }
        }
        for (caller, sees) in [(stranger.patient, 0), (fixture.patient, 1)] {
            let rows = try await fixture.run(caller) { tx in
                [
                    try await tx.query("SELECT FROM hold WHERE case_id = \(fixture.caseID) AND state = 'active'").count,
                    try await tx.query("SELECT FROM appointment WHERE case_id = \(fixture.caseID)").count,
                ]
            }
            #expect(rows == [sees, sees])
        }
    }

    @Test("needs the party's side: the specialist cannot hold their own time for a patient")
    func sides() async throws {
        let fixture = try await SchedulingFixture.make()
        let opening = try await fixture.opening()
        await #expect(throws: BookingRefusal.notAllowed) {
            try await fixture.run(fixture.specialist) {
                let request = HoldRequest(case: fixture.caseID, startsAt: opening.startsAt, visitType: "consult-45")
                return try await fixture.scheduler.hold(request, by: fixture.specialist, in: $0)
            }
        }
    }

    @Test("needs a case whose specialist accepted", arguments: [CaseState.offered, .closed, .withdrawn])
    func states(state: CaseState) async throws {
        let fixture = try await SchedulingFixture.make()
        let opening = try await fixture.opening()
        try await fixture.asOwner("ALTER TABLE clinical_case DISABLE TRIGGER enforce_transition")
        try await fixture.asOwner("UPDATE clinical_case SET state = \(state) WHERE id = \(fixture.caseID)")
        await #expect(throws: BookingRefusal.caseNotBookable) { try await fixture.hold(opening.startsAt) }
    }
}
