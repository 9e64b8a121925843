import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing
import Vault

@testable import Worker

@Suite("The rounds of the waitlist", .database, .timeLimit(.minutes(5)))
struct WaitlistRoundsTests {
    let vault = Vault(.generate())
    let owner = TestDatabase.current.owner

    /// A specialist for whom a patient waits, who is awake, where something was given up.
    private func line(hours: [(starts: String, ends: String)], given: SQL) async throws -> AccountID {
        let specialist = try await Seed.specialist(vault, hours: hours)
        let patient = try await Seed.account(vault, timeZone: Seed.zone(whereItIs: 12))
        let caseID = try await Seed.acceptedCase(of: patient, with: specialist, vault)
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.waitlist (id, case_id, specialist_id, party_id, visit_type, during, state, joined_by)
                VALUES (\(WaitlistID.random()), \(caseID), \(specialist), \(patient), 'consult-30',
                    tstzrange(now() - interval '1 hour', NULL), 'waiting', \(patient))
                """)
            try await tx.execute(
                "INSERT INTO consilium.waitlist_signal (specialist_id, during) VALUES (\(specialist), tstzrange(\(fragment: given)))"
            )
        }
        return specialist
    }

    private func offers(of specialists: [AccountID]) async throws -> Int {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                """
                SELECT count(*) FROM consilium.hold
                WHERE specialist_id = ANY (\(specialists)) AND waitlist_id IS NOT NULL AND state = 'active'
                """)?.decode(Int.self) ?? 0
        }
    }

    @Test("serve every line that can be served, and fail where one cannot")
    func oneFails() async throws {
        var served: [AccountID] = []
        for _ in 0..<4 {
            served.append(
                try await line(
                    hours: [("00:00", "24:00")], given: "now() + interval '3 days', now() + interval '4 days'"))
            // No start lies that early: PostgreSQL refuses to go on from it.
            _ = try await line(hours: [], given: "'4714-11-24 00:00:00+00 BC', now() + interval '4 days'")
        }
        let rounds = WaitlistOffers(
            database: TestDatabase.current.worker, outbox: Outbox(), offersLast: .seconds(3600))
        let failure = await #expect(throws: DatabaseError.self) { try await rounds.run() }
        #expect(failure?.retryable == false)
        #expect(try await offers(of: served) == 4)
    }
}
