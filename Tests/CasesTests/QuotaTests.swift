import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing

@testable import Cases

/// One test at a time, because one takes the lock away.
@Suite("Nobody has more at once than their quota", .serialized, .database, .timeLimit(.minutes(5)))
struct QuotaTests {
    let fixture = CaseFixture()

    private func open(by patient: Caller) async throws -> CaseID {
        try await fixture.act(patient) { tx in try await fixture.book.open(CaseFixture.draft, by: patient, in: tx).id }
    }

    @Test("Of forty cases opened at once by one patient twenty are there, and one that ends makes room")
    func openCases() async throws {
        let patient = try await fixture.person(.patient)
        let outcomes = await withTaskGroup(of: Result<CaseID, any Error>.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do { return .success(try await open(by: patient)) } catch { return .failure(error) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let opened = outcomes.compactMap { try? $0.get() }
        #expect(opened.count == CaseQuota.openCases.most)
        for case .failure(let error) in outcomes { #expect(error as? CaseRefusal == .quota(.openCases)) }
        try await fixture.act(patient) { tx in try await fixture.course.withdraw(opened[0], by: patient, in: tx) }
        _ = try await open(by: patient)
        await #expect(throws: CaseRefusal.quota(.openCases)) { try await open(by: patient) }
        // Another patient's cases are their own.
        _ = try await open(by: try await fixture.person(.patient))
    }

    @Test("Control: without the lock the race exceeds it")
    func withoutLock() async throws {
        let patient = try await fixture.person(.patient)
        for _ in 1..<CaseQuota.openCases.most { _ = try await open(by: patient) }
        try await asSuperuser(
            """
            CREATE OR REPLACE FUNCTION consilium.lock_quota(subject text) RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(0.2)'
            """)
        let opened = await withTaskGroup(of: CaseID?.self) { group in
            for _ in 0..<8 { group.addTask { try? await open(by: patient) } }
            return await group.reduce(into: 0) { $0 += $1 == nil ? 0 : 1 }
        }
        // There was room for one.
        #expect(opened > 1)
    }

    private func asSuperuser(_ sql: String) async throws {
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) {
            try await $0.run(script: sql)
        }
    }

    @Test("Announced bytes are counted for the case, whoever announces, and for the person over all cases")
    func bytes() async throws {
        let uploads = CaseService(vault: fixture.vault, outbox: Outbox(), fileLimit: 1 << 40).uploads
        let (patient, coordinator) = (try await fixture.person(.patient), try await fixture.person(.coordinator))
        let cases = [try await fixture.submitted(by: patient), try await fixture.submitted(by: patient)]
        func announce(_ length: Int, in id: CaseID, by person: Caller) async throws -> FileID {
            try await fixture.act(person) { tx in
                let record = try await fixture.records.add(
                    RecordDraft(kind: .slides, title: "Slides"), to: id, by: person, in: tx)
                let draft = FileDraft(
                    name: "slides.zip", mediaType: "application/zip", length: length,
                    sha256: String(repeating: "0", count: 64))
                return try await uploads.announce(draft, for: record.id, of: id, by: person, in: tx).id
            }
        }
        let half = CaseQuota.caseBytes.most / 2
        let first = try await announce(half, in: cases[0], by: patient)
        _ = try await announce(half, in: cases[0], by: coordinator)
        await #expect(throws: CaseRefusal.quota(.caseBytes)) { try await announce(1, in: cases[0], by: coordinator) }
        _ = try await announce(half, in: cases[1], by: patient)
        await #expect(throws: CaseRefusal.quota(.unfinishedBytes)) { try await announce(1, in: cases[1], by: patient) }
        // What is given up, or is complete, is not unfinished any more.
        try await fixture.owner { tx in
            try await tx.execute(
                "UPDATE consilium.record_file SET state = 'complete', completed_at = clock_timestamp() WHERE id = \(first)"
            )
        }
        _ = try await announce(1, in: cases[1], by: patient)
    }

    @Test("Records and invitations of a case are counted by the database too, whoever adds")
    func lists() async throws {
        let patient = try await fixture.person(.patient)
        let id = try await fixture.submitted(by: patient)
        let clinician = try await Seed.consultingClinician(fixture.vault, in: id, of: patient.account)
        for (quota, insert) in [
            (
                CaseQuota.records,
                """
                INSERT INTO consilium.record (id, case_id, kind, state, reveals_prior, title, added_by)
                VALUES (gen_random_uuid(), \(id), 'clinic_note', 'asked', true, 'x', \(clinician))
                """ as SQL
            ),
            (
                .invitations,
                """
                INSERT INTO consilium.invitation (id, case_id, token_digest, email, sends_records, reads_opinion,
                    consults, state, invited_by, expires_at)
                VALUES (gen_random_uuid(), \(id), sha256(random()::text::bytea), 'x', true, false, false, 'sent',
                    \(patient.account), clock_timestamp() + interval '1 day')
                """
            ),
        ] {
            var taken = 0
            let actor = quota == .records ? Seed.caller(clinician) : patient
            await #expect(throws: CaseRefusal.quota(quota)) {
                while taken <= quota.most {
                    try await fixture.act(actor) { tx in
                        try await CaseQuota.held { _ = try await tx.execute(insert) }
                    }
                    taken += 1
                }
            }
            let before = quota == .invitations ? 1 : 0
            #expect(taken == quota.most - before)
        }
    }
}
