package import Clinic

extension IPAddress {
    /// Whether it belongs to the internet at large, and to no network, machine, link, group or example, by the registries
    /// of IANA: iana-ipv4-special-registry, iana-ipv6-special-registry (RFC 6890 and what was added since), and the
    /// multicast address spaces.
    ///
    /// The registries call some blocks globally reachable in which no calendar lies: anycast relays, AS112, ORCHIDv2
    /// within 2001::/23. They count as not public.
    package var isPublic: Bool {
        guard bytes.count == 16 else { return !Self.blocked4.contains { $0.contains(self) } }
        // A network that reaches IPv4 through NAT64 gives every name such an address (RFC 6052 §2.1).
        if Self.nat64.contains(self) { return IPAddress(bytes: Array(bytes[12...]))?.isPublic ?? false }
        return Self.unicast6.contains(self) && !Self.blocked6.contains { $0.contains(self) }
    }

    private static let blocked4: [AddressBlock] = [
        // This network, private (three), shared by a provider's customers, loopback, link.
        "0.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        // Protocol assignments; AS112 (two), AMT and 6to4 relays.
        "192.0.0.0/24", "192.31.196.0/24", "192.175.48.0/24", "192.52.193.0/24", "192.88.99.0/24",
        // Benchmarks; documentation (three).
        "198.18.0.0/15", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
        // Multicast; reserved, with broadcast.
        "224.0.0.0/4", "240.0.0.0/4",
    ]
    private static let nat64: AddressBlock = "64:ff9b::/96"
    /// The only block that is given out. Outside lie loopback, `::`, IPv4-compatible addresses, NAT64 within a network
    /// (64:ff9b:1::/48), discard (100::/64, 100:0:0:1::/64), SRv6 (5f00::/16), ULA, link, site and multicast.
    private static let unicast6: AddressBlock = "2000::/3"
    private static let blocked6: [AddressBlock] = [
        // Protocol assignments, with Teredo and benchmarks; documentation (two); 6to4, which hides an IPv4 address; AS112.
        "2001::/23", "2001:db8::/32", "3fff::/20", "2002::/16", "2620:4f:8000::/48",
    ]
}
