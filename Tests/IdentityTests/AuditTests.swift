import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("Audit entries of reads", .database, .timeLimit(.minutes(5)))
struct AuditReadsTests {
    let fixture = IdentityFixture()

    @Test("are there when recording returns, whoever recorded beside them")
    func durable() async throws {
        let reads = fixture.identity.auditReads
        let (patient, coordinator) = (AccountID.random(), AccountID.random())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<100 {
                group.addTask {
                    let subject = RecordID.random().rawValue
                    try await reads.record([
                        AuditRead(.record, subject, in: .account(patient), by: coordinator, items: index),
                        AuditRead(.account, subject, in: .programme, by: coordinator),
                    ])
                    let there = try await fixture.count(
                        "SELECT count(*) FROM consilium.audit_entry WHERE subject_id = \(subject)")
                    #expect(there == 2)
                }
            }
            try await group.waitForAll()
        }
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM consilium.audit_entry WHERE chain_kind = 'account' AND chain_id = \(patient)
                    AND action = 'read.record' AND actor_id = \(coordinator)
                """) == 100)
    }

    @Test("of several people share commits, each as their own, and two gateways' never wait for each other")
    func keepsPeopleApart() async throws {
        let gateways = [fixture.identity.auditReads, AuditReads(database: TestDatabase.current.app)]
        let (people, chains) = ((0..<8).map { _ in AccountID.random() }, (0..<8).map { _ in AccountID.random() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for round in 0..<400 {
                group.addTask {
                    let person = people[round % people.count]
                    // Chains in every order: what is locked in another order than its own would deadlock.
                    try await gateways[round % 2].record(
                        (0..<3).map { step in
                            let chain = chains[(round * 5 + step * 3) % chains.count]
                            return AuditRead(.record, person.rawValue, in: .account(chain), by: person)
                        })
                }
            }
            try await group.waitForAll()
        }
        let (mine, all) = (
            try await fixture.count(
                "SELECT count(*) FROM consilium.audit_entry WHERE chain_id = ANY (\(chains)) AND actor_id = subject_id"),
            try await fixture.count("SELECT count(*) FROM consilium.audit_entry WHERE chain_id = ANY (\(chains))")
        )
        #expect(mine == 1200 && all == 1200)
    }

    @Test("share commits")
    func shares() async throws {
        let reads = fixture.identity.auditReads
        let patient = AccountID.random()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await reads.record([AuditRead(.account, UUID(), in: .account(patient), by: patient)])
                }
            }
            try await group.waitForAll()
        }
        let commits = try await fixture.count(
            "SELECT count(DISTINCT xmin::text) FROM consilium.audit_entry WHERE chain_id = \(patient)")
        #expect(commits < 100)
    }

    @Test("that cannot be kept are an error for who asked")
    func fails() async throws {
        let closed = Database(TestDatabase.current.app.settings, logger: TestDatabase.current.logger)
        let reads = AuditReads(database: closed)
        await closed.close()
        await #expect(throws: (any Error).self) {
            try await reads.record([AuditRead(.account, UUID(), in: .programme, by: .random())])
        }
    }
}

@Suite("A case's access log", .database)
struct AccessLogTests {
    let fixture = IdentityFixture()

    @Test("tells the patient who did what, by name, the latest first, page by page")
    func tells() async throws {
        let patient = try await fixture.caller()
        let caseID = try await Seed.openCase(of: patient.account, fixture.vault, state: .submitted)
        let reader = try await Seed.account(fixture.vault, roles: [.coordinator])
        let stranger = AccountID.random()
        for account in [reader, stranger] {
            try await fixture.identity.auditReads.record([
                AuditRead(.record, caseID.rawValue, in: .case(caseID), by: account, items: 3)
            ])
        }
        func page(_ before: Int?) async throws -> AccessLogPage {
            try await fixture.work(as: patient) {
                try await fixture.identity.accessLog.page(of: caseID, before: before, limit: 2, by: patient, in: $0)
            }
        }
        let first = try await page(nil)
        #expect(first.entries.map(\.action) == ["read.record", "read.record"])
        #expect(first.entries.map(\.actor?.id) == [stranger, reader])
        #expect(first.entries.map(\.actor?.name) == [nil, "Pat Example"])
        #expect(first.entries.last?.actor?.part == .coordinator)
        #expect(first.entries.last?.items == 3)
        var (entries, next) = (first.entries, first.next)
        while let before = next {
            let more = try await page(Int(before))
            entries += more.entries
            next = more.next
        }
        #expect(entries.map(\.seq) == Array((1...entries.count).reversed()))
        #expect(entries.last?.actor == nil, "the seed wrote as nobody")
    }

    @Test("is not found by who is no part of the case, nor by its specialist")
    func hides() async throws {
        let (patient, other) = (try await fixture.caller(), try await fixture.caller())
        let caseID = try await Seed.openCase(of: patient.account, fixture.vault)
        func look() async throws {
            _ = try await fixture.work(as: other) {
                try await fixture.identity.accessLog.page(of: caseID, by: other, in: $0)
            }
        }
        await #expect(throws: IdentityRefusal.notFound) { try await look() }
        try await fixture.rewrite(
            "INSERT INTO consilium.case_part (case_id, account_id, part) VALUES (\(caseID), \(other.account), 'specialist')"
        )
        await #expect(throws: IdentityRefusal.notFound) { try await look() }
        try await fixture.rewrite("DELETE FROM consilium.case_part WHERE account_id = \(other.account)")
        try await fixture.rewrite(
            "INSERT INTO consilium.case_part (case_id, account_id, part) VALUES (\(caseID), \(other.account), 'caregiver')"
        )
        try await look()
    }
}
