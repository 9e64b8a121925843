package import Clinic
import Glibc
import Postgres

/// Resolves names as this machine does (getaddrinfo(3)).
package enum HostLookup {
    /// The addresses of a name, in the order in which to try them; none for a name without any, or when the task is
    /// cancelled.
    @Sendable package static func addresses(of name: String) async -> [IPAddress] {
        await answer { blocking(name) }
    }

    /// The result of a look-up that blocks. It cannot be interrupted: when the task is cancelled nobody waits for it, and its
    /// thread ends by itself.
    static func answer(of lookUp: @escaping @Sendable () -> [IPAddress]) async -> [IPAddress] {
        let (answers, answer) = AsyncStream.makeStream(of: [IPAddress].self)
        BlockingThread("resolve").start {
            answer.yield(lookUp())
            answer.finish()
        }
        for await found in answers { return found }
        return []
    }

    private static func blocking(_ name: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [IPAddress] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ai_next
            guard let address = entry.pointee.ai_addr else { continue }
            let family = Int32(address.pointee.sa_family)
            // The bytes of the address follow the family, the port and, in IPv6, the flow.
            let (offset, count) = family == AF_INET ? (4, 4) : (8, 16)
            guard family == AF_INET || family == AF_INET6, Int(entry.pointee.ai_addrlen) >= offset + count else {
                continue
            }
            let raw = UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
            if let address = IPAddress(bytes: Array(raw[offset..<offset + count])) { found.append(address) }
        }
        return found
    }
}
