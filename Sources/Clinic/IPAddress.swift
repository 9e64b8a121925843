import Glibc

/// An address of the Internet Protocol. IPv4 within IPv6 (`::ffff:10.0.0.1`) is IPv4.
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
