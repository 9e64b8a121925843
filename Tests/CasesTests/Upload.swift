import Clinic
import Crypto
import Rig
import TestSupport
import Testing

@testable import Cases

/// An upload of a test, with the file it belongs to.
struct Upload: Sendable {
    let fixture: CaseFixture
    var person: Caller
    let id: CaseID
    let record: RecordID
    let file: FileID

    /// A file that was announced; its content is random.
    static func begun(_ fixture: CaseFixture, length: Int, in other: Upload? = nil) async throws -> (Upload, [UInt8]) {
        let bytes = SeededGenerator.content(length)
        let person = if let other { other.person } else { try await fixture.person(.patient) }
        let id = if let other { other.id } else { try await fixture.opened(by: person) }
        let draft = FileDraft(
            name: "scan.pdf", mediaType: "application/pdf", length: length,
            sha256: SHA256.hash(data: bytes).hexadecimal)
        return try await fixture.act(person) { tx in
            let record = try await fixture.records.add(
                RecordDraft(kind: .imaging, title: "Scan"), to: id, by: person, in: tx)
            let file = try await fixture.uploads.announce(draft, for: record.id, of: id, by: person, in: tx)
            return (Upload(fixture: fixture, person: person, id: id, record: record.id, file: file.id), bytes)
        }
    }

    /// A file of a record that is there already.
    static func announced(
        _ fixture: CaseFixture, length: Int, for record: RecordID, in id: CaseID, by person: Caller
    ) async throws -> (Upload, [UInt8]) {
        let bytes = SeededGenerator.content(length)
        let draft = FileDraft(
            name: "scan.pdf", mediaType: "application/pdf", length: length,
            sha256: SHA256.hash(data: bytes).hexadecimal)
        let file = try await fixture.act(person) { tx in
            try await fixture.uploads.announce(draft, for: record, of: id, by: person, in: tx)
        }
        return (Upload(fixture: fixture, person: person, id: id, record: record, file: file.id), bytes)
    }

    static func complete(_ fixture: CaseFixture, length: Int, in other: Upload? = nil) async throws -> (Upload, [UInt8])
    {
        let (upload, bytes) = try await begun(fixture, length: length, in: other)
        _ = try await upload.append(bytes[...], at: 0)
        #expect(try await upload.finish())
        return (upload, bytes)
    }

    @discardableResult
    func append(_ bytes: ArraySlice<UInt8>, at offset: Int) async throws -> Int {
        try await fixture.act(person) { tx in
            try await fixture.uploads.append(
                Array(bytes), at: offset, to: file, of: record, in: id, by: person, in: tx)
        }
    }

    func finish() async throws -> Bool {
        try await fixture.act(person) { tx in
            try await fixture.uploads.finish(file, of: record, in: id, by: person, in: tx)
        }
    }

    func progress() async throws -> FileView {
        try await fixture.act(person) { tx in
            try await fixture.uploads.progress(file, of: record, in: id, by: person, in: tx)
        }
    }

    func stored(includingMistakes mistakes: Bool = false) async throws -> StoredFile {
        try await fixture.act(person) { tx in
            try await fixture.downloads.find(
                file, of: record, in: id, includingMistakes: mistakes, by: person, in: tx)
        }
    }

    func download(includingMistakes mistakes: Bool = false) async throws -> [UInt8] {
        try await content(of: try await stored(includingMistakes: mistakes))
    }

    func content(of stored: StoredFile) async throws -> [UInt8] {
        try await fixture.act(person) { tx in
            var reading = Downloads.Reading()
            var bytes: [UInt8] = []
            while let pieces = try await fixture.downloads.next(of: stored, after: &reading, by: person, in: tx) {
                for piece in pieces { bytes += piece }
            }
            return bytes
        }
    }
}
