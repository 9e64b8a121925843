import Glibc

/// Reads a text file line by line, so that a file of any size needs the memory of one line. Lines end with LF or CRLF.
struct LineReader: ~Copyable {
    private let file: UnsafeMutablePointer<FILE>
    private var line: UnsafeMutablePointer<CChar>?
    private var capacity = 0
    /// Of the line that was read last, from 1.
    private(set) var number = 0

    /// - Throws: `ImportRefusal.unreadable`.
    init(path: String) throws {
        guard let file = fopen(path, "r") else { throw ImportRefusal.unreadable(path) }
        self.file = file
    }

    deinit {
        fclose(file)
        free(line)
    }

    /// The next line without its line break; nil after the last.
    mutating func next() -> String? {
        // POSIX getline(3): the buffer is allocated or grown as needed, and is the caller's to free.
        let length = getline(&line, &capacity, file)
        guard length >= 0, let line else { return nil }
        number += 1
        let bytes = UnsafeBufferPointer(start: line, count: length).map { UInt8(bitPattern: $0) }
        let end = bytes.lastIndex { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }.map { $0 + 1 } ?? 0
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}

/// Why a file was not imported. Nothing of it was stored.
package enum ImportRefusal: Error, Equatable, CustomStringConvertible {
    case unreadable(String)
    /// The line, from 1, and what it should have been.
    case malformed(line: Int, String)

    package var description: String {
        switch self {
        case .unreadable(let path): "cannot read \(path)"
        case .malformed(let line, let rule): "line \(line): \(rule); nothing was imported"
        }
    }
}
