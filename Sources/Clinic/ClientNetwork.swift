/// The network of a client, as far as one person may control it: an IPv4 address, or the first 64 bits of an IPv6
/// address (RFC 6177: an end site gets no less). Limits per network count by this.
package struct ClientNetwork: Sendable, Hashable {
    /// 4 of IPv4, 8 of IPv6. Empty for a peer without an address, as on a Unix socket: all of these are one network.
    package let bytes: [UInt8]

    /// - Parameter address: as an `IPAddress` is written. The zone of an IPv6 address (RFC 4007 §11) is ignored.
    package init(address: String) {
        let bare = address.contains(":") ? String(address.prefix { $0 != "%" }) : address
        let bytes = IPAddress(bare)?.bytes ?? []
        self.bytes = bytes.count == 16 ? Array(bytes.prefix(8)) : bytes
    }

    /// As `192.0.2.1`, and as the four groups `2001:db8:0:1`.
    package var text: String {
        guard bytes.count == 8 else { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 8, by: 2)
            .map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }
}
