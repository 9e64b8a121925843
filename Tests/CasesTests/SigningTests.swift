import Cases
import Clinic
import Postgres
import TestSupport
import Testing

@Suite("A specialist reads, signs and delivers", .database, .timeLimit(.minutes(5)))
struct SigningTests {
    let fixture = CaseFixture()

    @Test("The first draft begins the review, and a draft is changed by its version alone")
    func drafts() async throws {
        let (_, specialist, id) = try await accepted()
        let first = try await fixture.act(specialist) { tx in
            try await fixture.firstReads.save(CaseFixture.firstRead, of: id, ifVersion: nil, by: specialist, in: tx)
        }
        #expect(first.version == 1)
        #expect(try await fixture.state(of: id) == .reviewing)
        await #expect(throws: VersionRefusal.needed) {
            try await fixture.act(specialist) { tx in
                try await fixture.firstReads.save(CaseFixture.firstRead, of: id, ifVersion: nil, by: specialist, in: tx)
            }
        }
        await #expect(throws: VersionRefusal.changedMeanwhile) {
            try await fixture.act(specialist) { tx in
                try await fixture.firstReads.save(CaseFixture.firstRead, of: id, ifVersion: 7, by: specialist, in: tx)
            }
        }
    }

    @Test("A blinded opinion cannot be signed before the first read is")
    func firstReadFirst() async throws {
        let (_, specialist, id) = try await accepted()
        let draft = try await fixture.act(specialist) { tx in
            let content = OpinionContent(summary: "Too early")
            return try await fixture.opinions.save(content, of: id, ifVersion: nil, by: specialist, in: tx)
        }
        await #expect(throws: SigningRefusal.firstReadNeeded) {
            try await fixture.act(specialist) { tx in
                try await fixture.opinions.sign(id, ifVersion: ExpectedVersion(draft.version), by: specialist, in: tx)
            }
        }
        try await fixture.signFirstRead(id, by: specialist)
        await #expect(throws: SigningRefusal.unfinished(["/diagnosis", "/treatment", "/answers"])) {
            try await fixture.act(specialist) { tx in
                try await fixture.opinions.sign(id, ifVersion: ExpectedVersion(draft.version), by: specialist, in: tx)
            }
        }
    }

    @Test("A draft is the specialist's alone; signed, it is the patient's, verified and said to be blinded")
    func delivers() async throws {
        let (patient, specialist, id) = try await accepted()
        try await fixture.signFirstRead(id, by: specialist)
        let content = try await fixture.opinion(for: id, by: specialist)
        let draft = try await fixture.act(specialist) { tx in
            try await fixture.opinions.save(content, of: id, ifVersion: nil, by: specialist, in: tx)
        }
        #expect(draft.signature == nil)
        for read in ["opinion", "first_read"] {
            let rows = try await fixture.act(patient) { tx in
                try await tx.query("SELECT 1 FROM consilium.\(identifier: read) WHERE case_id = \(id)").count
            }
            #expect(rows == 0, "\(read)")
        }
        await #expect(throws: CaseRefusal.notFound) {
            try await fixture.act(patient) { tx in try await fixture.opinions.read(id, by: patient, in: tx) }
        }
        _ = try await fixture.act(specialist) { tx in
            try await fixture.opinions.sign(id, ifVersion: ExpectedVersion(draft.version), by: specialist, in: tx)
        }
        let opinion = try await fixture.act(patient) { tx in
            try await fixture.opinions.read(id, by: patient, in: tx)
        }
        #expect(opinion.content == content)
        #expect(opinion.blind == .kept)
        #expect(opinion.signature?.verified == true)
        #expect(opinion.deliveredAt != nil)
        #expect(try await fixture.state(of: id) == .delivered)
        #expect(try await fixture.notices(to: patient.account).contains { $0.contains("opinionReady") })
        let first = try await fixture.act(patient) { tx in
            try await fixture.firstReads.read(id, by: patient, in: tx)
        }
        #expect(first.content == CaseFixture.firstRead)
        #expect(first.signature?.verified == true)
    }

    @Test("What was signed does not change, whoever tries", arguments: ["first_read", "opinion"])
    func immutable(table: String) async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let id = try await fixture.delivered(by: patient, specialist: specialist)
        for change: SQL in [
            "UPDATE consilium.\(identifier: table) SET body = body || 'x' WHERE case_id = \(id)",
            "UPDATE consilium.\(identifier: table) SET signature = 'x' WHERE case_id = \(id)",
            "DELETE FROM consilium.\(identifier: table) WHERE case_id = \(id)",
        ] {
            await #expect {
                try await fixture.owner { tx in try await tx.execute(change) }
            } throws: {
                ($0 as? DatabaseError)?.constraint == "\(table)_signed"
            }
        }
    }

    @Test("A signature that was altered in the store is not verified")
    func forged() async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let id = try await fixture.delivered(by: patient, specialist: specialist)
        // As somebody who holds the server itself: no trigger, no policy.
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) { session in
            try await session.run(
                script: """
                    SET session_replication_role = replica;
                    UPDATE consilium.opinion SET signature = set_byte(signature, 0, 255 - get_byte(signature, 0))
                    WHERE case_id = '\(id)'
                    """)
        }
        let opinion = try await fixture.act(patient) { tx in
            try await fixture.opinions.read(id, by: patient, in: tx)
        }
        #expect(opinion.signature?.verified == false)
    }

    @Test("A broken blind opens what was withheld, takes a reason, and the opinion says so")
    func breaks() async throws {
        let (patient, specialist, id) = try await accepted()
        await #expect(throws: FieldRefusal.self) {
            try await fixture.act(specialist) { tx in
                try await fixture.firstReads.breakBlind(id, because: " ", by: specialist, in: tx)
            }
        }
        try await fixture.act(specialist) { tx in
            try await fixture.firstReads.breakBlind(id, because: "An emergency", by: specialist, in: tx)
        }
        let view = try await fixture.act(specialist) { tx in try await fixture.book.read(id, by: specialist, in: tx) }
        #expect(view.intake?.count == 4)
        await #expect(throws: SigningRefusal.noBlind) {
            try await fixture.act(specialist) { tx in
                try await fixture.firstReads.breakBlind(id, because: "Again", by: specialist, in: tx)
            }
        }
        try await fixture.signOpinion(id, by: specialist)
        let opinion = try await fixture.act(patient) { tx in
            try await fixture.opinions.read(id, by: patient, in: tx)
        }
        #expect(opinion.blind == .broken)
        let audited = try await fixture.owner { tx in
            try await tx.first(
                """
                SELECT count(*) FROM consilium.audit_entry e
                WHERE e.chain_id = \(id) AND e.action LIKE 'blind_break.created%'
                    AND e.actor_id = \(specialist.account)
                """)?.decode(Int.self)
        }
        #expect(audited == 1)
    }

    @Test("In a case that is not blinded the opinion needs no first read, and says that it was not blinded")
    func notBlinded() async throws {
        var draft = CaseFixture.draft
        draft.blinded = false
        let (patient, specialist, id) = try await accepted(draft)
        try await fixture.signOpinion(id, by: specialist)
        let opinion = try await fixture.act(patient) { tx in
            try await fixture.opinions.read(id, by: patient, in: tx)
        }
        #expect(opinion.blind == .notBlinded)
    }

    @Test("An answer to what nobody asked is refused")
    func strayAnswer() async throws {
        var draft = CaseFixture.draft
        draft.blinded = false
        let (_, specialist, id) = try await accepted(draft)
        let content = OpinionContent(answers: [OpinionAnswer(question: .random(), text: "Yes")])
        await #expect {
            try await fixture.act(specialist) { tx in
                try await fixture.opinions.save(content, of: id, ifVersion: nil, by: specialist, in: tx)
            }
        } throws: {
            ($0 as? FieldRefusal)?.pointer == "/answers/0/question"
        }
    }

    private func accepted(_ draft: CaseDraft = CaseFixture.draft) async throws -> (Caller, Caller, CaseID) {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let id = try await fixture.submitted(by: patient, draft)
        try await fixture.assign(id, to: specialist)
        return (patient, specialist, id)
    }
}
