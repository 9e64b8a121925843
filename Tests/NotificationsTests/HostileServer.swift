import Glibc
import Rig
import Synchronization

/// A mail server that says what a mail server says, spoilt: bytes flipped, lines cut, doubled or endless, replies out of
/// turn, silence, a hang-up. What it does on its n-th connection follows from the seed.
final class HostileServer: Sendable {
    private let listener: LoopbackListener
    private let count = Atomic(0)

    var port: Int { listener.port }
    /// How many connections it has had.
    var connections: Int { count.load(ordering: .relaxed) }

    init(seed: UInt64) throws {
        listener = try LoopbackListener()
        listener.serve { [self] client in
            let number = UInt64(count.add(1, ordering: .relaxed).newValue)
            var generator = SeededGenerator(seed: seed &* 1_000_003 &+ number)
            Self.talk(on: client, &generator)
        }
    }

    func stop() { listener.stop() }

    /// What a server says from the greeting to QUIT; several mails on one connection.
    private static let greeting = ["220 mx.example ESMTP", "220-mx.example\r\n220 ESMTP", "554 5.3.2 no service"]
    private static let hello = ["250-mx.example\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES", "250 mx.example"]
    private static let answers = [
        "250 2.1.0 ok", "250 ok", "354 go on", "250 2.0.0 taken as 4Qx", "550 5.1.1 <ada@example.org> unknown",
        "554 5.7.1 Relay access denied", "451 4.7.1 later", "221 bye", "421 4.4.2 idle", "250-a\r\n250-b\r\n250 c",
    ]

    private static func talk(on client: Int32, _ generator: inout SeededGenerator) {
        // Half of the connections stay well-behaved for a while, so that every step is reached.
        let calm = Int.random(in: 0...8, using: &generator)
        var step = 0
        var isData = false
        while step < 40 {
            var reply: String
            switch step {
            case 0: reply = greeting[Int.random(in: 0..<10, using: &generator) == 0 ? 2 : 0]
            case 1: reply = generator.pick(hello)
            default:
                let usual = ["250 2.1.0 ok", "250 2.1.5 ok", "354 go on", "250 2.0.0 taken"][(step - 2) % 4]
                reply = Int.random(in: 0..<8, using: &generator) == 0 ? generator.pick(answers) : usual
            }
            if step == 0, Int.random(in: 0..<6, using: &generator) == 0 { reply = greeting[1] }
            isData = reply.hasPrefix("354") && step > 1
            let bytes = Array("\(reply)\r\n".utf8)
            guard say(step < calm ? bytes : spoil(bytes, &generator), to: client) else { return }
            guard hear(from: client, isData: isData) else { return }
            step += 1
        }
    }

    /// One way or another of not being a reply; empty for silence.
    private static func spoil(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        func any() -> UInt8 { UInt8.random(in: 0...255, using: &generator) }
        var bytes = bytes
        switch Int.random(in: 0..<12, using: &generator) {
        case 0...2:
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = any()
            }
        case 3: bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
        case 4: bytes.insert(contentsOf: (0..<Int.random(in: 1...64, using: &generator)).map { _ in any() }, at: 0)
        case 5: bytes += bytes
        case 6: bytes = (0..<Int.random(in: 1...4096, using: &generator)).map { _ in any() }
        case 7: bytes = Array(repeating: any(), count: 100_000)
        case 8: bytes = Array(repeating: Array("250-more\r\n".utf8), count: 10_000).flatMap { $0 }
        case 9: bytes = bytes.filter { $0 != UInt8(ascii: "\r") }
        case 10: bytes = Array("99999999999999999999 5.99999999999999999999.1\r\n".utf8)
        default: break
        }
        return bytes
    }

    private static func say(_ bytes: [UInt8], to client: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }

    /// A command, or a message up to its lone point; false at the end.
    private static func hear(from client: Int32, isData: Bool) -> Bool {
        var heard: [UInt8] = []
        let end = Array((isData ? "\r\n.\r\n" : "\r\n").utf8)
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !heard.suffix(end.count).elementsEqual(end) {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            heard += buffer[..<count]
        }
        return true
    }
}
