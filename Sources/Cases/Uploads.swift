package import Clinic
import Crypto
import FoundationEssentials
import Outbox
package import Postgres
import TypedText
import Vault

/// Receives files. A file is announced with its name, length and SHA-256. Its bytes are then appended in order, each
/// piece at the offset that was reached, and an acknowledged piece is never lost: after an interruption the client asks
/// for the offset and goes on from it (in the spirit of the IETF's resumable uploads,
/// draft-ietf-httpbis-resumable-upload). After the last byte the digest is checked over what was stored.
///
/// The content is stored in chunks of at most 256 KiB of plaintext, each sealed with its file and its place as
/// associated data, so that swapping, moving or dropping one is detected. No more than one piece is ever in memory.
package struct Uploads: Sendable {
    /// Plaintext bytes of a chunk.
    package static let chunk = 256 * 1024
    /// The most bytes that one call appends; ``receive(_:at:for:of:in:by:database:)`` collects as many before it
    /// appends.
    package static let piece = 4 * chunk
    /// Five times what a file of the largest size needs.
    static let mostChunks = 4096
    static let mostFiles = 100

    let vault: Vault
    let outbox: Outbox
    /// The largest file, in bytes.
    package let limit: Int

    /// Announces a file of a record.
    /// - Throws: `FieldRefusal`, `CaseRefusal`.
    package func announce(
        _ draft: FileDraft, for record: RecordID, of id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> FileView {
        var draft = draft
        draft.name = draft.name.composed
        try draft.check(limit: limit)
        _ = try await CaseAccess.check(id, for: .upload, by: caller, in: tx)
        guard try await tx.first(lockRecord(record, of: id)) != nil else { throw CaseRefusal.notFound }
        guard try await tx.first(countFiles(record))?.decode(Int.self) ?? 0 < Self.mostFiles else {
            throw CaseRefusal.tooMany(limit: Self.mostFiles)
        }
        let key = try await vault.caseKey(id, in: tx)
        let file = FileID.random()
        let metadata = FileMetadata(
            name: draft.name, mediaType: draft.mediaType.lowercased(), length: draft.length,
            sha256: draft.sha256.lowercased())
        let sealed = try key.seal(json: metadata, as: FileMetadata.identity(file))
        try await CaseQuota.held {
            _ = try await tx.execute(insertFile(file, record, sealed, length: draft.length, by: caller.account))
        }
        return try await progress(file, of: record, in: id, by: caller, in: tx)
    }

    /// A file with its progress: its offset is where the next byte belongs.
    package func progress(
        _ file: FileID, of record: RecordID, in id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> FileView {
        _ = try await CaseAccess.look(id, by: caller, in: tx)
        let key = try await vault.caseKey(id, in: tx)
        guard let row = try await tx.first(selectFile(file, record, id)) else { throw CaseRefusal.notFound }
        return try FileRow(row, with: key).view
    }

    /// Appends a piece. Once the transaction has committed, its bytes are never lost. Only the person who announced the
    /// file appends to it.
    /// - Returns: the offset of the next byte.
    /// - Throws: `UploadRefusal`, `CaseRefusal`.
    package func append(
        _ bytes: [UInt8], at offset: Int, to file: FileID, of record: RecordID, in id: CaseID, by caller: Caller,
        in tx: Transaction
    ) async throws -> Int {
        _ = try await CaseAccess.check(id, for: .upload, by: caller, in: tx)
        let key = try await vault.caseKey(id, in: tx)
        let row = try await lock(file, record, id, with: key, by: caller, in: tx)
        guard !row.isComplete else { throw UploadRefusal.complete }
        guard row.offset == offset else { throw UploadRefusal.wrongOffset(row.offset) }
        guard bytes.count <= row.metadata.length - offset else { throw UploadRefusal.tooLong(row.metadata.length) }
        var place = row.chunks
        var start = offset
        for from in stride(from: 0, to: bytes.count, by: Self.chunk) {
            guard place < Self.mostChunks else { throw UploadRefusal.tooManyPieces }
            let plain = Array(bytes[from..<min(from + Self.chunk, bytes.count)])
            let sealed = try key.seal(plain, as: FileChunks.identity(file, place))
            _ = tx.enqueue(insertChunk(file, place, start, plain.count, sealed))
            place += 1
            start += plain.count
        }
        try await tx.execute(reach(file, start, place))
        return start
    }

    /// Checks the digest of a file whose bytes have all arrived, and completes it. Its record becomes `received`, and
    /// everybody who waits for it and may see it is told. If the digest differs, the bytes are dropped, and the upload
    /// starts again at offset 0.
    /// - Returns: whether the file is complete.
    /// - Throws: `UploadRefusal.unfinished`, `.damaged`, `CaseRefusal`.
    package func finish(
        _ file: FileID, of record: RecordID, in id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> Bool {
        let access = try await CaseAccess.check(id, for: .upload, by: caller, in: tx)
        let key = try await vault.caseKey(id, in: tx)
        guard let locked = try await tx.first(lockRecord(record, of: id)) else { throw CaseRefusal.notFound }
        let (state, revealsPrior) = try locked.decode(RecordState.self, Bool.self)
        let row = try await lock(file, record, id, with: key, by: caller, in: tx)
        guard !row.isComplete else { return true }
        guard row.offset == row.metadata.length else { throw UploadRefusal.unfinished }
        var digest = SHA256()
        var place = 0
        while place < row.chunks {
            let pieces = try await FileChunks.read(file, from: place, with: key, in: tx)
            guard !pieces.isEmpty else { throw UploadRefusal.damaged }
            for piece in pieces { digest.update(data: piece) }
            place += pieces.count
        }
        guard digest.finalize().hexadecimal == row.metadata.sha256 else {
            try await tx.execute(dropChunks(file))
            try await tx.execute(reach(file, 0, 0))
            return false
        }
        try await tx.execute(complete(file))
        try await tx.execute(receive(record))
        if state == .asked, access.state != .draft || access.part == .treatingClinician {
            try await outbox.tellOfRecord(in: id, revealing: revealsPrior, by: caller, in: tx)
        }
        return true
    }

    /// Removes a file. An unfinished upload is given up by the person who announced it. A complete file that is a
    /// mistake can be removed by the patient's side, a coordinator, or the clinician who brought it, until a specialist
    /// accepts the case for the first time; from then on it is only marked as a mistake. A record that is left without
    /// a file is asked for again, and the patient's side is told. The outcome is decided under the locks of case,
    /// record and file.
    /// - Returns: the marked file; nil where it was removed.
    /// - Throws: `CaseRefusal`; `.notFound` also for a file that is gone.
    package func remove(
        _ file: FileID, of record: RecordID, in id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> FileView? {
        // Whether the caller may know of the file, and has a part that may remove files.
        let part = try await CaseAccess.look(id, by: caller, in: tx).part
        guard try await tx.first(selectFile(file, record, id)) != nil else { throw CaseRefusal.notFound }
        guard CasePermission.upload.parts.contains(part) else { throw CaseRefusal.notYourPart }

        try await CaseAccess.lockForRecords(id, in: tx)
        let access = try await CaseAccess.look(id, by: caller, in: tx)
        let key = try await vault.caseKey(id, in: tx)
        guard let locked = try await tx.first(lockRecord(record, of: id)),
            let row = try await tx.first(selectFile(file, record, id))
        else { throw CaseRefusal.notFound }
        let found = try FileRow(row, with: key)
        if found.enteredInErrorAt != nil { return found.view }
        guard found.isComplete else {
            _ = try await lock(file, record, id, with: key, by: caller, in: tx)
            try await tx.execute("DELETE FROM consilium.record_file WHERE id = \(file)")
            return nil
        }
        try CasePermission.upload.check(access)
        guard try await tx.execute(access.wasAccepted ? markMistake(file) : removeWhole(file)) == 1 else {
            throw CaseRefusal.notYourPart
        }
        let (before, _) = try locked.decode(RecordState.self, Bool.self)
        if before == .received, access.state != .draft, try await tx.first(selectAsked(record)) != nil {
            try await outbox.tellOfNeed(in: id, by: caller.account, in: tx)
        }
        guard access.wasAccepted else { return nil }
        return try await progress(file, of: record, in: id, by: caller, in: tx)
    }

    private func lock(
        _ file: FileID, _ record: RecordID, _ id: CaseID, with key: DataKey, by caller: Caller, in tx: Transaction
    ) async throws -> FileRow {
        guard let row = try await tx.first(lockFile(file, record, id, by: caller.account)) else {
            throw CaseRefusal.notFound
        }
        return try FileRow(row, with: key)
    }
}

extension Uploads {
    // Locked, so that neither what the record reveals nor the number of its files changes meanwhile.
    private func lockRecord(_ record: RecordID, of id: CaseID) -> SQL {
        """
        SELECT r.state, r.reveals_prior FROM consilium.record r
        WHERE r.id = \(record) AND r.case_id = \(id) FOR NO KEY UPDATE
        """
    }

    private func countFiles(_ record: RecordID) -> SQL {
        "SELECT count(*) FROM consilium.record_file f WHERE f.record_id = \(record)"
    }

    // Triggers copy the case, and what is revealed, from the record to its files, and from a file to its chunks.
    private func insertFile(
        _ file: FileID, _ record: RecordID, _ metadata: [UInt8], length: Int, by account: AccountID
    ) -> SQL {
        """
        INSERT INTO consilium.record_file (id, record_id, state, metadata, length, added_by)
        VALUES (\(file), \(record), 'uploading', \(metadata), \(length), \(account))
        """
    }

    private func selectFile(_ file: FileID, _ record: RecordID, _ id: CaseID) -> SQL {
        "\(fragment: FileRows.columns) WHERE f.id = \(file) AND f.record_id = \(record) AND f.case_id = \(id)"
    }

    private func lockFile(_ file: FileID, _ record: RecordID, _ id: CaseID, by account: AccountID) -> SQL {
        "\(fragment: selectFile(file, record, id)) AND f.added_by = \(account) FOR NO KEY UPDATE"
    }

    private func insertChunk(_ file: FileID, _ place: Int, _ start: Int, _ length: Int, _ body: [UInt8]) -> SQL {
        """
        INSERT INTO consilium.file_chunk (file_id, ordinal, starts_at, length, body)
        VALUES (\(file), \(place), \(start), \(length), \(body))
        """
    }

    private func reach(_ file: FileID, _ offset: Int, _ chunks: Int) -> SQL {
        "UPDATE consilium.record_file SET received_bytes = \(offset), chunks = \(chunks) WHERE id = \(file)"
    }

    private func dropChunks(_ file: FileID) -> SQL {
        "DELETE FROM consilium.file_chunk WHERE file_id = \(file)"
    }

    private func removeWhole(_ file: FileID) -> SQL {
        "DELETE FROM consilium.record_file WHERE id = \(file) AND state = 'complete'"
    }

    private func markMistake(_ file: FileID) -> SQL {
        """
        UPDATE consilium.record_file SET entered_in_error_at = clock_timestamp()
        WHERE id = \(file) AND entered_in_error_at IS NULL
        """
    }

    private func selectAsked(_ record: RecordID) -> SQL {
        "SELECT r.id FROM consilium.record r WHERE r.id = \(record) AND r.state = 'asked'"
    }

    private func complete(_ file: FileID) -> SQL {
        "UPDATE consilium.record_file SET state = 'complete', completed_at = clock_timestamp() WHERE id = \(file)"
    }

    private func receive(_ record: RecordID) -> SQL {
        """
        UPDATE consilium.record SET state = 'received', version = version + 1
        WHERE id = \(record) AND state <> 'received'
        """
    }
}
