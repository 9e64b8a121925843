package import FoundationEssentials
package import Vault

/// The head of one audit chain at one time, as a line of the checkpoint file. An entry that is cut off the end of a
/// chain afterwards shows: the chain is shorter than the file says, or has another hash there.
package struct AuditCheckpoint: Codable, Sendable, Equatable {
    /// `case`, `account` or `programme`.
    package let chain: String
    package let id: UUID
    /// The number of the chain's last entry.
    package let seq: Int64
    /// That entry's hash, in hexadecimal.
    package let hash: String
    /// When the chain last grew, RFC 3339 in UTC.
    package let at: String

    package init(chain: String, id: UUID, seq: Int64, hash: String, at: String) {
        self.chain = chain
        self.id = id
        self.seq = seq
        self.hash = hash
        self.at = at
    }

    /// A checkpoint and the HMAC that nobody without the keyring can make.
    private struct Line: Codable {
        var checkpoint: AuditCheckpoint
        var mac: String
    }

    /// The line for the file, with its end.
    package func line(_ vault: Vault) throws -> [UInt8] {
        try Self.encode(Line(checkpoint: self, mac: mac(vault))) + Array("\n".utf8)
    }

    /// Reads a line of the file without its end; nil for one that was not written by a holder of this keyring.
    package init?(line: some Sequence<UInt8>, _ vault: Vault) {
        guard let read = try? JSONDecoder().decode(Line.self, from: Data(line)),
            let mac = try? read.checkpoint.mac(vault), mac == read.mac
        else { return nil }
        self = read.checkpoint
    }

    private func mac(_ vault: Vault) throws -> String {
        Data(vault.digest(try Self.encode(self), for: .checkpoint)).base64EncodedString()
    }

    private static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
