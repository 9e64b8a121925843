import Clinic

/// Whose `X-Forwarded-For` is believed. Without any, the client is whoever holds the other end of the connection.
struct TrustedProxies: Sendable {
    /// An entry of the setting that is neither an address nor a CIDR block.
    struct Malformed: Error, CustomStringConvertible {
        let entry: String
        var description: String { "trusted proxy \(entry) is neither an address nor a CIDR block" }
    }

    private struct Block: Sendable {
        let bytes: [UInt8]
        let bits: Int

        func contains(_ address: [UInt8]) -> Bool {
            guard address.count == bytes.count else { return false }
            for index in 0..<bytes.count {
                let covered = min(max(bits - index * 8, 0), 8)
                let mask = covered == 0 ? 0 : UInt8(truncatingIfNeeded: 0xFF << (8 - covered))
                if address[index] & mask != bytes[index] & mask { return false }
            }
            return true
        }
    }

    private let blocks: [Block]

    init(_ entries: [String]) throws {
        blocks = try entries.map { entry in
            let halves = entry.split(separator: "/", maxSplits: 1)
            guard let first = halves.first, let bytes = IPAddress(String(first))?.bytes else {
                throw Malformed(entry: entry)
            }
            let bits = halves.count == 2 ? Int(halves[1]) : bytes.count * 8
            guard let bits, (0...bytes.count * 8).contains(bits) else { throw Malformed(entry: entry) }
            return Block(bytes: bytes, bits: bits)
        }
    }

    /// The client's address: the last hop that no trusted proxy has spoken for.
    func client(peer: String?, forwarded: [String]) -> String {
        guard let peer else { return "unknown" }
        var client = peer
        var hops = forwarded.joined(separator: ",").split(separator: ",").map { String($0.filter { $0 != " " }) }
        while isTrusted(client), let hop = hops.popLast(), IPAddress(hop) != nil { client = hop }
        return client
    }

    func isTrusted(_ address: String) -> Bool {
        guard let bytes = IPAddress(address)?.bytes else { return false }
        return blocks.contains { $0.contains(bytes) }
    }
}
