import Glibc

/// An address of the Internet Protocol in one form: what is IPv4 within IPv6 (`::ffff:10.0.0.1`) is IPv4.
package struct IPAddress: Sendable, Hashable {
    /// 4 or 16, in network byte order.
    package let bytes: [UInt8]

    /// Nil for any other number of bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        // RFC 4291 §2.5.5.2.
        let isMapped = bytes.count == 16 && bytes.starts(with: [UInt8](repeating: 0, count: 10) + [0xff, 0xff])
        self.bytes = isMapped ? Array(bytes[12...]) : bytes
    }

    /// Reads IPv4 as four decimal numbers, and IPv6 without brackets and without a zone; nil for anything else.
    package init?(_ text: String) {
        // inet_pton(3) writes 4 bytes for AF_INET and 16 for AF_INET6, and returns 1 when the text was an address.
        var four = [UInt8](repeating: 0, count: 4)
        var sixteen = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: four)
        } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
            self.init(bytes: sixteen)
        } else {
            return nil
        }
    }

    /// As RFC 5952 writes it, without brackets.
    package var text: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &buffer, socklen_t(buffer.count)) != nil else {
            return ""
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension IPAddress {
    /// Whether it belongs to the internet at large, and to no network, machine, link, group or example, by the registries of
    /// IANA: iana-ipv4-special-registry, iana-ipv6-special-registry (RFC 6890 and what was added since), and the
    /// multicast address spaces.
    ///
    /// What the registries call globally reachable and no calendar lies at (anycast relays, AS112, ORCHIDv2 within 2001::/23)
    /// counts as not public too.
    package var isPublic: Bool {
        guard bytes.count == 16 else { return !Self.blocked4.contains { covers($0) } }
        // A network that reaches IPv4 through NAT64 gives every name such an address (RFC 6052 §2.1).
        if covers(Self.nat64) { return IPAddress(bytes: Array(bytes[12...]))?.isPublic ?? false }
        return covers(Self.unicast6) && !Self.blocked6.contains { covers($0) }
    }

    private typealias Block = (prefix: [UInt8], bits: Int)

    private static let blocked4: [Block] = [
        // This network, private (three), shared by a provider's customers, loopback, link.
        ([0], 8), ([10], 8), ([172, 16], 12), ([192, 168], 16), ([100, 64], 10), ([127], 8), ([169, 254], 16),
        // Protocol assignments; AS112 (two), AMT and 6to4 relays.
        ([192, 0, 0], 24), ([192, 31, 196], 24), ([192, 175, 48], 24), ([192, 52, 193], 24), ([192, 88, 99], 24),
        // Benchmarks; documentation (three).
        ([198, 18], 15), ([192, 0, 2], 24), ([198, 51, 100], 24), ([203, 0, 113], 24),
        // Multicast; reserved, with broadcast.
        ([224], 4), ([240], 4),
    ]
    private static let nat64: Block = ([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], 96)
    /// The only block that is given out. Outside lie loopback, `::`, IPv4-compatible addresses, NAT64 within a network
    /// (64:ff9b:1::/48), discard (100::/64, 100:0:0:1::/64), SRv6 (5f00::/16), ULA, link, site and multicast.
    private static let unicast6: Block = ([0x20], 3)
    private static let blocked6: [Block] = [
        // Protocol assignments, with Teredo and benchmarks; documentation (two); 6to4, which hides an IPv4 address; AS112.
        ([0x20, 0x01, 0], 23), ([0x20, 0x01, 0x0d, 0xb8], 32), ([0x3f, 0xff, 0], 20), ([0x20, 0x02], 16),
        ([0x26, 0x20, 0, 0x4f, 0x80, 0], 48),
    ]

    private func covers(_ block: Block) -> Bool {
        (0..<block.bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return block.prefix[bit / 8] & mask == bytes[bit / 8] & mask
        }
    }
}
