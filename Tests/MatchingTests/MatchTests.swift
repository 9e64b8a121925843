import Clinic
import Matching
import Postgres
import TestSupport
import Testing

@Suite("A match", .database, .timeLimit(.minutes(5)))
struct MatchTests {
    @Test("A case that is ready gets a menu of three with reasons, and everybody else is accounted for")
    func menu() async throws {
        let programme = try await Programme()
        let best = try await programme.specialist(volume: 200)
        let second = try await programme.specialist(volume: 100)
        let third = try await programme.specialist(volume: 60)
        let fourth = try await programme.specialist(volume: 20)
        let unlicensed = try await programme.specialist(licensedUntil: nil)
        let match = try await programme.match(try await programme.readyCase())
        #expect(match.candidates.map(\.specialist) == [best, second, third].map(\.account))
        #expect(match.candidates.map(\.rank) == [1, 2, 3])
        #expect(match.candidates[0].reasons.map(\.code) == ["condition_volume", "usual_specialty", "language_shared"])
        #expect(match.others.map(\.specialist) == [fourth.account])
        let excluded = match.excluded.first { $0.specialist == unlicensed.account }
        #expect(excluded?.reasons.map(\.code) == ["no_licence"])
        let everybody: Int? = try await programme.owner("SELECT count(*) FROM specialist")
        #expect(match.candidates.count + match.others.count + match.excluded.count >= 5)
        #expect(match.candidates.count + match.others.count + match.excluded.count <= everybody ?? 0)
    }

