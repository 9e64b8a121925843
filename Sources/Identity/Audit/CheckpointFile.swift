import Clinic
import FoundationEssentials
package import Vault

/// The file that the workers copy the heads of the chains to: a line a checkpoint, as JSON.
///
/// Each line carries a link over the link of the line before it, made with the keyring: who can write the file but has no
/// keyring can neither alter, remove nor move a line so that the others still fit. That lines are missing at its end
/// cannot be seen from the file: it is shipped away, and the log says which entries are newer than their last checkpoint.
package struct CheckpointFile: Sendable, Equatable {
    /// What the lines say that are as they were written.
    package private(set) var checkpoints: [AuditCheckpoint] = []
    package private(set) var faults: [CheckpointFault] = []

    /// One line.
    private struct Line: Codable {
        let checkpoint: AuditCheckpoint
        /// In hexadecimal.
        let link: String
    }

    /// Reads a file. A last line without its line break was being written when something stopped, and is left out.
    package init(_ file: [UInt8], vault: Vault) {
        let lines = Self.lines(of: file)
        let read = lines.map { try? CanonicalJSON.decode(Line.self, from: $0) }
        let links = Set([Self.origin] + read.compactMap { $0?.link })
        var searches = Self.searches
        var before: String? = Self.origin
        for (index, line) in read.enumerated() {
            guard let line, line.checkpoint.isOurs(vault) else {
                faults.append(CheckpointFault(line: index + 1, kind: .altered))
                before = nil
                continue
            }
            checkpoints.append(line.checkpoint)
            // Behind an altered line nothing can be said of the next one's place.
            if let before, !Self.follows(before, line, vault) {
                var kind = CheckpointFault.Kind.misplaced
                if searches > 0 {
                    searches -= 1
                    kind = links.contains { Self.follows($0, line, vault) } ? .moved : .unlinked
                }
                faults.append(CheckpointFault(line: index + 1, kind: kind))
            }
            before = line.link
        }
    }

    /// The lines that follow a file's last one, for these heads.
    /// - Parameter last: the last line, without its line break; nil in an empty file.
    /// - Throws: `DecodingError` when the last line is no checkpoint.
    package static func lines(for heads: [AuditCheckpoint], after last: [UInt8]?, vault: Vault) throws -> [UInt8] {
        var before = try last.map { try CanonicalJSON.decode(Line.self, from: $0).link } ?? origin
        var bytes: [UInt8] = []
        for head in heads {
            before = vault.digest(text(after: before, head), for: .checkpoint).hexadecimal
            bytes += try CanonicalJSON.encode(Line(checkpoint: head, link: before)) + [UInt8(ascii: "\n")]
        }
        return bytes
    }

    private static func lines(of file: [UInt8]) -> [ArraySlice<UInt8>] {
        guard let end = file.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        return file[..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }

    /// Whether a line was linked to the one of that link, by any look-up key of the keyring: the key may have changed
    /// between two lines.
    private static func follows(_ before: String, _ line: Line, _ vault: Vault) -> Bool {
        vault.digests(text(after: before, line.checkpoint), for: .checkpoint)
            .contains { $0.hexadecimal == line.link }
    }

    /// What a link is the digest of.
    private static func text(after before: String, _ checkpoint: AuditCheckpoint) -> String {
        "link|\(before)|\(checkpoint.mac)"
    }

    /// For how many lines that do not follow the one before them the whole file is searched for the one that they do
    /// follow. A file that is damaged everywhere is read in a time that grows with its length alone.
    private static let searches = 8

    /// What comes before the first line.
    private static let origin = String(repeating: "0", count: 64)
}

/// What is wrong with a line of the checkpoint file.
package struct CheckpointFault: Sendable, Equatable, CustomStringConvertible {
    /// From 1.
    package let line: Int
    package let kind: Kind

    package enum Kind: String, Sendable, CaseIterable {
        /// It is no checkpoint that was made with this keyring.
        case altered = "altered"
        /// It follows another line than the one before it.
        case moved = "not in its place"
        /// What stood between it and the line before it is gone.
        case unlinked = "behind a line that was removed"
        /// One of the two: not looked into, for there were enough before it.
        case misplaced = "not behind the line that it was written behind"
    }

    package init(line: Int, kind: Kind) {
        self.line = line
        self.kind = kind
    }

    package var description: String { "line \(line) of the checkpoints is \(kind.rawValue)" }
}
