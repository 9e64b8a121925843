import Cases
import Clinic
import Postgres
import TestSupport
import Testing

@Suite("A case is opened and drafted", .database, .timeLimit(.minutes(5)))
struct CaseStoreTests {
    let fixture = CaseFixture()

    @Test("A patient reads back what they wrote, with careful defaults of what reveals the earlier opinion")
    func opens() async throws {
        let patient = try await fixture.person(.patient)
        let id = try await fixture.opened(by: patient)
        let view = try await fixture.act(patient) { tx in try await fixture.book.read(id, by: patient, in: tx) }
        #expect(view.state == .draft)
        #expect(view.blinded)
        #expect(view.part == .patient)
        #expect(view.reason == CaseFixture.draft.reason)
        #expect(view.jurisdiction.rawValue == "US-OH")
        let parts = try #require(view.intake)
        #expect(parts.map(\.kind) == [.condition, .symptoms, .allergies, .treatment])
        #expect(parts.map(\.revealsPrior) == [true, false, false, true])
        #expect(parts.first?.code == "C50.912")
        #expect(view.questions?.map(\.revealsPrior) == [true])
        #expect(view.withheld == nil)
    }

    @Test("Nothing that a patient wrote is plain in any table")
    func sealed() async throws {
        let patient = try await fixture.person(.patient)
        let canary = "zebracanary"
        _ = try await fixture.opened(
            by: patient,
            CaseDraft(
                lane: .licensed, reason: canary, intake: [IntakePartDraft(.condition, canary, code: "C50.912")],
                questions: [QuestionDraft(canary)]))
        let plain = try await fixture.owner { tx in
            try await tx.first(
                """
                SELECT (SELECT count(*) FROM consilium.clinical_case c WHERE position(\(canary)::text IN c::text) > 0)
                    + (SELECT count(*) FROM consilium.intake_part i WHERE i::text LIKE '%C50%'
                        OR position('zebracanary'::bytea IN i.body) > 0)
                    + (SELECT count(*) FROM consilium.clinical_case c WHERE position('zebracanary'::bytea IN c.reason) > 0)
                """)?.decode(Int.self)
        }
        #expect(plain == 0)
    }

    @Test("A caregiver opens a case for their patient, and both read it; a stranger cannot")
    func caregiver() async throws {
        let (patient, caregiver) = (try await fixture.person(.patient), try await fixture.person(.caregiver))
        let stranger = try await fixture.person(.patient)
        var draft = CaseFixture.draft
        draft.patient = patient.account
        let refused = draft
        await #expect(throws: FieldRefusal.self) { try await fixture.opened(by: caregiver, refused) }
        let grant = GrantID.random()
        try await fixture.owner { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.caregiver_grant (id, patient_id, caregiver_id, kind, state, token_digest, email,
                    expires_at)
                VALUES (\(grant), \(patient.account), \(caregiver.account), 'grant', 'active',
                    \(Array(grant.description.utf8)), '', clock_timestamp())
                """)
        }
        let id = try await fixture.opened(by: caregiver, draft)
        for (person, part) in [(patient, CasePart.patient), (caregiver, .caregiver)] {
            let view = try await fixture.act(person) { tx in try await fixture.book.read(id, by: person, in: tx) }
            #expect(view.part == part)
            #expect(view.patient == patient.account)
        }
        await #expect(throws: CaseRefusal.notFound) {
            try await fixture.act(stranger) { tx in try await fixture.book.read(id, by: stranger, in: tx) }
        }
        try await fixture.owner { tx in
            try await tx.execute("UPDATE consilium.caregiver_grant SET state = 'ended' WHERE id = \(grant)")
        }
        await #expect(throws: CaseRefusal.notFound) {
            try await fixture.act(caregiver) { tx in try await fixture.book.read(id, by: caregiver, in: tx) }
        }
    }

    @Test("A caregiver's grant brings them into the cases that are open already")
    func laterGrant() async throws {
        let (patient, caregiver) = (try await fixture.person(.patient), try await fixture.person(.caregiver))
        let id = try await fixture.opened(by: patient)
        let grant = GrantID.random()
        try await fixture.owner { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.caregiver_grant (id, patient_id, caregiver_id, kind, state, token_digest, email,
                    expires_at)
                VALUES (\(grant), \(patient.account), \(caregiver.account), 'guardian', 'active',
                    \(Array(grant.description.utf8)), '', clock_timestamp())
                """)
        }
        let view = try await fixture.act(caregiver) { tx in try await fixture.book.read(id, by: caregiver, in: tx) }
        #expect(view.part == .caregiver)
    }

    @Test("A draft is changed by who read its current version, and by nobody else")
    func edits() async throws {
        let patient = try await fixture.person(.patient)
        let id = try await fixture.opened(by: patient)
        let edit = CaseEdit(lane: .peerToPeer, blinded: false, reason: "Another", questions: [])
        let changed = try await fixture.act(patient) { tx in
            try await fixture.book.edit(id, edit, ifVersion: 1, by: patient, in: tx)
        }
        #expect(changed.lane == .peerToPeer)
        #expect(!changed.blinded)
        #expect(changed.reason == "Another")
        #expect(changed.intake?.count == 4)
        #expect(changed.questions == [])
        #expect(changed.version == 2)
        await #expect(throws: VersionRefusal.changedMeanwhile) {
            try await fixture.act(patient) { tx in
                try await fixture.book.edit(id, edit, ifVersion: 1, by: patient, in: tx)
            }
        }
    }

    @Test("A patient's cases come in pages, the latest first, and theirs alone")
    func lists() async throws {
        let (patient, other) = (try await fixture.person(.patient), try await fixture.person(.patient))
        var opened: [CaseID] = []
        for _ in 1...5 { opened.append(try await fixture.opened(by: patient)) }
        _ = try await fixture.opened(by: other)
        var found: [CaseID] = []
        var after: CaseID?
        repeat {
            let from = after
            let page = try await fixture.act(patient) { tx in
                try await fixture.book.list(limit: 2, after: from, by: patient, in: tx)
            }
            #expect(page.cases.count <= 2)
            found += page.cases.map(\.id)
            after = page.next.flatMap { CaseID($0) }
        } while after != nil
        #expect(found == opened.reversed())
    }
}
