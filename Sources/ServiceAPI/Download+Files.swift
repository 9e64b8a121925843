package import Cases
package import HTTPServer
import NIOCore

extension Download {
    /// A stored file. Each request for pieces has a transaction of its own, so a right that ends stops the download.
    package init(_ file: StoredFile, from downloads: Downloads, for call: StreamingContext) {
        self.init(file.mediaType, length: file.length) { offset in
            FilePieces(downloads: downloads, file: file, call: call, offset: offset)
        }
    }
}

/// The decrypted pieces of a file, a few at a time.
private struct FilePieces: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let downloads: Downloads
    let file: StoredFile
    let call: StreamingContext
    /// The offset of the first byte to send.
    let offset: Int

    struct AsyncIterator: AsyncIteratorProtocol {
        let pieces: FilePieces
        var reading: Downloads.Reading

        mutating func next() async throws -> ByteBuffer? {
            let (downloads, file, call, before) = (pieces.downloads, pieces.file, pieces.call, reading)
            let (found, after) = try await call.transaction { tx in
                var reading = before
                let found = try await downloads.next(of: file, after: &reading, by: call.caller, in: tx)
                return (found, reading)
            }
            reading = after
            return found.map { ByteBuffer(bytes: $0.joined()) }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: self, reading: Downloads.Reading(from: offset)) }
}
