import Postgres

/// One connection to a mail server, for one mail at a time, on a thread of its own: what is said on it blocks until the
/// server has answered, and Swift's cooperative threads must not.
actor SMTPConnection {
    private nonisolated let thread = BlockingThread("mail")
    private let settings: SMTPSettings
    private var wire: SMTPWire?
    /// Whether the last mail was refused in the middle, and what was said of it still stands.
    private var isDirty = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ settings: SMTPSettings) {
        self.settings = settings
    }

    /// Sends one mail, over the connection that stands or over a new one. The last look is taken when the server has
    /// said that it waits for the message (354), so that nothing comes between it and the message's first byte.
    /// - Throws: `MailFailure`, `CancellationError`, whatever the last look throws.
    func send(_ mail: Mail, _ givingUp: GivingUp, _ mayGo: MailChannel.LastLook) async throws {
        let deadline = ContinuousClock.now + settings.deadline
        do {
            try begin(mail, until: deadline, givingUp)
            try await mayGo()
            try end(mail, until: deadline, givingUp)
        } catch let refusal as Refused {
            isDirty = true
            throw refusal.failure
        } catch {
            // It ends in the middle of something. A server drops a message whose end it has not seen (RFC 5321 §4.1.1.4).
            wire = nil
            throw error
        }
    }

    /// Takes leave of the server, which need not answer.
    func quit() {
        let deadline = ContinuousClock.now + settings.leave
        _ = try? wire?.ask("QUIT", until: deadline, GivingUp())
        wire = nil
    }

    /// A clean no: the dialogue can go on with another mail.
    private struct Refused: Error {
        let code: Int
        let failure: MailFailure
    }

    /// Up to the server's word that it waits for the message.
    private func begin(_ mail: Mail, until deadline: ContinuousClock.Instant, _ givingUp: GivingUp) throws {
        try ready(mail, until: deadline, givingUp)
        try ask("RCPT TO:<\(mail.recipient.text)>", .rcpt, until: deadline, givingUp)
        try ask("DATA", .data, until: deadline, givingUp)
    }

    /// Up to MAIL, over a new connection where the old one has gone meanwhile.
    private func ready(_ mail: Mail, until deadline: ContinuousClock.Instant, _ givingUp: GivingUp) throws {
        let command = "MAIL FROM:<\(mail.sender.text)>"
        if wire?.isStale() == true { wire = nil }
        if isDirty, (try? wire?.ask("RSET", until: deadline, givingUp))?.isPositive != true { wire = nil }
        isDirty = false
        if wire != nil {
            do {
                return try ask(command, .mail, until: deadline, givingUp)
            } catch MailFailure.transient("smtp_broken") {
                wire = nil
            } catch let refusal as Refused where refusal.code == 421 {
                wire = nil
            }
        }
        wire = try SMTPWire(settings, name: mail.sender.domain, until: deadline, givingUp)
        try ask(command, .mail, until: deadline, givingUp)
    }

    private func end(_ mail: Mail, until deadline: ContinuousClock.Instant, _ givingUp: GivingUp) throws {
        try wire?.say(mail.stuffed, until: deadline, givingUp)
        // Whoever gives up now does not hear what became of the mail, and it is sent again: the answer is worth a while.
        let limit = ContinuousClock.now + settings.takingOver
        try expect(.content, wire?.reply(until: limit, givingUp, grace: .seconds(5)))
    }

    private func ask(
        _ command: String, _ step: SMTPStep, until deadline: ContinuousClock.Instant, _ givingUp: GivingUp
    ) throws {
        try expect(step, wire?.ask(command, until: deadline, givingUp))
    }

    /// - Throws: `Refused`; `MailFailure.transient` where the reply is neither yes nor no.
    private func expect(_ step: SMTPStep, _ reply: SMTPReply?) throws {
        guard let reply else { throw MailFailure.transient("smtp_broken") }
        if step == .data ? reply.code == 354 : reply.isPositive { return }
        guard reply.code >= 400 else { throw MailFailure.transient("smtp_broken") }
        throw Refused(code: reply.code, failure: SMTPRefusal(step: step, reply: reply).failure)
    }
}

extension Mail {
    /// The message as it stands on the wire: points at the beginning of lines doubled, and a lone one at the end (RFC
    /// 5321 §4.5.2).
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
