/// A block of addresses by its first bits: CIDR (RFC 4632 §3.1, RFC 4291 §2.3).
package struct AddressBlock: Sendable, Hashable {
    private let first: IPAddress
    private let bits: Int

    /// Reads `10.0.0.0/8` or `2001:db8::/32`; an address alone is a block of one. Nil for anything else.
    package init?(_ text: String) {
        let halves = text.split(separator: "/", maxSplits: 1)
        guard let first = halves.first.flatMap({ IPAddress(String($0)) }),
            let bits = halves.count == 2 ? Int(halves[1]) : first.bytes.count * 8,
            (0...first.bytes.count * 8).contains(bits)
        else { return nil }
        self.first = first
        self.bits = bits
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.bytes.count == first.bytes.count
            && (0..<bits).allSatisfy { bit in
                (address.bytes[bit / 8] ^ first.bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
            }
    }
}

extension AddressBlock: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) {
        guard let block = AddressBlock(text) else { preconditionFailure("an address block must be CIDR") }
        self = block
    }
}
