import Dispatch
import Glibc
import Synchronization

/// An HTTP server on a socket of this machine that answers as its script says.
final class FeedServer: Sendable {
    struct Request: Sendable {
        let path: String
        /// By their names in lower case.
        let headers: [String: String]
    }

    enum Answer: Sendable {
        case reply(Int, headers: [String: String] = [:], body: String = "")
        /// A head, and then a byte now and then until the client goes.
        case drip
        /// A head, and then bytes until the client goes.
        case flood
        /// Nothing at all.
        case silence
    }

    let port: Int
    private let listener: Int32
    private let script: @Sendable (Request) -> Answer
    private let asked = Mutex<[Request]>([])
    private let isStopped = Atomic(false)

    /// - Parameters:
    ///   - host: an IPv4 address of this machine.
    ///   - port: 0 for any.
    init(
        at host: String = "127.0.0.1", port: Int = 0, _ script: @escaping @Sendable (Request) -> Answer
    ) throws {
        self.script = script
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && Glibc.listen(listener, 16) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        struct CannotListen: Error {}
        guard bound else { throw CannotListen() }
        self.listener = listener
        self.port = Int(UInt16(bigEndian: address.sin_port))
        Self.thread { [self] in
            while case let client = accept(listener, nil, nil), client >= 0 {
                Self.thread { [self] in
                    talk(on: client)
                    close(client)
                }
            }
        }
    }

    var requests: [Request] { asked.withLock { $0 } }

    func url(_ path: String, host: String = "127.0.0.1") -> String { "http://\(host):\(port)\(path)" }

    /// Once: afterwards the descriptor's number is somebody else's.
    func stop() {
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Serial queues have threads of their own.
    private static func thread(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "test.feed").async(execute: body)
    }

    private func talk(on client: Int32) {
        guard let request = Self.request(from: client) else { return }
        asked.withLock { $0.append(request) }
        switch script(request) {
        case .reply(let status, let headers, let body):
            let lines = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
            let length = status == 304 ? "" : "Content-Length: \(body.utf8.count)\r\n"
            _ = Self.say(
                "HTTP/1.1 \(status < 100 ? "0" : "")\(status < 10 ? "0" : "")\(status) X\r\n\(length)Connection: close\r\n\(lines)\r\n\(body)",
                to: client)
        case .drip:
            var isThere = Self.say("HTTP/1.1 200 X\r\n\r\nBEGIN:VCALENDAR\r\n", to: client)
            while isThere {
                usleep(50_000)
                isThere = Self.say("X", to: client)
            }
        case .flood:
            var isThere = Self.say("HTTP/1.1 200 X\r\n\r\nBEGIN:VCALENDAR\r\n", to: client)
            let line = String(repeating: "X-A:b\r\n", count: 10_000)
            while isThere { isThere = Self.say(line, to: client) }
        case .silence:
            var byte: UInt8 = 0
            while recv(client, &byte, 1, 0) > 0 {}
        }
    }

    private static func request(from client: Int32) -> Request? {
        var bytes: [UInt8] = []
        while bytes.firstRange(of: Array("\r\n\r\n".utf8)) == nil {
            var piece = [UInt8](repeating: 0, count: 4096)
            let count = recv(client, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            bytes += piece[..<count]
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let sides = line.split(separator: ":", maxSplits: 1)
            if sides.count == 2 { headers[sides[0].lowercased()] = String(sides[1].dropFirst()) }
        }
        return Request(path: String(words[1]), headers: headers)
    }

    private static func say(_ text: String, to client: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
