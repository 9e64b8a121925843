import FoundationEssentials
import Glibc
import Identity
import Postgres
import Vault

/// Copies the heads of the audit chains from the database into an append-only file, each line linked to the one before it.
/// Workers may share a file: each locks it from reading the last line until its own is written. A head that is written
/// twice does no harm.
actor CheckpointWriter {
    private let path: String
    private let vault: Vault
    private let database: Database
    /// How long to wait for another worker's lock. A round that does not get it fails, and the next one tries again.
    private let patience: Duration
    /// The last line of each head that changed recently.
    private var written: [String: AuditCheckpoint] = [:]
    private var newest = Date.distantPast

    /// How far back each round looks again, in seconds: a head carries the instant before its commit, and a commit may
    /// hang.
    private static let overlap = 600.0
    private static let batch = 1000

    init(path: String, vault: Vault, database: Database, patience: Duration = .seconds(10)) {
        self.path = path
        self.vault = vault
        self.database = database
        self.patience = patience
    }

    /// Why nothing was written; `code` is `errno`, `EWOULDBLOCK` when another worker holds the file's lock.
    struct Failure: Error, CustomStringConvertible {
        let code: Int32

        var description: String { String(cString: strerror(code)) }
    }

    /// Why the last round failed, for operators; nil after one that did not.
    private(set) var fault: String?

    /// Appends the heads that changed since the last time; all of them the first time.
    func write() async throws {
        do {
            try await copy()
            fault = nil
        } catch {
            // The text of another error may quote data.
            fault = (error as? Failure).map { "\($0)" } ?? "\(type(of: error))"
            throw error
        }
    }

    private func copy() async throws {
        var since = newest.addingTimeInterval(-Self.overlap)
        var isDone = false
        while !isDone {
            let from = since
            let (heads, latest) = try await database.withTransaction(as: .nobody) { tx in
                try await AuditCheckpoint.heads(since: from, limit: Self.batch, vault: vault, in: tx)
            }
            let new = heads.filter { written[Self.name($0)]?.seq != $0.seq }
            if !new.isEmpty { try await append(new) }
            for head in new { written[Self.name(head)] = head }
            // A batch that begins and ends at the same instant would be read forever.
            isDone = heads.count < Self.batch || latest == since
            since = latest
        }
        newest = max(newest, since)
        // What is older than the overlap is not read again.
        let horizon = Int64((newest.timeIntervalSince1970 - Self.overlap) * 1e6)
        written = written.filter { $0.value.at >= horizon }
    }

    private static func name(_ head: AuditCheckpoint) -> String { "\(head.chain)/\(head.id)" }

    /// The lines are on disk when it returns.
    private func append(_ heads: [AuditCheckpoint]) async throws {
        let file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure(code: errno) }
        // Closing releases the lock.
        defer { close(file) }
        try await lock(file)
        let (last, size) = try lastLine(of: file)
        let bytes = try CheckpointFile.lines(for: heads, after: last, vault: vault)
        let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        let code = errno
        guard count == bytes.count else {
            // The disk is full: remove the incomplete line.
            if count > 0 { ftruncate(file, size) }
            throw Failure(code: count < 0 ? code : ENOSPC)
        }
        guard fsync(file) == 0 else { throw Failure(code: errno) }
    }

    /// Polls the lock, because blocking would take one of few threads.
    private func lock(_ file: Int32) async throws {
        let limit = ContinuousClock.now + patience
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            guard code == EINTR || code == EWOULDBLOCK && ContinuousClock.now < limit else { throw Failure(code: code) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The last line without its line break, nil in an empty file, and where the next one begins. Removes an incomplete line
    /// at the end, which was never acknowledged.
    private func lastLine(of file: Int32) throws -> (line: [UInt8]?, size: off_t) {
        let size = lseek(file, 0, SEEK_END)
        guard size >= 0 else { throw Failure(code: errno) }
        let start = max(0, size - Self.window)
        var tail = [UInt8](repeating: 0, count: Int(size - start))
        guard tail.withUnsafeMutableBytes({ pread(file, $0.baseAddress, $0.count, start) }) == tail.count else {
            throw Failure(code: errno)
        }
        let lineBreak = UInt8(ascii: "\n")
        guard let end = tail.lastIndex(of: lineBreak) else {
            // No line of ours is longer.
            guard start == 0 else { throw Failure(code: EINVAL) }
            guard ftruncate(file, 0) == 0 else { throw Failure(code: errno) }
            return (nil, 0)
        }
        let next = start + off_t(end) + 1
        if next < size, ftruncate(file, next) != 0 { throw Failure(code: errno) }
        let begin = tail[..<end].lastIndex(of: lineBreak).map { $0 + 1 } ?? 0
        return (Array(tail[begin..<end]), next)
    }

    /// In bytes; longer than any line.
    private static let window: off_t = 4096
}
