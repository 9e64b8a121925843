import Clinic
import Postgres
import TestSupport
import Testing

@testable import Cases

@Suite("A file that is a mistake", .database, .timeLimit(.minutes(5)))
struct FileMistakeTests {
    let fixture = CaseFixture()

    @discardableResult
    private func remove(_ upload: Upload, as person: Caller) async throws -> FileView? {
        try await fixture.act(person) { tx in
            try await fixture.uploads.remove(upload.file, of: upload.record, in: upload.id, by: person, in: tx)
        }
    }

    private func record(of upload: Upload) async throws -> RecordView {
        try await fixture.act(upload.person) { tx in
            try await fixture.records.read(upload.record, of: upload.id, by: upload.person, in: tx)
        }
    }

    @Test("is gone before a specialist has the case, and its record is asked for again")
    func removed() async throws {
        let (upload, _) = try await Upload.complete(fixture, length: 100)
        let coordinator = try await fixture.person(.coordinator)
        try await fixture.consent(SubmissionRule.consents(for: .licensed), to: upload.id, by: upload.person)
        _ = try await fixture.act(upload.person) { tx in
            try await fixture.course.submit(upload.id, by: upload.person, in: tx)
        }
        #expect(try await remove(upload, as: coordinator) == nil)
        let left = try await record(of: upload)
        #expect(left.state == .asked && left.files.isEmpty)
        #expect(try await fixture.state(of: upload.id) == .collecting)
        let chunks = try await fixture.owner { tx in
            try await tx.first("SELECT count(*) FROM consilium.file_chunk WHERE file_id = \(upload.file)")?
                .decode(Int.self)
        }
        #expect(chunks == 0)
        #expect(try await openTasks(of: upload.id) == [.completeCase, .chaseRecord])
        let entries = try await fixture.owner { tx in
            try await tx.first(
                """
                SELECT count(*) FROM consilium.audit_entry WHERE chain_id = \(upload.id) AND subject_id = \(upload.file)
                    AND action LIKE 'record_file.removed%' AND actor_id = \(coordinator.account)
                """)?.decode(Int.self)
        }
        #expect(entries == 1)
        await #expect(throws: CaseRefusal.notFound) { try await remove(upload, as: upload.person) }
    }

    @Test("stays, and is marked once for good, when a specialist may have read it; another file is the record's then")
    func marked() async throws {
        let (upload, bytes) = try await Upload.complete(fixture, length: 100)
        let specialist = try await fixture.person(.specialist)
        try await fixture.consent(SubmissionRule.consents(for: .licensed), to: upload.id, by: upload.person)
        _ = try await fixture.act(upload.person) { tx in
            try await fixture.course.submit(upload.id, by: upload.person, in: tx)
        }
        try await fixture.assign(upload.id, to: specialist)
        await #expect(throws: CaseRefusal.notYourPart) { try await remove(upload, as: specialist) }
        let file = try #require(try await remove(upload, as: upload.person))
        let marked = try await record(of: upload)
        #expect(marked.state == .asked && marked.files == [file] && file.enteredInErrorAt != nil)
        #expect(try await remove(upload, as: upload.person) == file)
        #expect(try await openTasks(of: upload.id).contains(.chaseRecord))
        #expect(try await record(of: upload) == marked)
        let unmarked = await #expect(throws: DatabaseError.self) {
            try await fixture.owner { tx in
                try await tx.execute(
                    "UPDATE consilium.record_file SET entered_in_error_at = NULL WHERE id = \(upload.file)")
            }
        }
        #expect(unmarked?.constraint == "record_file_complete")

