import Foundation
import Glibc
import Synchronization

/// A TCP port of this machine behind which the test server's PostgreSQL is, until it is frozen: then connections are
/// still taken and nothing is answered, as by a server that is stopped or behind a network that swallows everything.
package final class Relay: Sendable {
    /// Where it listens, on 127.0.0.1.
    package let port: Int
    private let listener: Int32
    private let target: String
    private let isFrozen = Mutex(false)
    private let sockets = Mutex<[Int32]>([])

    /// - Throws: `TestServer.Refusal` when the test server has no Unix socket.
    package init() throws {
        target = try TestServer.shared.unixSocket
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let listens = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 100) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        precondition(listens, "the system gives no port")
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in take() }
    }

    /// From now on nothing passes.
    package func freeze() { isFrozen.withLock { $0 = true } }

    /// Ends it and every connection through it.
    package func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        for socket in sockets.withLock({ $0 }) { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    private func take() {
        while case let client = accept(listener, nil, nil), client >= 0 {
            let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: target.utf8.prefix(107)) }
            let isMade = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
            sockets.withLock { $0 += [client, server] }
            guard isMade else { continue }
            Thread.detachNewThread { [self] in pass(from: client, to: server) }
            Thread.detachNewThread { [self] in pass(from: server, to: client) }
        }
    }

    private func pass(from source: Int32, to sink: Int32) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(source, &bytes, bytes.count, 0), count > 0 {
            // Frozen: the connection stays, and what was read goes nowhere.
            if isFrozen.withLock({ $0 }) { return }
            var sent = 0
            while sent < count {
                let part = bytes.withUnsafeBytes {
                    send(sink, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard part > 0 else { return }
                sent += part
            }
        }
        if !isFrozen.withLock({ $0 }) { shutdown(sink, Int32(SHUT_RDWR)) }
    }
}
