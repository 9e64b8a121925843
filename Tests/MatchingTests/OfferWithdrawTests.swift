import Clinic
import Matching
import Postgres
import TestSupport
import Testing

@Suite("An offer that is taken back", .database, .timeLimit(.minutes(5)))
struct OfferWithdrawTests {
    private func withdraw(_ offer: Offer, by caller: Caller, _ programme: Programme) async throws -> Offer {
        try await programme.run(as: caller) { tx in
            try await programme.matching.withdraw(offer.id, by: caller, in: tx)
        }
    }

    @Test("leaves the case ready, who was asked and its people told, and the next can be asked")
    func withdraws() async throws {
        let programme = try await Programme()
        let silent = try await programme.specialist(volume: 200)
        let next = try await programme.specialist(volume: 100)
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match, to: silent)
        #expect(try await withdraw(offer, by: programme.patient, programme).state == .withdrawn)
        #expect(try await programme.state(of: match.case) == .ready)
        #expect(
            try await TestDatabase.current.parts(told: "offerWithdrawn", of: match.case) == [.candidate, .coordinator])
        let tasks: Int? = try await programme.owner(
            "SELECT count(*) FROM task WHERE case_id = \(match.case) AND kind = 'rescue_menu' AND state = 'open'")
        #expect(tasks == 1)
        let seen = try await programme.run(as: silent) { tx in
            try await tx.query("SELECT FROM clinical_case WHERE id = \(match.case)").count
        }
        #expect(seen == 0)
        await #expect(throws: MatchingRefusal.offerClosed(.withdrawn)) {
            try await programme.accept(offer.id, as: silent)
        }
        await #expect(throws: MatchingRefusal.offerClosed(.withdrawn)) {
            try await withdraw(offer, by: programme.coordinator, programme)
        }
        #expect(try await programme.offer(match).specialist == next.account)
        let entries: Int? = try await programme.owner(
            """
            SELECT count(*) FROM audit_entry WHERE chain_id = \(match.case) AND subject_id = \(offer.id)
                AND actor_id = \(programme.patient.account)
            """)
        #expect(entries == 1)
    }

    @Test("is the case's own people's to take back, and no other's; one that was accepted is nobody's")
    func refuses() async throws {
        let programme = try await Programme()
        let candidate = try await programme.specialist()
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        await #expect(throws: MatchingRefusal.notAllowed) { try await withdraw(offer, by: candidate, programme) }
        let stranger = try await programme.person(.patient)
        await #expect(throws: MatchingRefusal.notFound) { try await withdraw(offer, by: stranger, programme) }
        // Past the service: neither another's, nor into another state.
        let byStranger = try await programme.run(as: stranger) { tx in
            try await tx.execute("UPDATE offer SET state = 'withdrawn', decided_at = now() WHERE id = \(offer.id)")
        }
        #expect(byStranger == 0)
        await #expect(throws: DatabaseError.self) {
            try await programme.run(as: programme.patient) { tx in
                try await tx.execute("UPDATE offer SET state = 'lapsed', decided_at = now() WHERE id = \(offer.id)")
            }
        }
        _ = try await programme.accept(offer.id, as: candidate)
        await #expect(throws: MatchingRefusal.offerClosed(.accepted)) {
            try await withdraw(offer, by: programme.patient, programme)
        }
    }

    @Test("is accepted or taken back, when both happen at once")
    func race() async throws {
        for _ in 0..<6 {
            let programme = try await Programme()
            let specialist = try await programme.specialist()
            let match = try await programme.match(try await programme.readyCase())
            let offer = try await programme.offer(match)
            let outcomes = await withTaskGroup(of: Result<OfferState, any Error>.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        do {
                            return .success(
                                number.isMultiple(of: 2)
                                    ? try await programme.accept(offer.id, as: specialist).state
                                    : try await withdraw(offer, by: programme.patient, programme).state)
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let won = outcomes.compactMap { try? $0.get() }
            #expect(won.count == 1)
            let winner = try #require(won.first)
            for case .failure(let error) in outcomes {
                #expect(error as? MatchingRefusal == .offerClosed(winner), "\(error)")
            }
            #expect(try await programme.state(of: match.case) == (winner == .accepted ? .accepted : .ready))
        }
    }
}
