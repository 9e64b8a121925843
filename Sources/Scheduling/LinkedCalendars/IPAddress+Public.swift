package import Clinic

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
