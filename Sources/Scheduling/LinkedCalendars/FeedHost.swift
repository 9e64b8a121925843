package import Clinic
import TypedText

/// The host of a feed in one canonical form, in which it is compared, looked up and fetched.
package enum FeedHost: Sendable, Hashable {
    /// A domain name in lower case, its labels beyond ASCII as A-labels (RFC 5890), without a dot at its end.
    case name(String)
    case address(IPAddress)

    /// Reads the host of a URL as browsers do (WHATWG URL §3.5): IPv6 in brackets, IPv4 in any of the forms that
    /// inet_aton(3) takes (`0x7f.1`), everything else as a name. Nil for anything else, for IPv6 with a zone, which has a
    /// meaning on one machine only, and for a name with percent signs.
    init?(_ text: String) {
        if text.utf8.first == UInt8(ascii: "[") {
            guard text.utf8.last == UInt8(ascii: "]"), text.utf8.contains(UInt8(ascii: ":")),
                let address = IPAddress(String(text.dropFirst().dropLast()))
            else { return nil }
            self = .address(address)
            return
        }
        guard let name = DomainName.ascii(text) else { return nil }
        var labels = name.split(separator: ".", omittingEmptySubsequences: false)
        // A dot at the end stands for the root of all names.
        if labels.count > 1, labels.last == "" { labels.removeLast() }
        guard let last = labels.last, !last.isEmpty else { return nil }
        if Self.isNumber(last) {
            guard let address = Self.address(labels) else { return nil }
            self = .address(address)
        } else {
            let name = labels.joined(separator: ".")
            guard name.utf8.count <= 253, labels.allSatisfy(Self.isLabel) else { return nil }
            self = .name(name)
        }
    }

    /// As it is written in a URL.
    package var text: String {
        switch self {
        case .name(let name): name
        case .address(let address): address.bytes.count == 16 ? "[\(address.text)]" : address.text
        }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// A name whose last label is a number must be an address.
    private static func isNumber(_ label: Substring) -> Bool {
        label.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } || value(label) != nil
    }

    /// A number of at most 32 bits: decimal, octal after `0`, hexadecimal after `0x`.
    private static func value(_ label: Substring) -> UInt32? {
        if label.hasPrefix("0x") { return label.count == 2 ? 0 : digits(label.dropFirst(2), 16) }
        return label.count > 1 && label.hasPrefix("0") ? digits(label.dropFirst(), 8) : digits(label, 10)
    }

    private static func digits(_ text: Substring, _ radix: Int) -> UInt32? {
        // `UInt32` would read a sign.
        guard let first = text.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
        return UInt32(text, radix: radix)
    }

    /// One to four numbers, of which the last fills the remaining bytes.
    private static func address(_ labels: [Substring]) -> IPAddress? {
        let values = labels.compactMap(value)
        guard values.count == labels.count, (1...4).contains(values.count), let last = values.last,
            values.dropLast().allSatisfy({ $0 <= 255 }), UInt64(last) < 1 << UInt64(8 * (5 - values.count))
        else { return nil }
        let tail = (0..<5 - values.count).map { UInt8(truncatingIfNeeded: last >> UInt32(8 * (4 - values.count - $0))) }
        return IPAddress(bytes: values.dropLast().map { UInt8(truncatingIfNeeded: $0) } + tail)
    }
}
