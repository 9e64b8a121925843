import Cases
import Clinic
import Postgres
import TestSupport
import Testing

/// What the app role reads by plain `SELECT`s, with no service in between.
@Suite("The database shows each person what their part grants", .database, .timeLimit(.minutes(5)))
struct CaseVisibilityTests {
    let fixture = CaseFixture()

    @Test("A stranger sees no row of a case in any of its tables; the patient sees the case")
    func stranger() async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let stranger = try await fixture.person(.patient, .specialist)
        let id = try await fixture.submitted(by: patient)
        try await addRecord(to: id, by: patient, prior: true)
        try await fixture.assign(id, to: specialist)
        try await fixture.signFirstRead(id, by: specialist)
        try await fixture.signOpinion(id, by: specialist)
        for table in Self.tables {
            #expect(try await count(table, of: id, as: stranger) == 0, "\(table)")
        }
        for table in Self.tables where table != "outcome" && table != "blind_break" && table != "invitation" {
            #expect(try await count(table, of: id, as: patient) > 0, "\(table)")
        }
    }

    @Test("A candidate sees the reason, and neither intake nor records nor who the patient is")
    func candidate() async throws {
        let (patient, candidate) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let id = try await fixture.submitted(by: patient)
        try await addRecord(to: id, by: patient, prior: false)
        try await fixture.owner { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.case_part (case_id, account_id, part)
                VALUES (\(id), \(candidate.account), 'candidate')
                """)
        }
        let view = try await fixture.act(candidate) { tx in try await fixture.book.read(id, by: candidate, in: tx) }
        #expect(view.reason == CaseFixture.draft.reason)
        #expect(view.intake == nil)
        #expect(view.questions == nil)
        #expect(view.patient == nil)
        for table in ["intake_part", "record", "record_file", "file_chunk"] {
            #expect(try await count(table, of: id, as: candidate) == 0, "\(table)")
        }
        await #expect(throws: CaseRefusal.notYourPart) {
            try await fixture.act(candidate) { tx in try await fixture.records.list(of: id, by: candidate, in: tx) }
        }
    }

    @Test("A blinded specialist sees no row that reveals the earlier opinion until their first read is signed")
    func blinded() async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let id = try await fixture.submitted(by: patient)
        try await addRecord(to: id, by: patient, prior: true)
        try await addRecord(to: id, by: patient, prior: false)
        try await fixture.assign(id, to: specialist)
        let tables = ["intake_part", "record", "record_file", "file_chunk"]
        for table in tables {
            #expect(try await count(table, of: id, as: specialist, revealing: true) == 0, "\(table)")
            #expect(try await count(table, of: id, as: specialist, revealing: false) > 0, "\(table)")
        }
        let before = try await fixture.act(specialist) { tx in try await fixture.book.read(id, by: specialist, in: tx) }
        #expect(before.intake?.map(\.kind) == [.symptoms, .allergies])
        #expect(before.questions == [])
        #expect(before.withheld?.intakeParts == 3 && before.withheld?.records == 1)

        try await fixture.act(specialist) { tx in
            let draft = try await fixture.firstReads.save(
                CaseFixture.firstRead, of: id, ifVersion: nil, by: specialist, in: tx)
            #expect(draft.signature == nil)
        }
        #expect(try await count("intake_part", of: id, as: specialist, revealing: true) == 0)
        try await fixture.act(specialist) { tx in
            _ = try await fixture.firstReads.sign(id, ifVersion: 1, by: specialist, in: tx)
        }
        for table in tables {
            #expect(try await count(table, of: id, as: specialist, revealing: true) > 0, "\(table)")
        }
        let after = try await fixture.act(specialist) { tx in try await fixture.book.read(id, by: specialist, in: tx) }
        #expect(after.intake?.count == 4)
        #expect(after.questions?.count == 1)
        #expect(after.withheld == nil)
    }

    @Test("A blinded specialist can ask for what they may not read back, and it is chased")
    func asksBlind() async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let coordinator = try await fixture.person(.coordinator)
        let id = try await fixture.submitted(by: patient)
        try await fixture.assign(id, to: specialist)
        let asked = try await fixture.act(specialist) { tx in
            let letter = RecordDraft(kind: .referralLetter, title: "The referral")
            return try await fixture.records.add(letter, to: id, by: specialist, in: tx)
        }
        #expect(asked.revealsPrior)
        #expect(try await count("record", of: id, as: specialist) == 0)
        #expect(try await count("record", of: id, as: patient) == 1)
        let chased = try await fixture.act(coordinator) { tx in
            try await fixture.tasks.list(kind: .chaseRecord, limit: 200, in: tx).tasks.map(\.subject?.rawValue)
        }
        #expect(chased.contains(asked.id.rawValue))
        #expect(try await fixture.state(of: id) == .accepted)
    }

    @Test("Control: in a case that is not blinded the specialist sees everything at once")
    func notBlinded() async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        var draft = CaseFixture.draft
        draft.blinded = false
        let id = try await fixture.submitted(by: patient, draft)
        try await fixture.assign(id, to: specialist)
        #expect(try await count("intake_part", of: id, as: specialist, revealing: true) == 3)
    }

    @Test("A file follows what its record reveals, chunk by chunk")
    func follows() async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let id = try await fixture.submitted(by: patient)
        let record = try await addRecord(to: id, by: patient, prior: false)
        try await fixture.assign(id, to: specialist)
        #expect(try await count("file_chunk", of: id, as: specialist) == 1)
        let view = try await fixture.act(patient) { tx in
            let current = try await fixture.records.read(record, of: id, by: patient, in: tx)
            return try await fixture.records.edit(
                record, of: id, RecordEdit(revealsPrior: true), ifVersion: ExpectedVersion(current.version),
                by: patient, in: tx)
        }
        #expect(view.revealsPrior)
        for table in ["record", "record_file", "file_chunk"] {
            #expect(try await count(table, of: id, as: specialist) == 0, "\(table)")
        }
        await #expect(throws: CaseRefusal.notFound) {
            try await fixture.act(specialist) { tx in
                try await fixture.downloads.find(nil, of: record, in: id, by: specialist, in: tx)
            }
        }
    }

    private static let tables = [
        "clinical_case", "case_key", "case_part", "consent", "intake_part", "record", "record_file", "file_chunk",
        "first_read", "blind_break", "opinion", "outcome", "invitation",
    ]

    private func count(_ table: String, of id: CaseID, as person: Caller, revealing: Bool? = nil) async throws -> Int {
        try await fixture.act(person) { tx in
            let column: SQL = table == "clinical_case" ? "id" : "case_id"
            let filter: SQL = if let revealing { " AND reveals_prior = \(revealing)" } else { "" }
            return try await tx.first(
                """
                SELECT count(*) FROM consilium.\(identifier: table)
                WHERE \(fragment: column) = \(id)\(fragment: filter)
                """)?.decode(Int.self) ?? 0
        }
    }

    /// A record with a file of one chunk.
    @discardableResult
    private func addRecord(to id: CaseID, by person: Caller, prior: Bool) async throws -> RecordID {
        let file = FileDraft(
            name: "a.txt", mediaType: "text/plain", length: 5,
            sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
        return try await fixture.act(person) { tx in
            let scan = RecordDraft(kind: .imaging, title: "Scan", revealsPrior: prior, state: .received)
            let record = try await fixture.records.add(scan, to: id, by: person, in: tx).id
            let view = try await fixture.uploads.announce(file, for: record, of: id, by: person, in: tx)
            _ = try await fixture.uploads.append(
                Array("hello".utf8), at: 0, to: view.id, of: record, in: id, by: person, in: tx)
            #expect(try await fixture.uploads.finish(view.id, of: record, in: id, by: person, in: tx))
            return record
        }
    }
}
