import Glibc
import Rig
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

    private let listener: LoopbackListener
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
        listener = try LoopbackListener(at: host, port: port)
        listener.serve { [self] in talk(on: $0) }
    }

    var port: Int { listener.port }
    var requests: [Request] { asked.withLock { $0 } }

    func url(_ path: String, host: String = "127.0.0.1") -> String { "http://\(host):\(port)\(path)" }

    func stop() {
        if !isStopped.exchange(true, ordering: .relaxed) { listener.stop() }
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
