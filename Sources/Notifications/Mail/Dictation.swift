import Glibc

/// A mail server within the process, on a socket that has no file: to one client it says everything that a server would
/// ever say at once, and keeps what it is told.
struct Dictation: ~Copyable {
    /// In the abstract namespace (unix(7)), without the NUL that it begins with.
    let name: String
    private let listener: Int32

    /// At first, and to EHLO, MAIL, RCPT, DATA, the end of the mail and QUIT.
    private static let replies = Array("220 \r\n250 \r\n250 \r\n250 \r\n354 \r\n250 \r\n221 \r\n".utf8)

    /// Nil when the system has no socket for it.
    init?() {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let listener = socket(AF_UNIX, flags, 0)
        guard listener >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let family = socklen_t(MemoryLayout<sa_family_t>.size)
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                // An address that is a family alone: the system chooses the name.
                bind(listener, generic, family) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        guard isBound, length > family + 1 else {
            close(listener)
            return nil
        }
        name = withUnsafeBytes(of: &address.sun_path) { path in
            String(decoding: path[1..<Int(length - family)], as: UTF8.self)
        }
        self.listener = listener
    }

    deinit { close(listener) }

    /// The connection of a client that waits, to which everything has been said; -1 where none does.
    func accept() -> Int32 {
        let connection = Glibc.accept(listener, nil, nil)
        guard connection >= 0 else { return -1 }
        _ = write(connection, Self.replies, Self.replies.count)
        return connection
    }

    /// Everything that was said on a connection whose other end is closed.
    static func all(from connection: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(connection, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
