import Clinic
import Matching
import Postgres
import TestSupport
import Testing

@Suite("Offers under a race", .database, .timeLimit(.minutes(5)))
struct OfferRaceTests {
    @Test("Of twenty answers to one offer at once, one counts")
    func oneAnswer() async throws {
        let programme = try await Programme()
        let specialist = try await programme.specialist()
        let next = try await programme.specialist(volume: 10)
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        let outcomes = await withTaskGroup(of: Result<Bool, any Error>.self) { group in
            for number in 0..<20 {
                group.addTask {
                    do {
                        if number.isMultiple(of: 2) {
                            _ = try await programme.accept(offer.id, as: specialist)
                        } else {
                            try await programme.decline(offer.id, as: specialist)
                        }
                        return .success(number.isMultiple(of: 2))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let winners = outcomes.compactMap { try? $0.get() }
        #expect(winners.count == 1)
        for case .failure(let error) in outcomes {
            // Whoever declined has no part in the case any more when the others look again.
            let refusal = error as? MatchingRefusal
            #expect(
                refusal == .offerClosed(winners.first == true ? .accepted : .declined), "\(error)")
        }
        let open = try await programme.offers(of: match.case).filter { [.waiting, .accepted].contains($0.state) }
        #expect(open.count == 1)
        #expect(open.first?.specialist == (winners.first == true ? specialist : next).account)
    }

    @Test("Two cases at once do not both take the last place of a specialist's week")
    func lastPlace() async throws {
        let programme = try await Programme()
        let specialist = try await programme.specialist(capacity: 2)
        var offers: [Offer] = []
        for _ in 0..<2 {
            offers.append(try await programme.offer(try await programme.match(try await programme.readyCase())))
        }
        try await programme.database.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE specialist SET weekly_capacity = 1 WHERE id = \(specialist.account)")
        }
        let outcomes = await withTaskGroup(of: MatchingRefusal?.self) { group in
            for offer in offers {
                group.addTask {
                    do {
                        _ = try await programme.accept(offer.id, as: specialist)
                        return nil
                    } catch {
                        return error as? MatchingRefusal ?? .notFound
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.count { $0 == .capacityReached } == 1)
    }

    @Test("An offer whose time is over cannot be accepted, though no worker has run")
    func expired() async throws {
        let programme = try await Programme()
        let specialist = try await programme.specialist()
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        try await programme.letExpire(offer.id)
        await #expect(throws: MatchingRefusal.offerExpired) { try await programme.accept(offer.id, as: specialist) }
        await #expect(throws: MatchingRefusal.offerExpired) { try await programme.decline(offer.id, as: specialist) }
        let waiting = try await programme.run(as: specialist) { tx in
            try await programme.matching.waitingOffers(of: specialist, in: tx)
        }
        #expect(waiting.isEmpty)
        #expect(try await programme.state(of: match.case) == .offered)
    }
}
