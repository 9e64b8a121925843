import Clinic
import Crypto
import Postgres
import TestSupport
import Testing
import Vault

@testable import Cases

@Suite("A file arrives whole or not at all", .database, .timeLimit(.minutes(5)))
struct UploadTests {
    let fixture = CaseFixture()

    @Test("An upload that broke off goes on from where the store is, and reads back as it was sent")
    func resumes() async throws {
        let (upload, bytes) = try await Upload.begun(fixture, length: 700_000)
        #expect(try await upload.append(bytes[..<300_000], at: 0) == 300_000)
        // The next piece was sent, but its transaction never committed.
        await #expect(throws: CancellationError.self) {
            try await fixture.act(upload.person) { tx in
                _ = try await fixture.uploads.append(
                    Array(bytes[300_000..<500_000]), at: 300_000, to: upload.file, of: upload.record, in: upload.id,
                    by: upload.person, in: tx)
                throw CancellationError()
            }
        }
        let offset = try await upload.progress().offset
        #expect(offset == 300_000)
        await #expect(throws: UploadRefusal.unfinished) { try await upload.finish() }
        #expect(try await upload.append(bytes[offset...], at: offset) == 700_000)
        #expect(try await upload.finish())
        #expect(try await upload.download() == bytes)
        #expect(try await upload.progress().state == .complete)
        let record = try await fixture.act(upload.person) { tx in
            try await fixture.records.read(upload.record, of: upload.id, by: upload.person, in: tx)
        }
        #expect(record.state == .received)
    }

    @Test("A record that arrives is told to who waits for it and may see it", arguments: [false, true])
    func arrives(revealsPrior: Bool) async throws {
        let (patient, coordinator) = (try await fixture.person(.patient), try await fixture.person(.coordinator))
        let specialist = try await fixture.person(.specialist)
        let id = try await fixture.submitted(by: patient)
        try await fixture.assign(id, to: specialist)
        let record = try await fixture.act(coordinator) { tx in
            try await fixture.records.add(
                RecordDraft(kind: .imaging, title: "MRI", revealsPrior: revealsPrior), to: id, by: coordinator, in: tx)
        }
        for isFirst in [true, false] {
            let (upload, bytes) = try await Upload.announced(fixture, length: 10, for: record.id, in: id, by: patient)
            _ = try await upload.append(bytes[...], at: 0)
            #expect(try await upload.finish())
            let told = try await TestDatabase.current.parts(told: "recordArrived", of: id)
            #expect(told == (revealsPrior ? [.coordinator] : [.coordinator, .specialist]))
            let times = try await fixture.notices(to: coordinator.account).count {
                $0.contains("recordArrived") && $0.contains(id.description)
            }
            #expect(times == 1, "first: \(isFirst)")
        }
    }

    @Test("Finishing twice is as finishing once, and nothing is added to a complete file")
    func finished() async throws {
        let (upload, bytes) = try await Upload.complete(fixture, length: 10)
        #expect(try await upload.finish())
        await #expect(throws: UploadRefusal.complete) { try await upload.append(bytes[...], at: 10) }
    }

    @Test("Bytes at another offset are refused with the right one, and more than were announced are refused")
    func offsets() async throws {
        let (upload, bytes) = try await Upload.begun(fixture, length: 1_000)
        _ = try await upload.append(bytes[..<600], at: 0)
        await #expect(throws: UploadRefusal.wrongOffset(600)) { try await upload.append(bytes[..<600], at: 0) }
        await #expect(throws: UploadRefusal.tooLong(1_000)) { try await upload.append(bytes[..<600], at: 600) }
        #expect(try await upload.progress().offset == 600)
    }

    @Test("Another content than was announced is refused, dropped, and can be sent anew")
    func wrongDigest() async throws {
        let (upload, bytes) = try await Upload.begun(fixture, length: 1_000)
        var wrong = bytes
        wrong[500] ^= 1
        _ = try await upload.append(wrong[...], at: 0)
        #expect(try await !upload.finish())
        #expect(try await upload.progress().offset == 0)
        await #expect(throws: CaseRefusal.notFound) { try await upload.download() }
        _ = try await upload.append(bytes[...], at: 0)
        #expect(try await upload.finish())
    }

    @Test(
        "A chunk that was altered, swapped, dropped or cut is never delivered as the file",
        arguments: [
            "UPDATE consilium.file_chunk SET body = set_byte(body, 40, get_byte(body, 40) # 1) WHERE ordinal = 1",
            "UPDATE consilium.file_chunk SET ordinal = CASE ordinal WHEN 0 THEN 10 ELSE 0 END WHERE ordinal < 2",
            "DELETE FROM consilium.file_chunk WHERE ordinal = 1",
            "DELETE FROM consilium.file_chunk WHERE ordinal = 2",
        ])
    func tampered(statement: String) async throws {
        let (upload, bytes) = try await Upload.complete(fixture, length: 600_000)
        #expect(try await upload.download() == bytes)
        try await fixture.owner { tx in
            try await tx.execute("\(fragment: SQL(stringLiteral: statement)) AND file_id = \(upload.file)")
            try await tx.execute(
                "UPDATE consilium.file_chunk SET ordinal = 1 WHERE ordinal = 10 AND file_id = \(upload.file)")
        }
        await #expect(throws: (any Error).self) { try await upload.download() }
    }

    @Test("A chunk of another file does not open in this one")
    func moved() async throws {
        let (upload, _) = try await Upload.complete(fixture, length: 100)
        let (other, _) = try await Upload.complete(fixture, length: 100, in: upload)
        try await fixture.owner { tx in
            try await tx.execute(
                """
                UPDATE consilium.file_chunk k SET body = o.body FROM consilium.file_chunk o
                WHERE k.file_id = \(upload.file) AND o.file_id = \(other.file)
                """)
        }
        await #expect(throws: VaultError.unreadable) { try await upload.download() }
    }

    @Test("Only who announced a file adds to it; a stranger does not know that it exists")
    func strangers() async throws {
        let (upload, bytes) = try await Upload.begun(fixture, length: 100)
        var other = upload
        other.person = try await fixture.person(.patient)
        let stranger = other
        await #expect(throws: CaseRefusal.notFound) { try await stranger.append(bytes[...], at: 0) }
        await #expect(throws: CaseRefusal.notFound) { try await stranger.progress() }
    }

    @Test("An upload that is given up leaves nothing")
    func abandoned() async throws {
        let (upload, bytes) = try await Upload.begun(fixture, length: 100)
        _ = try await upload.append(bytes[..<50], at: 0)
        _ = try await fixture.act(upload.person) { tx in
            try await fixture.uploads.remove(
                upload.file, of: upload.record, in: upload.id, by: upload.person, in: tx)
        }
        let chunks = try await fixture.owner { tx in
            try await tx.first("SELECT count(*) FROM consilium.file_chunk WHERE file_id = \(upload.file)")?
                .decode(Int.self)
        }
        #expect(chunks == 0)
        await #expect(throws: CaseRefusal.notFound) { try await upload.progress() }
    }
}
