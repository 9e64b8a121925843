package import Clinic
package import Postgres

extension Uploads {
    /// Takes the bytes of one request, piece by piece. Each piece has a transaction of its own, so that what was received
    /// is there for good however the request ends. The last byte finishes the file.
    /// - Parameter stream: the bytes as they arrive. What it throws is thrown once all that came before is kept.
    /// - Throws: `UploadRefusal`, `CaseRefusal`.
    package func receive<Stream: AsyncSequence & Sendable>(
        _ stream: Stream, at start: Int, for file: FileID, of record: RecordID, in id: CaseID, by caller: Caller,
        database: Database
    ) async throws -> FileView where Stream.Element: Sequence<UInt8> {
        func append(_ bytes: [UInt8], at offset: Int) async throws -> Int {
            try await database.withTransaction(as: caller.actor) { tx in
                try await self.append(bytes, at: offset, to: file, of: record, in: id, by: caller, in: tx)
            }
        }
        func view() async throws -> FileView {
            try await database.withTransaction(as: caller.actor) { tx in
                try await progress(file, of: record, in: id, by: caller, in: tx)
            }
        }
        let known = try await view()
        // Before a long body is read for nothing.
        guard known.state == .uploading else { throw UploadRefusal.complete }
        guard known.offset == start else { throw UploadRefusal.wrongOffset(known.offset) }
        var offset = start
        var waiting: [UInt8] = []
        do {
            for try await bytes in stream {
                waiting.append(contentsOf: bytes)
                while waiting.count >= Self.piece {
                    offset = try await append(Array(waiting.prefix(Self.piece)), at: offset)
                    waiting.removeFirst(Self.piece)
                }
            }
        } catch {
            // The stream broke off, or its pieces are refused: what has come and fits is kept, if the database still takes
            // it, and the upload goes on from there.
            if !waiting.isEmpty { _ = try? await append(waiting, at: offset) }
            throw error
        }
        if !waiting.isEmpty { offset = try await append(waiting, at: offset) }
        if offset == known.length {
            let isWhole = try await database.withTransaction(as: caller.actor) { tx in
                try await finish(file, of: record, in: id, by: caller, in: tx)
            }
            guard isWhole else { throw UploadRefusal.wrongDigest }
        }
        return try await view()
    }
}
