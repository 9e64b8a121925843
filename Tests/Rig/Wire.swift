import Foundation
import Glibc

/// One HTTP/1.1 connection to this machine that a thread waits on: as cheap as a client can be, because it shares the
/// machine with what it measures, and able to be as rude as a test needs.
package final class Wire {
    package enum Failure: Error { case refused, broken, timedOut, notHTTP }

    private let port: Int
    private let patience: Int
    /// Negative while it is not connected.
    package private(set) var socket: Int32 = -1
    private var unread: [UInt8] = []
    /// How far the end of a head was looked for.
    private var searched = 0
    private var buffer: [UInt8]

    /// - Parameters:
    ///   - patience: seconds that a read may wait.
    ///   - buffer: bytes that are read at once.
    package init(port: Int, patience: Int = 60, buffer: Int = 131_072) {
        self.port = port
        self.patience = patience
        self.buffer = [UInt8](repeating: 0, count: buffer)
    }

    deinit { hangUp() }

    package func hangUp() {
        if socket >= 0 { close(socket) }
        socket = -1
        unread = []
        searched = 0
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
            if let reply = try whole() { return reply }
            try fill()
        }
    }

    /// Reads what has come, without waiting.
    /// - Returns: the reply, once it is whole.
    package func take() throws -> Reply? {
        try fill(waits: false)
        return try whole()
    }

    /// Reads what has come, without waiting, as it is.
    package func takeBytes() throws -> [UInt8] {
        try fill(waits: false)
        defer { unread = [] }
        return unread
    }

    private func whole() throws -> Reply? {
        guard let end = Self.headEnd(unread, from: searched) else {
            searched = max(0, unread.count - 3)
            return nil
        }
        searched = end
        guard let reply = Reply(head: Array(unread[..<end])) else { throw Failure.notHTTP }
        let all = end + 4 + reply.declaredLength
        guard unread.count >= all else {
            unread.reserveCapacity(all)
            return nil
        }
        defer { if reply.closes { hangUp() } }
        let body = unread[(end + 4)..<all]
        unread = unread.count == all ? [] : Array(unread[all...])
        searched = 0
        return reply.with(body)
    }

    private func fill(waits: Bool = true) throws {
        let count = recv(socket, &buffer, buffer.count, waits ? 0 : Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN {
            guard waits else { return }
            throw Failure.timedOut
        }
        guard count > 0 else { throw Failure.broken }
        unread += buffer[..<count]
    }

    private static func headEnd(_ bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= start + 4 else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            for index in start...(bytes.count - 4)
            where bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13 && bytes[index + 3] == 10 {
                return index
            }
            return nil
        }
    }
}

/// A request as it goes over the wire.
package struct Ask: Sendable {
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - token: the caller's session.
    ///   - key: the `Idempotency-Key`.
    ///   - headers: further ones.
    package init(
        _ method: String, _ path: String, token: String? = nil, key: String? = nil, json: String? = nil,
        headers: [String: String] = [:]
    ) {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        if let key { text += "Idempotency-Key: \(key)\r\n" }
        if let json { text += "Content-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n" }
        if json == nil, method != "GET" { text += "Content-Length: 0\r\n" }
        bytes = Array("\(text)\r\n\(json ?? "")".utf8)
    }
}

/// A reply, read to its end. Its head stays bytes until somebody asks: a client under load looks at few.
package struct Reply: Sendable {
    package let status: Int
    package private(set) var body: ArraySlice<UInt8> = []
    private let head: [UInt8]

    /// - Parameter head: from the status line to the last header, without the empty line.
    fileprivate init?(head: [UInt8]) {
        guard head.count >= 12, let status = Self.number(head[9..<12]) else { return nil }
        self.status = status
        self.head = head
    }

    fileprivate func with(_ body: ArraySlice<UInt8>) -> Reply {
        var reply = self
        reply.body = body
        return reply
    }

    /// By lower-case names.
    package var headers: [String: String] {
        var headers: [String: String] = [:]
        for line in String(decoding: head, as: UTF8.self).split(separator: "\r\n").dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return headers
    }

    /// Whether it has a header, by its lower-case name.
    package func has(_ name: StaticString) -> Bool { value(of: name) != nil }

    fileprivate var declaredLength: Int { value(of: "content-length").flatMap { Self.number($0) } ?? 0 }

    fileprivate var closes: Bool { value(of: "connection").map { Array($0) == Array("close".utf8) } ?? false }

    /// A header's bytes, by its lower-case name.
    private func value(of name: StaticString) -> ArraySlice<UInt8>? {
        let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return head.withUnsafeBufferPointer { bytes in
            var start = 0
            while start + name.count < bytes.count {
                var end = start
                while end < bytes.count, bytes[end] != 13 { end += 1 }
                if start + name.count < end, bytes[start + name.count] == UInt8(ascii: ":"),
                    (0..<name.count).allSatisfy({ bytes[start + $0] | 0x20 == name[$0] | 0x20 })
                {
                    return head[(start + name.count + 1)..<end].drop { $0 == 32 }
                }
                start = end + 2
            }
            return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var sum = 0
        for digit in digits {
            guard (48...57).contains(digit), sum < 1 << 40 else { return nil }
            sum = sum * 10 + Int(digit - 48)
        }
        return digits.isEmpty ? nil : sum
    }

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
