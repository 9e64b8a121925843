import Testing

@testable import Notifications

@Suite("A refusal is final only when it is about this recipient")
struct RefusalTests {
    private func failure(_ step: SMTPStep, _ text: String) throws -> MailFailure {
        var reader = SMTPReplyReader()
        for byte in "\(text)\r\n".utf8 {
            if let reply = try reader.take(byte) { return SMTPRefusal(step: step, reply: reply).failure }
        }
        throw SMTPReplyReader.Malformed()
    }

    @Test(
        "At RCPT a bad destination or a mailbox that is switched off, after the message whatever is not policy",
        arguments: [
            (.rcpt, "550 5.1.1 User unknown"), (.rcpt, "550 5.1.2 no such domain"), (.rcpt, "550 5.1.10 null MX"),
            (.rcpt, "501 5.1.3 bad address"), (.rcpt, "550 5.2.1 disabled"), (.rcpt, "550 No such user here"),
            (.rcpt, "551 user not local"), (.rcpt, "553 sorry, no mailbox here by that name. (#5.1.1)"),
            (.rcpt, "556 5.1.10 domain takes no mail"), (.rcpt, "550-5.1.1 The account does not\r\n550 5.1.1 exist"),
            (.content, "554 5.6.0 bad message"), (.content, "552 5.3.4 too big"), (.content, "550 rejected"),
        ] as [(SMTPStep, String)])
    func final(step: SMTPStep, reply: String) throws {
        guard case .refused = try failure(step, reply) else {
            Issue.record("not final: \(reply)")
            return
        }
    }

    @Test(
        "What is about us is tried for hours and shown to operators",
        arguments: [
            (.rcpt, "554 5.7.1 Relay access denied"), (.rcpt, "550 5.7.1 Unable to relay"),
            (.rcpt, "550 relay not permitted"), (.rcpt, "554 Relay access denied"), (.rcpt, "550 Blocked by policy"),
            (.rcpt, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
            (.rcpt, "550 5.1.8 sender address rejected"), (.rcpt, "553 5.1.7 sender address"),
            (.rcpt, "550 5.4.1 no route"), (.rcpt, "554 5.3.0 system trouble"), (.rcpt, "503 5.5.1 MAIL first"),
            (.rcpt, "530 5.7.0 authentication required"), (.rcpt, "550 SPF check failed: not permitted"),
            (.mail, "550 5.7.1 sender rejected"), (.mail, "553 5.1.8 sender"), (.mail, "550 5.1.1 odd"),
            (.mail, "552 5.3.4 too big"), (.data, "554 5.7.1 rejected"), (.content, "550 5.7.1 as spam"),
            (.content, "554 5.7.26 unauthenticated"), (.data, "503 5.5.1 no"), (.greeting, "554 no service"),
            (.hello, "550 5.7.1 go away"), (.login, "535 5.7.8 wrong"),
        ] as [(SMTPStep, String)])
    func ours(step: SMTPStep, reply: String) throws {
        guard case .refusesUs = try failure(step, reply) else {
            Issue.record("not about us: \(reply)")
            return
        }
    }

    @Test(
        "What may pass by itself is tried again, and nobody is woken",
        arguments: [
            (.rcpt, "450 4.2.1 busy"), (.rcpt, "552 5.2.2 over quota"), (.rcpt, "552 mailbox full"),
            (.rcpt, "450 4.7.1 greylisted"), (.mail, "451 4.7.0 later"), (.content, "452 4.3.1 full"),
            (.greeting, "421 4.3.2 busy"), (.data, "421 4.4.2 idle"),
        ] as [(SMTPStep, String)])
    func later(step: SMTPStep, reply: String) throws {
        guard case .transient = try failure(step, reply) else {
            Issue.record("not for now: \(reply)")
            return
        }
    }

    @Test("The word for a refusal is one that the table takes, and quotes nothing of what the server said")
    func words() throws {
        for step in [SMTPStep.greeting, .hello, .tls, .login, .mail, .rcpt, .data, .content] {
            for text in ["599 5.999.999 ada@example.org", "550 ADA", "450 9.9.9 x"] {
                let word: String =
                    switch try failure(step, text) {
                    case .refused(let word), .transient(let word), .refusesUs(let word): word
                    }
                #expect(word.wholeMatch(of: /[a-z][a-z0-9_.:-]{0,63}/) != nil && !word.contains("ada"))
            }
        }
    }
}
