import Postgres

/// One connection to a mail server, for one mail at a time. It blocks until the server has answered, so it runs on a
/// thread of its own.
actor SMTPConnection {
    private nonisolated let thread = BlockingThread("mail")
    private let settings: SMTPSettings
    private var session: SMTPSession?
    /// Whether the last mail was refused half-way, so that the server still holds its envelope.
    private var isDirty = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ settings: SMTPSettings) {
        self.settings = settings
    }

    /// Sends one mail, over the open session or over a new one. The check runs once the server waits for the
    /// message (354), so that nothing comes between the check and the message's first byte.
    /// - Throws: `MailFailure`, `CancellationError`, whatever the check throws.
    func send(_ mail: Mail, _ cancellation: CancellationFlag, _ preSendCheck: MailChannel.PreSendCheck) async throws {
        let deadline = ContinuousClock.now + settings.deadline
        do {
            try begin(mail, until: deadline, cancellation)
            try await preSendCheck()
            try end(mail, until: deadline, cancellation)
        } catch let refusal as Refused {
            isDirty = true
            throw refusal.failure
        } catch {
            // The server discards a message whose end it has not seen (RFC 5321 §4.1.1.4).
            session = nil
            throw error
        }
    }

    /// Ends the session; the server need not answer.
    func quit() {
        let deadline = ContinuousClock.now + settings.quitDeadline
        _ = try? session?.ask("QUIT", until: deadline, CancellationFlag())
        session = nil
    }

    /// The server refused one mail. The session can go on with another.
    private struct Refused: Error {
        let code: Int
        let failure: MailFailure
    }

    /// Sends everything up to DATA.
    private func begin(_ mail: Mail, until deadline: ContinuousClock.Instant, _ cancellation: CancellationFlag) throws {
        try ready(mail, until: deadline, cancellation)
        try ask("RCPT TO:<\(mail.recipient.text)>", .rcpt, until: deadline, cancellation)
        try ask("DATA", .data, until: deadline, cancellation)
    }

    /// Sends everything up to MAIL, over a new session where the server has closed the old one.
    private func ready(_ mail: Mail, until deadline: ContinuousClock.Instant, _ cancellation: CancellationFlag) throws {
        let command = "MAIL FROM:<\(mail.sender.text)>"
        if session?.isStale() == true { session = nil }
        if isDirty, (try? session?.ask("RSET", until: deadline, cancellation))?.isPositive != true { session = nil }
        isDirty = false
        if session != nil {
            do {
                return try ask(command, .mail, until: deadline, cancellation)
            } catch MailFailure.transient("smtp_broken") {
                session = nil
            } catch let refusal as Refused where refusal.code == 421 {
                session = nil
            }
        }
        session = try SMTPSession(settings, name: mail.sender.domain, until: deadline, cancellation)
        try ask(command, .mail, until: deadline, cancellation)
    }

    private func end(_ mail: Mail, until deadline: ContinuousClock.Instant, _ cancellation: CancellationFlag) throws {
        try session?.write(mail.stuffed, until: deadline, cancellation)
        // Without the answer the mail would be sent again, so even a cancelled task waits a little for it.
        let limit = ContinuousClock.now + settings.acceptDeadline
        try expect(.content, session?.reply(until: limit, cancellation, grace: .seconds(5)))
    }

    private func ask(
        _ command: String, _ step: SMTPStep, until deadline: ContinuousClock.Instant, _ cancellation: CancellationFlag
    ) throws {
        try expect(step, session?.ask(command, until: deadline, cancellation))
    }

    /// - Throws: `Refused`; `MailFailure.transient` when the reply neither accepts nor refuses.
    private func expect(_ step: SMTPStep, _ reply: SMTPReply?) throws {
        guard let reply else { throw MailFailure.transient("smtp_broken") }
        if step == .data ? reply.code == 354 : reply.isPositive { return }
        guard reply.code >= 400 else { throw MailFailure.transient("smtp_broken") }
        throw Refused(code: reply.code, failure: SMTPRefusal(step: step, reply: reply).failure)
    }
}

extension Mail {
    /// The message as SMTP transmits it: dots at the beginning of lines doubled, and a single dot at the end (RFC 5321
    /// §4.5.2).
    fileprivate var stuffed: [UInt8] {
        let (point, feed) = (UInt8(ascii: "."), UInt8(ascii: "\n"))
        var stuffed: [UInt8] = []
        stuffed.reserveCapacity(message.count + 64)
        var last = feed
        for byte in message {
            if last == feed, byte == point { stuffed.append(point) }
            stuffed.append(byte)
            last = byte
        }
        if last != feed { stuffed += Array("\r\n".utf8) }
        return stuffed + Array(".\r\n".utf8)
    }
}
