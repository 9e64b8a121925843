import Foundation
import Glibc

/// A TCP port of this machine, each of whose connections is served on a thread of its own: tests that block many of
/// Dispatch's threads would leave none for it there.
package final class LoopbackListener: Sendable {
    package let port: Int
    private let socket: Int32

    package enum Failure: Error { case cannotListen(code: Int32) }

    /// - Parameters:
    ///   - host: an IPv4 address of this machine.
    ///   - port: 0 for any.
    package init(at host: String = "127.0.0.1", port: Int = 0) throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listens = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(socket, generic, length) == 0 && listen(socket, 128) == 0
                    && getsockname(socket, generic, &length) == 0
            }
        }
        guard listens else { throw Failure.cannotListen(code: errno) }
        self.socket = socket
        self.port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// Begins to serve. To be called once.
    /// - Parameter connection: serves a connection, which is closed when it returns.
    package func serve(_ connection: @escaping @Sendable (Int32) -> Void) {
        Thread.detachNewThread { [socket] in
            while case let client = accept(socket, nil, nil), client >= 0 {
                Thread.detachNewThread {
                    connection(client)
                    close(client)
                }
            }
            // By whoever accepts: closed by another, its number could be a later listener's while this one accepts.
            close(socket)
        }
    }

    /// Takes no further connection. To be called once.
    package func stop() { shutdown(socket, Int32(SHUT_RDWR)) }
}
