import Clinic
import Matching
import Postgres
import TestSupport
import Testing

// A database of its own: the worker ends every offer that is due, whoever made it.
@Suite("A specialist whose account is closed", .database, .timeLimit(.minutes(5)))
struct ClosedSpecialistTests {
    @Test("An offer that waits for them runs out at once, the next of the menu is asked, and they are asked no more")
    func passesOn() async throws {
        let programme = try await Programme()
        let first = try await programme.specialist(volume: 200)
        let second = try await programme.specialist(volume: 50)
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        #expect(offer.specialist == first.account)
        let op = Seed.caller(try await Seed.account(programme.vault, roles: [.operator]), roles: [.operator])
        _ = try await programme.run(as: op) { tx in
            try await tx.query("SELECT * FROM close_account(\(first.account))")
        }
        await #expect(throws: MatchingRefusal.self) { _ = try await programme.accept(offer.id, as: first) }
        let lapsed = try await programme.database.worker.withTransaction(as: .nobody) {
            try await programme.matching.lapseOffers(in: $0)
        }
        #expect(lapsed == 1)
        let offers = try await programme.offers(of: match.case)
        #expect(offers.map(\.state) == [.waiting, .lapsed])
        #expect(offers.map(\.specialist) == [second, first].map(\.account))
        let again = try await programme.match(try await programme.readyCase())
        #expect(!again.candidates.map(\.specialist).contains(first.account))
    }
}
