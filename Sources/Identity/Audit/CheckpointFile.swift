import Clinic
import FoundationEssentials
package import Vault

/// The file to which the workers copy the heads of the chains: one checkpoint per line, as JSON.
///
/// Each line has a link, a keyed digest over the link of the line before it: without the keyring nobody can alter,
/// remove or move a line so that the others still fit. The file alone cannot show that lines are missing at its end: it
/// is copied to another place, and the log tells which entries are newer than their last checkpoint.
package struct CheckpointFile: Sendable, Equatable {
    /// The checkpoints of the lines that are unchanged.
    package private(set) var checkpoints: [AuditCheckpoint] = []
    package private(set) var faults: [CheckpointFault] = []

    /// One line.
    private struct Line: Codable {
        let checkpoint: AuditCheckpoint
        /// In hexadecimal.
        let link: String
    }

    /// Reads a file. A last line without its line break was being written when the worker stopped, and is left out.
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
            // After an altered line the place of the next one cannot be checked.
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

    /// Whether a line follows the one with that link, by any look-up key of the keyring: the key may have changed
    /// between two lines.
    private static func follows(_ before: String, _ line: Line, _ vault: Vault) -> Bool {
        vault.digests(text(after: before, line.checkpoint), for: .checkpoint)
            .contains { $0.hexadecimal == line.link }
    }

    /// The text that a link is the digest of.
    private static func text(after before: String, _ checkpoint: AuditCheckpoint) -> String {
        "link|\(before)|\(checkpoint.mac)"
    }

    /// For how many lines that do not follow the one before them the whole file is searched for their predecessor. So
    /// the time for a file that is damaged everywhere grows only linearly.
    private static let searches = 8

    /// The link before the first line.
    private static let origin = String(repeating: "0", count: 64)
}

/// What is wrong with a line of the checkpoint file.
package struct CheckpointFault: Sendable, Equatable, CustomStringConvertible {
    /// From 1.
    package let line: Int
    package let kind: Kind

    package enum Kind: String, Sendable, CaseIterable {
        /// It was not made with this keyring.
        case altered = "altered"
        /// It follows another line than the one before it.
        case moved = "not in its place"
        /// The line between it and the one before it is gone.
        case unlinked = "behind a line that was removed"
        /// One of the two; not examined, because there were enough faults before it.
        case misplaced = "not behind the line that it was written behind"
    }

    package init(line: Int, kind: Kind) {
        self.line = line
        self.kind = kind
    }

    package var description: String { "line \(line) of the checkpoints is \(kind.rawValue)" }
}
