import Clinic
import Matching
import FoundationEssentials
import Postgres
import TestSupport
import Testing

@Suite("An offer", .database, .timeLimit(.minutes(5)))
struct OfferTests {
    @Test("The best of the menu is asked, with a clock, and told")
    func asksTheBest() async throws {
        let programme = try await Programme()
        let best = try await programme.specialist(volume: 200)
        _ = try await programme.specialist(volume: 10)
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        #expect(offer.specialist == best.account)
        #expect(offer.state == .waiting)
        #expect(abs(offer.expiresAt.timeIntervalSince(offer.createdAt) - 43_200) < 1)
        #expect(try await programme.state(of: match.case) == .offered)
        let told: Int? = try await programme.owner(
            "SELECT count(*) FROM job WHERE payload::text LIKE \("%\(offer.id)%")")
        #expect(told == 1)
    }

    @Test("The patient may choose another of the menu, and nobody who is not on it")
    func patientChooses() async throws {
        let programme = try await Programme()
        _ = try await programme.specialist(volume: 200)
        let chosen = try await programme.specialist(volume: 10)
        let unlicensed = try await programme.specialist(licensedUntil: nil)
        let match = try await programme.match(try await programme.readyCase())
        func ask(_ specialist: Caller) async throws -> Offer {
            try await programme.run(as: programme.patient) { tx in
                try await programme.matching.makeOffer(
                    OfferRequest(match: match.id, specialist: specialist.account), for: match.case,
                    by: programme.patient, in: tx)
            }
        }
        await #expect(throws: MatchingRefusal.notOnMenu) { try await ask(unlicensed) }
        #expect(try await ask(chosen).specialist == chosen.account)
        await #expect(throws: MatchingRefusal.caseNotReady(.offered)) { try await ask(chosen) }
    }

    @Test("A candidate sees the coarse reason and nothing else of the case")
    func candidateSees() async throws {
        let programme = try await Programme()
        let candidate = try await programme.specialist()
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        let waiting = try await programme.run(as: candidate) { tx in
            try await programme.matching.waitingOffers(of: candidate, in: tx)
        }
        #expect(waiting.map(\.id) == [offer.id])
        #expect(waiting.map(\.reason) == [Programme.reason])
        let tables = ["intake_part", "match", "record", "first_read", "opinion", "outcome", "blind_break"]
        for table in tables {
            let seen = try await programme.run(as: candidate) { tx in
                try await tx.query("SELECT FROM \(identifier: table) WHERE case_id = \(match.case)").count
            }
            #expect(seen == 0, "\(table)")
        }
        let stranger = try await programme.specialist()
        let foreign = try await programme.run(as: stranger) { tx in
            try await tx.query("SELECT FROM offer WHERE case_id = \(match.case)").count
        }
        #expect(foreign == 0)
    }

