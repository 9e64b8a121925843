package import Clinic
import Crypto
import FoundationEssentials
package import Postgres
import Vault

/// Delivers files, a few chunks at a time. Each batch is read in a short transaction of its own, so that a slow reader
/// holds none open, and a right that ends in between ends the delivery.
package struct Downloads: Sendable {
    let vault: Vault

    /// A complete file of a record. A file that is marked as a mistake is delivered only where the request asks for
    /// such files, under a name that says what it is.
    /// - Parameters:
    ///   - file: which one; when it is nil the latest, preferably one that is no mistake.
    ///   - mistakes: whether a file that is marked as a mistake is delivered.
    /// - Throws: `CaseRefusal.notFound` also for what is withheld; `.enteredInError` where only a mistake is left.
    package func find(
        _ file: FileID?, of record: RecordID, in id: CaseID, includingMistakes mistakes: Bool = false,
        by caller: Caller, in tx: Transaction
    ) async throws -> StoredFile {
        _ = try await CaseAccess.look(id, by: caller, in: tx)
        guard let row = try await tx.first(select(file, record, id)) else { throw CaseRefusal.notFound }
        let key = try await vault.caseKey(id, in: tx)
        let found = try FileRow(row, with: key)
        let isMistake = found.enteredInErrorAt != nil
        guard mistakes || !isMistake else { throw CaseRefusal.enteredInError }
        return StoredFile(
            id: found.id, caseID: id,
            name: isMistake ? "entered in error - \(found.metadata.name)" : found.metadata.name,
            mediaType: MediaType.delivery(of: found.metadata.mediaType), length: found.metadata.length,
            sha256: found.metadata.sha256)
    }

    /// The next pieces of a file; nil at its end. A file that is read from its first byte is compared with its digest;
    /// each piece is verified by its seal in any case.
    /// - Throws: `UploadRefusal.damaged` when a piece is missing, or the whole is not what was uploaded;
    ///   `VaultError.unreadable` when a piece was altered or moved; `CaseRefusal.notFound` when the right has ended, or
    ///   the file was removed.
    package func next(
        of file: StoredFile, after progress: inout Reading, by caller: Caller, in tx: Transaction
    ) async throws -> [[UInt8]]? {
        guard progress.bytes < file.length else { return nil }
        _ = try await CaseAccess.look(file.caseID, by: caller, in: tx)
        let key = try await vault.caseKey(file.caseID, in: tx)
        let place = try await progress.place(in: file.id, tx)
        let pieces = try await FileChunks.read(file.id, from: place, with: key, in: tx)
        if pieces.isEmpty {
            // Removing a file removes its pieces.
            guard try await tx.first(selectID(file.id)) != nil else { throw CaseRefusal.notFound }
            throw UploadRefusal.damaged
        }
        let wanted = pieces.map { progress.take($0) }
        if progress.bytes >= file.length, !progress.matches(file) { throw UploadRefusal.damaged }
        return wanted
    }

    /// How far a file was read.
    package struct Reading: Sendable {
        /// The next piece; nil as long as it is not known which piece holds the first byte.
        private var place: Int?
        /// How many bytes lie before that piece.
        fileprivate var bytes: Int
        private var digest = SHA256()
        private let offset: Int

        /// - Parameter offset: of the first byte that is wanted.
        package init(from offset: Int = 0) {
            self.offset = offset
            bytes = offset
            place = offset == 0 ? 0 : nil
        }

        fileprivate mutating func place(in file: FileID, _ tx: Transaction) async throws -> Int {
            if let place { return place }
            guard let first = try await FileChunks.place(of: offset, in: file, tx) else { throw UploadRefusal.damaged }
            (place, bytes) = first
            return first.place
        }

        /// - Returns: what is wanted of the piece.
        fileprivate mutating func take(_ piece: [UInt8]) -> [UInt8] {
            let unwanted = max(0, offset - bytes)
            place = place.map { $0 + 1 }
            bytes += piece.count
            digest.update(data: piece)
            return unwanted == 0 ? piece : Array(piece.dropFirst(unwanted))
        }

        fileprivate func matches(_ file: StoredFile) -> Bool {
            bytes == file.length && (offset > 0 || digest.finalize().hexadecimal == file.sha256)
        }
    }

    private func selectID(_ file: FileID) -> SQL {
        "SELECT f.id FROM consilium.record_file f WHERE f.id = \(file)"
    }

    private func select(_ file: FileID?, _ record: RecordID, _ id: CaseID) -> SQL {
        """
        \(fragment: FileRows.columns) WHERE f.record_id = \(record) AND f.case_id = \(id) AND f.state = 'complete'
            AND (\(file)::uuid IS NULL OR f.id = \(file))
        ORDER BY f.entered_in_error_at IS NULL DESC, f.completed_at DESC, f.id DESC LIMIT 1
        """
    }
}

/// A complete file.
package struct StoredFile: Sendable, Hashable {
    package let id: FileID
    let caseID: CaseID
    package let name: String
    /// What it is delivered as.
    package let mediaType: String
    /// Bytes.
    package let length: Int
    /// Hexadecimal.
    package let sha256: String
}

/// The sealed pieces of a file.
enum FileChunks {
    /// How many are read at a time.
    private static let batch = 4

    static func identity(_ file: FileID, _ place: Int) -> RowIdentity {
        RowIdentity("file_chunk.body", file, part: place)
    }

    /// Which piece holds the byte at an offset, and how many bytes lie before the piece.
    static func place(of offset: Int, in file: FileID, _ tx: Transaction) async throws -> (place: Int, bytes: Int)? {
        let row = try await tx.first(
            """
            SELECT k.ordinal, k.starts_at FROM consilium.file_chunk k
            WHERE k.file_id = \(file) AND k.starts_at <= \(offset) ORDER BY k.ordinal DESC LIMIT 1
            """)
        return try row?.decode(Int.self, Int.self)
    }

    /// Opens the next pieces from a place on; empty at the end, or where there is a gap.
    static func read(
        _ file: FileID, from place: Int, with key: DataKey, in tx: Transaction
    ) async throws -> [[UInt8]] {
        let rows = try await tx.query(
            """
            SELECT k.ordinal, k.body FROM consilium.file_chunk k
            WHERE k.file_id = \(file) AND k.ordinal >= \(place) AND k.ordinal < \(place + batch) ORDER BY k.ordinal
            """)
        var pieces: [[UInt8]] = []
        for row in rows {
            let (ordinal, body) = try row.decode(Int.self, [UInt8].self)
            guard ordinal == place + pieces.count else { break }
            pieces.append(try key.open(body, as: identity(file, ordinal)))
        }
        return pieces
    }
}
