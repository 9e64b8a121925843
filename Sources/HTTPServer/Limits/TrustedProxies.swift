import Clinic

/// Whose `X-Forwarded-For` is believed. Without any, the client is whoever holds the other end of the connection.
struct TrustedProxies: Sendable {
    /// An entry of the setting that is neither an address nor a CIDR block.
    struct Malformed: Error, CustomStringConvertible {
        let entry: String
        var description: String { "trusted proxy \(entry) is neither an address nor a CIDR block" }
    }

    private let blocks: [AddressBlock]

    init(_ entries: [String]) throws {
        blocks = try entries.map { entry in
            guard let block = AddressBlock(entry) else { throw Malformed(entry: entry) }
            return block
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
        guard let address = IPAddress(address) else { return false }
        return blocks.contains { $0.contains(address) }
    }
}

extension GatewaySettings {
    /// Whether every entry of `trustedProxies` is an address or a CIDR block.
    package var trustsWellFormedProxies: Bool { (try? TrustedProxies(trustedProxies)) != nil }
}
