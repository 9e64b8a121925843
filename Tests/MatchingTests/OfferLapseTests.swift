import Clinic
import Matching
import Postgres
import TestSupport
import Testing

// A database of its own: the worker ends every offer that is due, whoever made it.
@Suite("Offers that nobody answers", .database, .timeLimit(.minutes(5)))
struct OfferLapseTests {
    @Test("The worker lets a due offer lapse and asks the next, until the menu is exhausted")
    func lapses() async throws {
        let programme = try await Programme()
        let first = try await programme.specialist(volume: 200)
        let second = try await programme.specialist(volume: 50)
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        try await lapseAll(programme)
        #expect(try await programme.offers(of: match.case).map(\.state) == [.waiting])

        try await programme.letExpire(offer.id)
        try await lapseAll(programme)
        let offers = try await programme.offers(of: match.case)
        #expect(offers.map(\.state) == [.waiting, .lapsed])
        #expect(offers.map(\.specialist) == [second, first].map(\.account))
        let seen = try await programme.run(as: first) { tx in
            try await tx.query("SELECT FROM clinical_case WHERE id = \(match.case)").count
        }
        #expect(seen == 0)

        try await programme.letExpire(offers[0].id)
        try await lapseAll(programme)
        #expect(try await programme.offers(of: match.case).map(\.state) == [.lapsed, .lapsed])
        #expect(try await programme.state(of: match.case) == .ready)
        let tasks: Int? = try await programme.owner(
            "SELECT count(*) FROM task WHERE case_id = \(match.case) AND kind = 'rescue_menu'")
        #expect(tasks == 1)
        for template in ["offerPassedOn", "menuExhausted"] {
            let told = try await TestDatabase.current.parts(told: template, of: match.case)
            #expect(told == [.patient, .coordinator])
        }
        // Who did not answer may be asked again, from a new menu.
        let again = try await programme.match(match.case)
        #expect(again.candidates.map(\.specialist) == [first, second].map(\.account))
        #expect(try await programme.offer(again).specialist == first.account)
    }

    /// As the worker does it: in its own role, without an actor.
    private func lapseAll(_ programme: Programme) async throws {
        try await wait(for: "the last lapse") {
            try await programme.database.worker.withTransaction(as: .nobody) {
                try await programme.matching.lapseOffers(in: $0)
            } == 0
        }
    }
}
