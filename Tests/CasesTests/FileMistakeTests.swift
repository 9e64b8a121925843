import Clinic
import Postgres
import TestSupport
import Testing

@testable import Cases

@Suite("A file that is a mistake", .database)
struct FileMistakeTests {
    let ward = Ward()

    private func remove(_ upload: Upload, as person: Caller) async throws {
        try await ward.act(person) { tx in
            try await ward.uploads.remove(upload.file, of: upload.record, in: upload.id, by: person, in: tx)
        }
    }

    private func record(of upload: Upload) async throws -> RecordView {
        try await ward.act(upload.person) { tx in
            try await ward.records.read(upload.record, of: upload.id, by: upload.person, in: tx)
        }
    }

    @Test("is gone before a specialist has the case, and its record is asked for again")
    func removed() async throws {
        let (upload, _) = try await Upload.complete(ward, length: 100)
        let coordinator = try await ward.person(.coordinator)
        try await ward.consent(SubmissionRule.consents(for: .licensed), to: upload.id, by: upload.person)
        _ = try await ward.act(upload.person) { tx in
            try await ward.course.submit(upload.id, by: upload.person, in: tx)
        }
        try await remove(upload, as: coordinator)
        let left = try await record(of: upload)
        #expect(left.state == .asked && left.files.isEmpty)
        #expect(try await ward.state(of: upload.id) == .collecting)
        let chunks = try await ward.owner { tx in
            try await tx.first("SELECT count(*) FROM consilium.file_chunk WHERE file_id = \(upload.file)")?
                .decode(Int.self)
        }
        #expect(chunks == 0)
        let entries = try await ward.owner { tx in
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
        let (upload, bytes) = try await Upload.complete(ward, length: 100)
        let specialist = try await ward.person(.specialist)
        try await ward.consent(SubmissionRule.consents(for: .licensed), to: upload.id, by: upload.person)
        _ = try await ward.act(upload.person) { tx in
            try await ward.course.submit(upload.id, by: upload.person, in: tx)
        }
        try await ward.assign(upload.id, to: specialist)
        await #expect(throws: CaseRefusal.notYourPart) { try await remove(upload, as: specialist) }
        try await remove(upload, as: upload.person)
        let marked = try await record(of: upload)
        #expect(marked.state == .asked && marked.files.map { $0.enteredInErrorAt != nil } == [true])
        #expect(try await upload.download() == bytes)
        try await remove(upload, as: upload.person)
        #expect(try await record(of: upload) == marked)
        let unmarked = await #expect(throws: DatabaseError.self) {
            try await ward.owner { tx in
                try await tx.execute(
                    "UPDATE consilium.record_file SET entered_in_error_at = NULL WHERE id = \(upload.file)")
            }
        }
        #expect(unmarked?.constraint == "record_file_complete")

        let (right, content) = try await Upload.announced(
            ward, length: 50, for: upload.record, in: upload.id, by: upload.person)
        _ = try await right.append(content[...], at: 0)
        #expect(try await right.finish())
        #expect(try await record(of: upload).state == .received)
        let latest = try await ward.act(specialist) { tx in
            try await ward.downloads.find(nil, of: upload.record, in: upload.id, by: specialist, in: tx)
        }
        #expect(latest.id == right.file)
    }
}
