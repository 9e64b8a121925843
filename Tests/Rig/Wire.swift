import Foundation
import Glibc

/// One HTTP/1.1 connection to this machine that a thread waits on: as cheap as a client can be, because it shares the
/// machine with what it measures, and able to be as rude as a test needs.
package final class Wire {
    package enum Failure: Error { case refused, broken, timedOut, notHTTP }

    private let port: Int
    private let patience: Int
    private var socket: Int32 = -1
    private var unread: [UInt8] = []

    /// - Parameter patience: seconds that a read may wait.
    package init(port: Int, patience: Int = 60) {
        self.port = port
        self.patience = patience
    }

    deinit { hangUp() }

    package func hangUp() {
        if socket >= 0 { close(socket) }
        socket = -1
        unread = []
    }

    /// Connects, if it is not connected.
    package func connect() throws {
        guard socket < 0 else { return }
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let made = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard made == 0 else {
            close(socket)
            throw Failure.refused
        }
        var (yes, limit) = (Int32(1), timeval(tv_sec: patience, tv_usec: 0))
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        self.socket = socket
    }

    /// Sends a request and reads its whole reply.
    /// - Throws: `Failure`; the connection is closed then, and the next call makes another.
    package func send(_ ask: Ask) throws -> Reply {
        do {
            try connect()
            try write(ask.bytes)
            return try read()
        } catch {
            hangUp()
            throw error
        }
    }

    /// Sends bytes as they are.
    package func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(socket, buffer.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure.broken }
            sent += count
        }
    }

    /// Makes the receiving buffer as small as it can be, for a client that will not read.
    package func readNothing() {
        var little = Int32(2048)
        setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &little, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Whether the other side still holds the connection, as far as this machine's kernel was told.
    package var isOpen: Bool {
        var info = tcp_info()
        var length = socklen_t(MemoryLayout<tcp_info>.size)
        // TCP_ESTABLISHED of <netinet/tcp.h>.
        return getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &info, &length) == 0 && info.tcpi_state == 1
    }

    /// Reads one reply whose length is declared.
    package func read() throws -> Reply {
        while true {
            if let end = Self.headEnd(unread) {
                let head = String(decoding: unread[..<end], as: UTF8.self)
                let lines = head.split(separator: "\r\n")
                guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
                    throw Failure.notHTTP
                }
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    guard let colon = line.firstIndex(of: ":") else { continue }
                    headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
                }
                let length = headers["content-length"].flatMap { Int($0) } ?? 0
                let all = end + 4 + length
                while unread.count < all { try fill() }
                let body = Array(unread[(end + 4)..<all])
                unread.removeFirst(all)
                if headers["connection"]?.lowercased() == "close" { hangUp() }
                return Reply(status: status, headers: headers, body: body)
            }
            try fill()
        }
    }

    /// Waits for more bytes.
    private func fill() throws {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = recv(socket, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN { throw Failure.timedOut }
        guard count > 0 else { throw Failure.broken }
        unread += buffer[..<count]
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4)
        where bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13 && bytes[index + 3] == 10 {
            return index
        }
        return nil
    }
}

/// A request as it goes over the wire.
package struct Ask: Sendable {
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - token: the caller's session.
    ///   - key: the `Idempotency-Key`.
    package init(_ method: String, _ path: String, token: String? = nil, key: String? = nil, json: String? = nil) {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        if let key { text += "Idempotency-Key: \(key)\r\n" }
        if let json { text += "Content-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n" }
        if json == nil, method != "GET" { text += "Content-Length: 0\r\n" }
        bytes = Array("\(text)\r\n\(json ?? "")".utf8)
    }
}

/// A reply, read to its end.
package struct Reply: Sendable {
    package let status: Int
    /// By lower-case names.
    package let headers: [String: String]
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The last part of a problem's type.
    package var problem: String? {
        guard headers["content-type"]?.hasPrefix("application/problem+json") == true else { return nil }
        struct Problem: Decodable { var type: String }
        return (try? decode(Problem.self))?.type.split(separator: "/").last.map(String.init)
    }

    package func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body))
    }
}
