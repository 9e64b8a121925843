import Dispatch
import Glibc
import Rig
import Synchronization

/// A server at 127.0.0.1 that answers whatever is asked with the bytes that it was last given, and closes.
final class RawServer: Sendable {
    let port: Int
    private let next = Mutex<[UInt8]>([])

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && Glibc.listen(listener, 16) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        guard bound else { throw RigFailure.command("listen", output: "errno \(errno)") }
        port = Int(UInt16(bigEndian: address.sin_port))
        // A serial queue has a thread of its own.
        DispatchQueue(label: "fuzz.server").async { [self] in
            while case let client = accept(listener, nil, nil), client >= 0 {
                answer(client)
                close(client)
            }
        }
    }

    func answer(with bytes: [UInt8]) { next.withLock { $0 = bytes } }

    private func answer(_ client: Int32) {
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var asked: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !asked.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            asked += buffer[..<count]
        }
        var rest = next.withLock { $0 }[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
        shutdown(client, Int32(SHUT_WR))
    }
}