    @Test("A licence that ran out yesterday excludes, one that runs out today does not")
    func lastDay() async throws {
        let programme = try await Programme()
        let today: String = try #require(
            try await programme.owner("SELECT ((clock_timestamp() AT TIME ZONE 'UTC')::date)::text"))
        let yesterday: String = try #require(
            try await programme.owner("SELECT ((clock_timestamp() AT TIME ZONE 'UTC')::date - 1)::text"))
        let lasting = try await programme.specialist(licensedUntil: today)
        let expired = try await programme.specialist(licensedUntil: yesterday)
        let match = try await programme.match(try await programme.readyCase())
        #expect(match.candidates.map(\.specialist) == [lasting.account])
        #expect(
            match.excluded.first { $0.specialist == expired.account }?.reasons.map(\.code) == ["licence_expired"])
    }

    @Test("Peer to peer finds a specialist without a licence once the patient consents")
    func peerToPeer() async throws {
        let programme = try await Programme()
        let peer = try await programme.specialist(licensedUntil: nil, peers: true)
        let without = try await programme.match(try await programme.readyCase(lane: .peerToPeer))
        #expect(without.candidates.isEmpty)
        let with = try await programme.match(try await programme.readyCase(lane: .peerToPeer, consents: true))
        #expect(with.candidates.map(\.specialist) == [peer.account])
    }

    @Test("Who speaks Norwegian shares the language of who writes Bokmål or Nynorsk", arguments: ["nb-NO", "nn", "no"])
    func norwegian(language: String) async throws {
        let programme = try await Programme()
        _ = try await programme.specialist(volume: 30, languages: ["no"])
        _ = try await programme.specialist(volume: 20, languages: ["nb"])
        _ = try await programme.specialist(volume: 10, languages: ["da"])
        let match = try await programme.match(try await programme.readyCase(language: language))
        #expect(match.candidates.map { $0.reasons.contains { $0.code == "language_shared" } } == [true, true, false])
    }

    @Test("The lane of everybody on the menu is kept with its evidence")
    func laneChecks() async throws {
        let programme = try await Programme()
        let specialist = try await programme.specialist()
        let id = try await programme.readyCase()
        _ = try await programme.match(id)
        let count: Int? = try await programme.owner(
            """
            SELECT count(*) FROM lane_check WHERE case_id = \(id) AND specialist_id = \(specialist.account)
                AND gate = 'match' AND lawful AND licence_number = 'L-1' AND jurisdiction = \(programme.jurisdiction)
            """)
        #expect(count == 1)
    }

    @Test("A stored match replays to the same bytes, whatever the directory says by then")
    func replay() async throws {
        let programme = try await Programme()
        let specialist = try await programme.specialist()
        let match = try await programme.match(try await programme.readyCase())
        try await programme.database.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE specialist SET accepting = false WHERE id = \(specialist.account)")
        }
        let replay = try await programme.run(as: programme.patient) { tx in
            try await programme.matching.replay(match.id, by: programme.patient, in: tx)
        }
        #expect(replay.isFaithful)
        #expect(!replay.stored.isEmpty)
        let read = try await programme.run(as: programme.coordinator) { tx in
            try await programme.matching.match(match.id, by: programme.coordinator, in: tx)
        }
        #expect(read == match)
    }

    @Test("Neither condition nor reasons are in the store in plain")
    func sealed() async throws {
        let programme = try await Programme()
        _ = try await programme.specialist()
        let match = try await programme.match(try await programme.readyCase())
        let plain: Bool? = try await programme.owner(
            """
            SELECT position(convert_to(\(programme.condition)::text, 'UTF8') IN input || result) > 0
                OR position(convert_to('condition_volume', 'UTF8') IN input || result) > 0
            FROM match WHERE id = \(match.id)
            """)
        #expect(plain == false)
    }

    @Test("Only the patient's side orders and reads a match")
    func others() async throws {
        let programme = try await Programme()
        let specialist = try await programme.specialist()
        let id = try await programme.readyCase()
        let match = try await programme.match(id)
        let stranger = try await programme.person(.patient)
        for caller in [stranger, specialist] {
            await #expect(throws: MatchingRefusal.notFound) {
                try await programme.run(as: caller) {
                    try await programme.matching.makeMatch(for: id, by: caller, in: $0)
                }
            }
            await #expect(throws: MatchingRefusal.notFound) {
                try await programme.run(as: caller) { try await programme.matching.match(match.id, by: caller, in: $0) }
            }
        }
        _ = try await programme.offer(match)
        await #expect(throws: MatchingRefusal.notFound) {
            try await programme.run(as: specialist) {
                try await programme.matching.match(match.id, by: specialist, in: $0)
            }
        }
    }

    @Test(
        "A case is matched when it is ready, and at no other time",
        arguments: CaseState.allCases.filter { $0 != .ready })
    func notReady(state: CaseState) async throws {
        let programme = try await Programme()
        let id = try await programme.readyCase(state: state)
        await #expect(throws: MatchingRefusal.caseNotReady(state)) { try await programme.match(id) }
    }

    @Test("Where nobody can take the case the match says why, and the coordinators get a task")
    func nobody() async throws {
        let programme = try await Programme()
        let full = try await programme.specialist(capacity: 0)
        let id = try await programme.readyCase()
        let match = try await programme.match(id)
        #expect(match.candidates.isEmpty)
        #expect(match.excluded.first { $0.specialist == full.account }?.reasons.map(\.code) == ["no_capacity"])
        let tasks: Int? = try await programme.owner(
            "SELECT count(*) FROM task WHERE case_id = \(id) AND kind = 'rescue_menu' AND state = 'open'")
        #expect(tasks == 1)
    }

    @Test("A treating clinician of the case is excluded for conflict")
    func conflict() async throws {
        let programme = try await Programme()
        let treating = try await programme.specialist()
        let id = try await programme.readyCase()
        try await programme.database.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO case_part (case_id, account_id, part)
                VALUES (\(id), \(treating.account), 'treating_clinician')
                """)
        }
        let match = try await programme.match(id)
        #expect(
            match.excluded.first { $0.specialist == treating.account }?.reasons.map(\.code)
                == ["conflict_of_interest"])
    }
}
