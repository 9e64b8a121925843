import Glibc
import Synchronization

/// A mail server on a socket of this machine (RFC 5321) that answers as its script says and keeps what it took.
package final class SMTPServer: Sendable {
    /// What it says, by how many mails it was offered before. Nil for its usual yes.
    package struct Script: Sendable {
        /// To a connection, before anything else.
        package var greeting: @Sendable () -> String? = { nil }
        package var toSender: @Sendable (Int) -> String? = { _ in nil }
        package var toRecipient: @Sendable (Int) -> String? = { _ in nil }
        package var toContent: @Sendable (Int) -> String? = { _ in nil }
        /// As `toContent`, and asked first, by what the message says.
        package var toMessage: @Sendable (String) -> String? = { _ in nil }
        /// What EHLO offers beyond its name.
        package var offers: [String] = ["8BITMIME"]
        /// The only user and password that it lets in, as AUTH PLAIN says them; nil to ask for none.
        package var login: String?
        /// Whether it takes connections and says nothing.
        package var isMute = false
        /// Whether it answers QUIT, or hears it and keeps the connection.
        package var answersQuit = true

        package init() {}
    }

    package struct Taken: Sendable {
        package var sender: String
        package var recipient: String
        package var content: String
    }

    private struct State {
        var offered = 0
        var connections = 0
        var ended = 0
        var taken: [Taken] = []
        var commands: [String] = []
    }

    private let listener: LoopbackListener
    private let script: Script
    private let state = Mutex(State())

    package init(_ script: Script = Script()) throws {
        self.script = script
        listener = try LoopbackListener()
        listener.serve { [self] client in
            state.withLock { $0.connections += 1 }
            talk(on: client)
            state.withLock { $0.ended += 1 }
        }
    }

    package var port: Int { listener.port }
    package var taken: [Taken] { state.withLock { $0.taken } }
    package var connections: Int { state.withLock { $0.connections } }
    /// Connections that the other side has ended.
    package var ended: Int { state.withLock { $0.ended } }
    package var commands: [String] { state.withLock { $0.commands } }

    /// What the program is told so as to send through it.
    package var settings: [String: String] {
        [
            "CONSILIUM_MAIL_CHANNEL": "smtp", "CONSILIUM_MAIL_HOST": "127.0.0.1", "CONSILIUM_MAIL_PORT": "\(port)",
            "CONSILIUM_MAIL_TLS": "none",
        ]
    }

    package func stop() { listener.stop() }

    private func talk(on client: Int32) {
        var lines = Lines(client: client)
        var isIn = script.login == nil
        var sender = ""
        var recipient = ""
        if !script.isMute { say(script.greeting() ?? "220 test ESMTP", to: client) }
        while let line = lines.next() {
            state.withLock { $0.commands.append(line) }
            let verb = line.prefix(4).uppercased()
            switch verb {
            case "EHLO":
                let offers = script.offers + (script.login == nil ? [] : ["AUTH PLAIN"])
                let all = ["test"] + offers
                for (index, offer) in all.enumerated() {
                    say("250\(index == all.count - 1 ? " " : "-")\(offer)", to: client)
                }
            case "AUTH":
                say("334 ", to: client)
                isIn = lines.next() == script.login
                say(isIn ? "235 in" : "535 no", to: client)
            case "MAIL" where !isIn:
                say("530 who are you", to: client)
            case "MAIL":
                sender = line
                let answer = script.toSender(state.withLock { $0.offered })
                if answer != nil { state.withLock { $0.offered += 1 } }
                say(answer ?? "250 ok", to: client)
            case "RCPT":
                recipient = line
                let answer = script.toRecipient(state.withLock { $0.offered })
                if answer != nil { state.withLock { $0.offered += 1 } }
                say(answer ?? "250 ok", to: client)
            case "DATA":
                say("354 go on", to: client)
                var content = ""
                while true {
                    // What has no end is no message (RFC 5321 §4.1.1.4).
                    guard let line = lines.next() else { return }
                    guard line != "." else { break }
                    content += (line.hasPrefix(".") ? String(line.dropFirst()) : line) + "\n"
                }
                let number = state.withLock { state in
                    state.offered += 1
                    return state.offered - 1
                }
                let answer = script.toMessage(content) ?? script.toContent(number)
                if answer == nil {
                    state.withLock {
                        $0.taken.append(Taken(sender: sender, recipient: recipient, content: content))
                    }
                }
                say(answer ?? "250 taken", to: client)
            case "QUIT" where script.answersQuit:
                say("221 bye", to: client)
                return
            case "QUIT":
                continue
            default:
                say("250 ok", to: client)
            }
        }
    }

    private func say(_ line: String, to client: Int32) {
        let bytes = Array("\(line)\r\n".utf8)
        _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The lines that a client sends, without their CR LF.
    private struct Lines {
        let client: Int32
        var buffer: [UInt8] = []

        mutating func next() -> String? {
            while true {
                if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = buffer[..<end].filter { $0 != UInt8(ascii: "\r") }
                    buffer.removeSubrange(...end)
                    return String(decoding: line, as: UTF8.self)
                }
                var piece = [UInt8](repeating: 0, count: 4096)
                let count = recv(client, &piece, piece.count, 0)
                guard count > 0 else { return nil }
                buffer += piece[..<count]
            }
        }
    }
}
