import Clinic
import FoundationEssentials
import Postgres
import Scheduling
import TestSupport
import Testing

@Suite("What a patient keeps", .database, .timeLimit(.minutes(5)))
struct HoldLimitTests {
    @Test(
        "is at most three openings at once over all cases of a patient; what was released, booked or lapsed counts no more"
    )
    func limit() async throws {
        let first = try await SchedulingFixture.make()
        var stages = [first]
        for _ in 0..<4 {
            let other = try await SchedulingFixture.make()
            stages.append(other.taking(patientOf: first, in: try await other.anotherCase(of: first)))
        }
        let start = try await first.morning()
        var holds: [Hold] = []
        for (day, fixture) in stages.prefix(3).enumerated() {
            holds.append(try await fixture.hold(start.addingTimeInterval(Double(day) * 86_400)))
        }
        let later = start.addingTimeInterval(5 * 86_400)
        await #expect(throws: BookingRefusal.tooManyHolds) { try await stages[3].hold(later) }
        // Another pick of a case that keeps one takes its place.
        holds[0] = try await stages[0].hold(later)
        _ = try await stages[0].book(holds[0])
        _ = try await stages[3].hold(later.addingTimeInterval(86_400))
        await #expect(throws: BookingRefusal.tooManyHolds) {
            try await stages[4].hold(later.addingTimeInterval(2 * 86_400))
        }
        try await stages[1].expire(holds[1])
        _ = try await stages[4].hold(later.addingTimeInterval(2 * 86_400))
    }

    @Test("is free at the instant of its expiry by the database's clock, with nobody there to let it lapse")
    func toTheInstant() async throws {
        let fixture = try await SchedulingFixture.make()
        let rival = try await SchedulingFixture.make(with: fixture.specialist.account)
        let start = try await fixture.morning()
        let hold = try await fixture.hold(start)
        let expiry = try #require(
            try await fixture.asOwner(
                """
                UPDATE hold SET expires_at = clock_timestamp() + interval '2 seconds'
                WHERE id = \(hold.id) RETURNING expires_at
                """
            ).first?.decode(Date.self))
        // Asked again and again across that instant, each answer agrees with the clock around it.
        var (refused, shown) = (0, 0)
        try await wait(for: "the hold to lapse") {
            let (before, isShown, isWon, after) = try await rival.run(rival.patient) { tx in
                let before = try await Self.clock(tx)
                let search = OpeningSearch(case: rival.caseID, from: start, to: start.addingTimeInterval(60))
                let shown = try await rival.scheduler.openings(search, by: rival.patient, in: tx)
                let request = HoldRequest(case: rival.caseID, startsAt: start, visitType: "consult-45")
                var isWon = true
                do {
                    _ = try await rival.scheduler.hold(request, by: rival.patient, in: tx)
                } catch BookingRefusal.taken {
                    isWon = false
                }
                return (before, shown.first?.startsAt == start, isWon, try await Self.clock(tx))
            }
            if isShown { #expect(after >= expiry) } else { #expect(before < expiry) }
            if isWon { #expect(after >= expiry) } else { #expect(before < expiry) }
            refused += isWon ? 0 : 1
            shown += isShown ? 1 : 0
            return isWon
        }
        #expect(refused > 3)
        await #expect(throws: BookingRefusal.holdOver) { try await fixture.book(hold) }
        // And nothing was swept: the one who wanted the range let the other lapse.
        #expect(try await fixture.count("SELECT count(*) FROM hold WHERE id = \(hold.id) AND state = 'lapsed'") == 1)
    }

    private static func clock(_ tx: Transaction) async throws -> Date {
        try #require(try await tx.first("SELECT clock_timestamp()")).decode(Date.self)
    }
}

extension SchedulingFixture {
    /// A case of another fixture's patient with this fixture's specialist.
    func anotherCase(of other: SchedulingFixture) async throws -> CaseID {
        try await Seed.acceptedCase(of: other.patient.account, with: specialist.account, Self.vault)
    }

    /// This fixture with another's patient.
    func taking(patientOf other: SchedulingFixture, in caseID: CaseID) -> SchedulingFixture {
        SchedulingFixture(
            scheduler: scheduler, database: database, specialist: specialist, patient: other.patient, caseID: caseID)
    }
}
