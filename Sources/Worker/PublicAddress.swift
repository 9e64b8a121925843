import Dispatch
import Glibc

/// Addresses of the internet, apart from those of a network, a machine or a link.
enum PublicAddress {
    /// An address, by its bytes, that anybody may reach (RFC 6890 and the IANA special-purpose registries).
    static func isPublic(_ bytes: [UInt8]) -> Bool {
        switch bytes.count {
        case 4: !blocked4.contains { covers($0, bytes) }
        case 16:
            // An IPv4 address within is judged as such, whatever way it is written in.
            if bytes.starts(with: [UInt8](repeating: 0, count: 10) + [0xff, 0xff]) {
                isPublic(Array(bytes[12...]))
            } else if bytes.starts(with: [0x20, 0x02]) {
                isPublic(Array(bytes[2..<6]))
            } else {
                // Only 2000::/3 is given out for the internet.
                bytes[0] & 0xe0 == 0x20 && !blocked6.contains { covers($0, bytes) }
            }
        default: false
        }
    }

    private static let blocked4: [([UInt8], Int)] = [
        ([0, 0, 0, 0], 8), ([10, 0, 0, 0], 8), ([100, 64, 0, 0], 10), ([127, 0, 0, 0], 8), ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12), ([192, 0, 0, 0], 24), ([192, 0, 2, 0], 24), ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16), ([198, 18, 0, 0], 15), ([198, 51, 100, 0], 24), ([203, 0, 113, 0], 24),
        ([224, 0, 0, 0], 3),
    ]
    private static let blocked6: [([UInt8], Int)] = [
        ([0x20, 0x01, 0, 0], 23), ([0x20, 0x01, 0x0d, 0xb8], 32), ([0x3f, 0xff, 0, 0], 20),
    ]

    private static func covers(_ block: (prefix: [UInt8], bits: Int), _ bytes: [UInt8]) -> Bool {
        (0..<block.bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return block.prefix[bit / 8] & mask == bytes[bit / 8] & mask
        }
    }
}

extension FeedFetcher {
    /// One address of a host that may be connected to.
    /// - Throws: `FeedFailure`: `unreachable` for a name without addresses, `private_address` for one that has no other.
    static func address(of host: String, _ allowsPrivate: Bool) async throws -> String {
        let found = await withCheckedContinuation { continuation in
            // getaddrinfo(3) blocks; a serial queue has a thread of its own.
            DispatchQueue(label: "consilium.resolve").async { continuation.resume(returning: addresses(of: host)) }
        }
        guard !found.isEmpty else { throw FeedFailure(word: "unreachable") }
        guard let fit = found.first(where: { allowsPrivate || PublicAddress.isPublic($0.bytes) }) else {
            throw FeedFailure(word: "private_address")
        }
        return fit.text
    }

    private static func addresses(of host: String) -> [(bytes: [UInt8], text: String)] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [(bytes: [UInt8], text: String)] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ai_next
            guard let address = entry.pointee.ai_addr else { continue }
            let family = Int32(address.pointee.sa_family)
            // The bytes of the address itself, which stand behind family, port and, in IPv6, the flow.
            let (offset, count) = family == AF_INET ? (4, 4) : (8, 16)
            guard family == AF_INET || family == AF_INET6, Int(entry.pointee.ai_addrlen) >= offset + count else {
                continue
            }
            let raw = UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
            let bytes = Array(raw[offset..<offset + count])
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { continue }
            found.append(
                (bytes, String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)))
        }
        return found
    }
}