    @Test("A candidate cannot become the specialist past the service")
    func candidateCannotPromoteHerself() async throws {
        let programme = try await Programme()
        let candidate = try await programme.specialist()
        let match = try await programme.match(try await programme.readyCase())
        _ = try await programme.offer(match)
        await #expect(throws: DatabaseError.self) {
            try await programme.run(as: candidate) { tx in
                try await tx.execute("UPDATE case_part SET part = 'specialist' WHERE account_id = \(candidate.account)")
            }
        }
        await #expect(throws: DatabaseError.self) {
            try await programme.run(as: candidate) { tx in
                try await tx.execute(
                    """
                    INSERT INTO offer (id, case_id, match_id, specialist_id, lane, state, expires_at)
                    VALUES (\(OfferID.random()), \(match.case), \(match.id), \(candidate.account), 'licensed',
                        'waiting', clock_timestamp() + interval '1 day')
                    """)
            }
        }
    }

    @Test("Whoever accepts is the specialist, and the patient's side is told")
    func accepts() async throws {
        let programme = try await Programme()
        let specialist = try await programme.specialist()
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        #expect(try await programme.accept(offer.id, as: specialist).state == .accepted)
        #expect(try await programme.state(of: match.case) == .accepted)
        let part: String? = try await programme.owner(
            """
            SELECT part FROM case_part
            WHERE case_id = \(match.case) AND account_id = \(specialist.account) AND until IS NULL AND reads_case
                AND NOT sees_prior
            """)
        #expect(part == "specialist")
        let told: Int? = try await programme.owner(
            "SELECT count(*) FROM job WHERE payload::text LIKE \("%caseAccepted%\(match.case)%")")
        #expect(told == 2)
        await #expect(throws: MatchingRefusal.offerClosed(.accepted)) {
            try await programme.accept(offer.id, as: specialist)
        }
    }

    @Test("Declining asks the next of the menu in the same transaction")
    func declines() async throws {
        let programme = try await Programme()
        let first = try await programme.specialist(volume: 200)
        let second = try await programme.specialist(volume: 100)
        let third = try await programme.specialist(volume: 50)
        let match = try await programme.match(try await programme.readyCase())
        // The coordinator begins in the middle, so that what was asked before lies on both sides.
        let offer = try await programme.offer(match, to: second)
        try await programme.decline(offer.id, as: second)
        let next = try #require(try await programme.offers(of: match.case).first)
        #expect(next.specialist == first.account && next.state == .waiting)
        try await programme.decline(next.id, as: first)
        let last = try #require(try await programme.offers(of: match.case).first)
        #expect(last.specialist == third.account)
        #expect(try await programme.state(of: match.case) == .offered)
        let waiting = try await TestDatabase.current.parts(told: "offerPassedOn", of: match.case)
        #expect(waiting == [.patient, .coordinator])
        let parts: Int? = try await programme.owner(
            "SELECT count(*) FROM case_part WHERE case_id = \(match.case) AND part = 'candidate' AND until IS NULL")
        #expect(parts == 1)
        #expect(try await programme.accept(last.id, as: third).state == .accepted)
    }

    @Test("When a consent was taken back nobody else is asked, and nobody is told that nobody is left")
    func consentTakenBack() async throws {
        let programme = try await Programme()
        let first = try await programme.specialist(volume: 200)
        _ = try await programme.specialist(volume: 100)
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        let withdrawn: UUID? = try await programme.owner(
            """
            UPDATE consent SET withdrawn_at = clock_timestamp()
            WHERE case_id = \(match.case) AND kind = 'telehealth' RETURNING id
            """)
        #expect(withdrawn != nil)
        await #expect(throws: MatchingRefusal.consentMissing) { try await programme.accept(offer.id, as: first) }
        try await programme.decline(offer.id, as: first)
        #expect(try await programme.state(of: match.case) == .ready)
        #expect(try await programme.offers(of: match.case).map(\.state) == [.declined])
        for told in ["menuExhausted", "offerPassedOn"] {
            #expect(try await TestDatabase.current.parts(told: told, of: match.case).isEmpty)
        }
    }

    @Test("When the menu is exhausted the case is ready again and a coordinator is asked")
    func exhausted() async throws {
        let programme = try await Programme()
        let only = try await programme.specialist()
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        try await programme.decline(offer.id, as: only)
        #expect(try await programme.state(of: match.case) == .ready)
        let waiting = try await TestDatabase.current.parts(told: "menuExhausted", of: match.case)
        #expect(waiting == [.patient, .coordinator])
        #expect(try await TestDatabase.current.parts(told: "offerPassedOn", of: match.case).isEmpty)
        let tasks: Int? = try await programme.owner(
            "SELECT count(*) FROM task WHERE case_id = \(match.case) AND kind = 'rescue_menu' AND state = 'open'")
        #expect(tasks == 1)
        await #expect(throws: MatchingRefusal.menuExhausted) { try await programme.offer(match) }
        await #expect(throws: MatchingRefusal.alreadyAsked) { try await programme.offer(match, to: only) }
        let again = try await programme.match(match.case)
        #expect(
            again.excluded.first { $0.specialist == only.account }?.reasons.map(\.code) == ["declined_before"])
    }

    @Test("Whoever stopped accepting, or lost their licence, is passed over when the offer rolls on")
    func passesOver() async throws {
        let programme = try await Programme()
        let first = try await programme.specialist(volume: 200)
        let second = try await programme.specialist(volume: 100)
        let third = try await programme.specialist(volume: 50)
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        try await programme.database.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("DELETE FROM licence WHERE specialist_id = \(second.account)")
        }
        try await programme.decline(offer.id, as: first)
        #expect(try await programme.offers(of: match.case).first?.specialist == third.account)
        let refused: Int? = try await programme.owner(
            """
            SELECT count(*) FROM lane_check
            WHERE case_id = \(match.case) AND specialist_id = \(second.account) AND NOT lawful
            """)
        #expect(refused == 1)
    }

    @Test("A licence that ended between offer and answer closes the lane")
    func laneAtAccepting() async throws {
        let programme = try await Programme()
        let specialist = try await programme.specialist()
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        try await programme.database.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("DELETE FROM licence WHERE specialist_id = \(specialist.account)")
        }
        await #expect(throws: MatchingRefusal.laneClosed(.noLicence)) {
            try await programme.accept(offer.id, as: specialist)
        }
        #expect(try await programme.state(of: match.case) == .offered)
    }

    @Test("An offer is another specialist's business only")
    func foreignOffer() async throws {
        let programme = try await Programme()
        _ = try await programme.specialist()
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        let stranger = try await programme.specialist()
        for caller in [stranger, programme.patient, programme.coordinator] {
            await #expect(throws: MatchingRefusal.notFound) { try await programme.accept(offer.id, as: caller) }
            await #expect(throws: MatchingRefusal.notFound) { try await programme.decline(offer.id, as: caller) }
        }
    }

    @Test("A reassigned case is ready again, and the specialist has no part in it any more")
    func reassigns() async throws {
        let programme = try await Programme()
        let first = try await programme.specialist(volume: 200)
        let second = try await programme.specialist(volume: 50)
        let match = try await programme.match(try await programme.readyCase())
        let offer = try await programme.offer(match)
        _ = try await programme.accept(offer.id, as: first)
        await #expect(throws: MatchingRefusal.notAllowed) {
            try await programme.run(as: programme.patient) {
                try await programme.matching.reassign(match.case, by: programme.patient, in: $0)
            }
        }
        try await programme.run(as: programme.coordinator) { tx in
            try await programme.matching.reassign(match.case, by: programme.coordinator, in: tx)
        }
        #expect(try await programme.state(of: match.case) == .ready)
        #expect(try await programme.offers(of: match.case).map(\.state) == [.withdrawn])
        let told = try await TestDatabase.current.parts(told: "caseReassigned", of: match.case)
        #expect(told == [.patient, .specialist])
        let seen = try await programme.run(as: first) { tx in
            try await tx.query("SELECT FROM clinical_case WHERE id = \(match.case)").count
        }
        #expect(seen == 0)
        let again = try await programme.match(match.case)
        #expect(again.candidates.map(\.specialist) == [second.account])
    }
}
