import Glibc
import Rig
import Synchronization

/// A server at 127.0.0.1 that answers whatever is asked with the bytes that it was last given, and closes.
final class RawServer: Sendable {
    private let listener: LoopbackListener
    private let next = Mutex<[UInt8]>([])

    var port: Int { listener.port }

    init() throws {
        listener = try LoopbackListener()
        listener.serve { [self] in answer($0) }
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