        for wanted in [upload.file, nil] {
            await #expect(throws: CaseRefusal.enteredInError) {
                try await fixture.act(specialist) { tx in
                    try await fixture.downloads.find(wanted, of: upload.record, in: upload.id, by: specialist, in: tx)
                }
            }
        }
        #expect(try await upload.stored(includingMistakes: true).name == "entered in error - scan.pdf")
        #expect(try await upload.download(includingMistakes: true) == bytes)

        let (right, content) = try await Upload.announced(
            fixture, length: 50, for: upload.record, in: upload.id, by: upload.person)
        _ = try await right.append(content[...], at: 0)
        #expect(try await right.finish())
        #expect(try await record(of: upload).state == .received)
        let latest = try await fixture.act(specialist) { tx in
            try await fixture.downloads.find(nil, of: upload.record, in: upload.id, by: specialist, in: tx)
        }
        #expect(latest.id == right.file && latest.name == "scan.pdf")
    }

    @Test("has been one since it was marked, whoever says otherwise")
    func isNotBackdated() async throws {
        let (upload, _) = try await Upload.complete(fixture, length: 10)
        let since = try await fixture.act(upload.person) { tx in
            try await tx.execute("UPDATE record_file SET entered_in_error_at = '2020-01-01' WHERE id = \(upload.file)")
            return try await tx.first(
                "SELECT entered_in_error_at >= now() FROM record_file WHERE id = \(upload.file)")?.decode(Bool.self)
        }
        #expect(since == true)
    }

    @Test("stays when a specialist had the case once, though it was taken back")
    func afterReassignment() async throws {
        let (upload, _) = try await submittedUpload()
        let specialist = try await fixture.person(.specialist)
        try await fixture.assign(upload.id, to: specialist)
        try await fixture.signFirstRead(upload.id, by: specialist)
        try await fixture.owner { tx in
            try await tx.execute(
                "UPDATE case_part SET until = now() WHERE case_id = \(upload.id) AND account_id = \(specialist.account)"
            )
            try await tx.execute(
                "UPDATE clinical_case SET state = 'ready', specialist_id = NULL WHERE id = \(upload.id)")
        }
        // Past the service, too.
        let removed = try await fixture.act(upload.person) { tx in
            try await tx.execute("DELETE FROM record_file WHERE id = \(upload.file)")
        }
        #expect(removed == 0)
        #expect(try await remove(upload, as: upload.person)?.enteredInErrorAt != nil)
        #expect(try await fixture.state(of: upload.id) == .collecting)
        let rewritten = try await fixture.owner { tx in
            try await tx.execute("UPDATE clinical_case SET first_accepted_at = NULL WHERE id = \(upload.id)")
            return try await tx.first("SELECT first_accepted_at IS NULL FROM clinical_case WHERE id = \(upload.id)")?
                .decode(Bool.self)
        }
        #expect(rewritten == false)
    }

    @Test("is taken back once by ten who do so at once, and its record is asked for once")
    func removedAtOnce() async throws {
        let (upload, _) = try await submittedUpload()
        let coordinator = try await fixture.person(.coordinator)
        let before = try await record(of: upload).version
        let outcomes = await withTaskGroup(of: Result<FileView?, any Error>.self) { group in
            for number in 0..<10 {
                group.addTask {
                    do {
                        return .success(
                            try await remove(upload, as: number.isMultiple(of: 2) ? coordinator : upload.person))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let refusals = outcomes.compactMap { if case .failure(let error) = $0 { error as? CaseRefusal } else { nil } }
        #expect(refusals == Array(repeating: .notFound, count: 9))
        let left = try await record(of: upload)
        #expect(left.state == .asked && left.files.isEmpty && left.version == before + 1)
        #expect(try await openTasks(of: upload.id) == [.completeCase, .chaseRecord])
    }

    @Test("is marked and not removed when a specialist accepts the case meanwhile", arguments: [false, true])
    func acceptedMeanwhile(byClinician: Bool) async throws {
        let upload = try await byClinician ? clinicianUpload().0 : submittedUpload().0
        try await fixture.owner { tx in
            for state in ["ready", "offered"] {
                try await tx.execute("UPDATE clinical_case SET state = \(state) WHERE id = \(upload.id)")
            }
        }
        let outcome = try await TestDatabase.current.race { tx in
            try await tx.execute("UPDATE clinical_case SET state = 'accepted' WHERE id = \(upload.id)")
        } then: {
            try await remove(upload, as: upload.person)
        }
        #expect(try outcome.get()?.enteredInErrorAt != nil)
        #expect(try await record(of: upload).files.count == 1)
    }

    @Test("that a clinician takes back leaves its record asked for, and the case waits for it")
    func clinicians() async throws {
        let (upload, patient) = try await clinicianUpload()
        let coordinator = try await fixture.person(.coordinator)
        try await complete(upload.id, by: coordinator)
        #expect(try await fixture.state(of: upload.id) == .ready)
        #expect(try await remove(upload, as: upload.person) == nil)
        #expect(try await record(of: upload).state == .asked)
        #expect(try await fixture.state(of: upload.id) == .collecting)
        #expect(try await openTasks(of: upload.id) == [.completeCase, .chaseRecord])
        #expect(try await fixture.notices(to: patient.account).contains { $0.contains("recordsNeeded") })
    }

    @Test("or that a clinician did not bring before their part ended leaves its record asked for")
    func clinicianLeaves() async throws {
        let (upload, patient) = try await clinicianUpload()
        let coordinator = try await fixture.person(.coordinator)
        // One whose file is on its way.
        let unbrought = try await fixture.act(upload.person) { tx in
            let draft = RecordDraft(kind: .labValues, title: "On its way", state: .received)
            let record = try await fixture.records.add(draft, to: upload.id, by: upload.person, in: tx).id
            let file = FileDraft(
                name: "labs.txt", mediaType: "text/plain", length: 5, sha256: String(repeating: "0", count: 64))
            _ = try await fixture.uploads.announce(file, for: record, of: upload.id, by: upload.person, in: tx)
            return record
        }
        try await complete(upload.id, by: coordinator)
        try await fixture.act(patient) { tx in
            let given = try await fixture.consents.list(for: upload.id, by: patient, in: tx).consents
            let consent = try #require(given.first { $0.kind == .treatingClinician })
            try await fixture.consents.withdraw(consent.id, of: upload.id, by: patient, in: tx)
        }
        let records = try await fixture.act(patient) { tx in
            try await fixture.records.list(of: upload.id, by: patient, in: tx).records
        }
        #expect(records.first { $0.id == unbrought }?.state == .asked)
        #expect(records.first { $0.id == upload.record }?.state == .received)
        #expect(try await fixture.state(of: upload.id) == .collecting)
        #expect(try await openTasks(of: upload.id) == [.completeCase, .chaseRecord])
    }

    @Test("that a clinician takes back while a coordinator completes the case leaves none ready that lacks it")
    func completedMeanwhile() async throws {
        let coordinator = try await fixture.person(.coordinator)
        for _ in 0..<8 {
            let (upload, _) = try await clinicianUpload()
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await complete(upload.id, by: coordinator) }
                group.addTask { try await remove(upload, as: upload.person) }
                while let outcome = await group.nextResult() {
                    if case .failure(let error) = outcome {
                        #expect(error as? CaseRefusal == .recordsMissing([upload.record]))
                    }
                }
            }
            #expect(try await record(of: upload).state == .asked)
            #expect(try await fixture.state(of: upload.id) == .collecting)
            #expect(try await openTasks(of: upload.id) == [.completeCase, .chaseRecord])
        }
    }

    @Test("is not called damaged by who reads it meanwhile")
    func removedWhileRead() async throws {
        let (upload, bytes) = try await Upload.complete(fixture, length: 100)
        let stored = try await upload.stored()
        #expect(try await upload.content(of: stored) == bytes)
        try await remove(upload, as: upload.person)
        await #expect(throws: CaseRefusal.notFound) { try await upload.content(of: stored) }
        // Control: one whose pieces alone are gone.
        let (broken, _) = try await Upload.complete(fixture, length: 100)
        let whole = try await broken.stored()
        try await fixture.owner { tx in
            try await tx.execute("DELETE FROM file_chunk WHERE file_id = \(broken.file)")
        }
        await #expect(throws: UploadRefusal.damaged) { try await broken.content(of: whole) }
    }

    /// A whole file of a case that was submitted, and its bytes.
    private func submittedUpload() async throws -> (Upload, [UInt8]) {
        let made = try await Upload.complete(fixture, length: 100)
        let (id, patient) = (made.0.id, made.0.person)
        try await fixture.consent(SubmissionRule.consents(for: .licensed), to: id, by: patient)
        _ = try await fixture.act(patient) { tx in try await fixture.course.submit(id, by: patient, in: tx) }
        return made
    }

    /// A whole file that a clinician brought to a submitted case, and the case's patient.
    private func clinicianUpload() async throws -> (Upload, Caller) {
        let patient = try await fixture.person(.patient)
        let id = try await fixture.submitted(by: patient)
        try await fixture.consent([.treatingClinician], to: id, by: patient)
        let account = try await Seed.consultingClinician(fixture.vault, in: id, of: patient.account, consents: false)
        let clinician = Seed.caller(account, roles: [.treatingClinician])
        let record = try await fixture.act(clinician) { tx in
            let draft = RecordDraft(kind: .imaging, title: "Scan")
            return try await fixture.records.add(draft, to: id, by: clinician, in: tx).id
        }
        let (upload, bytes) = try await Upload.announced(fixture, length: 100, for: record, in: id, by: clinician)
        _ = try await upload.append(bytes[...], at: 0)
        #expect(try await upload.finish())
        return (upload, patient)
    }

    private func complete(_ id: CaseID, by coordinator: Caller) async throws {
        _ = try await fixture.act(coordinator) { tx in
            let tasks = try await fixture.tasks.list(kind: .completeCase, limit: 200, in: tx).tasks
            let task = try #require(tasks.first { $0.case == id })
            return try await fixture.tasks.done(task.id, by: coordinator, in: tx)
        }
    }

    private func openTasks(of id: CaseID) async throws -> [TaskKind] {
        try await fixture.owner { tx in
            try await tx.query("SELECT kind FROM task WHERE case_id = \(id) AND state = 'open' ORDER BY due_at")
                .map { try $0.decode(TaskKind.self) }
        }
    }
}
