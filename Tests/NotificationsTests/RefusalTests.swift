import Testing

@testable import Notifications

@Suite("A refusal is final only when it is about this recipient", .timeLimit(.minutes(5)))
struct RefusalTests {
    private func failure(_ step: SMTPStep, _ text: String) throws -> MailFailure {
        var reader = SMTPReplyReader()
        for byte in "\(text)\r\n".utf8 {
            if let reply = try reader.take(byte) { return SMTPRefusal(step: step, reply: reply).failure }
        }
        throw SMTPReplyReader.Malformed()
    }

    @Test(
        "At RCPT a bad destination or a mailbox that is switched off, after the message one that is too big or unreadable",
        arguments: [
            (.rcpt, "550 5.1.1 User unknown"), (.rcpt, "550 5.1.2 no such domain"), (.rcpt, "550 5.1.10 null MX"),
            (.rcpt, "501 5.1.3 bad address"), (.rcpt, "550 5.2.1 disabled"), (.rcpt, "550 No such user here"),
            (.rcpt, "551 user not local"), (.rcpt, "553 sorry, no mailbox here by that name. (#5.1.1)"),
            (.rcpt, "556 5.1.10 domain takes no mail"), (.rcpt, "550-5.1.1 The account does not\r\n550 5.1.1 exist"),
            (.content, "554 5.6.0 bad message"), (.content, "552 5.3.4 too big"), (.content, "550 rejected"),
            (.content, "550 5.1.1 no such user"), (.content, "550 5.2.1 disabled"), (.content, "552 5.2.3 too long"),
            // Postfix
            (.rcpt, "550 5.1.1 <a@b.org>: Recipient address rejected: User unknown in local recipient table"),
            (.rcpt, "550 5.1.0 <sender@spamblock.org>: Recipient address rejected: undeliverable"),
            (.content, "552 5.3.4 Error: message file too big"),
            // Exchange Online and Outlook
            (.rcpt, "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
            (.rcpt, "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)"),
            (.content, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
            // Gmail
            (.rcpt, "550-5.2.1 The email account that you tried to reach is\r\n550 5.2.1 inactive."),
            (.content, "552-5.2.3 Your message exceeded Google's message size\r\n552 5.2.3 limits."),
            // Exim
            (.rcpt, "550 Unrouteable address"), (.rcpt, "550 <blackwood@police.org>: Unknown user"),
            (.content, "552 Message size exceeds maximum permitted"),
            // Sendmail
            (.rcpt, "550 5.1.1 <a@b.org>... User unknown"), (.rcpt, "550 5.1.2 <a@b.org>... Host unknown"),
            (.rcpt, "550 5.0.0 <a@b.org>... User unknown"), (.content, "554 5.6.0 Message could not be decoded"),
            (.content, "552 5.2.3 Message exceeds maximum fixed size (10240000)"),
            // Yahoo, and Cisco's gateways
            (.content, "554 delivery error: dd This user doesn't have a yahoo.com account (a@yahoo.com) [0]"),
            (.rcpt, "550 #5.1.0 Address rejected."),
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
            (.content, "554 5.3.0 system trouble"), (.content, "550 5.4.1 no route"), (.data, "553 5.1.8 sender"),
            (.content, "550 5.1.0 address rejected"), (.content, "550 5.1.7 sender"),
            (.content, "554 blocked by policy"),
            (.data, "554 5.3.0 system trouble"), (.content, "550 Message rejected as spam"),
            (.content, "550 5.0.0 rejected as spam"), (.content, "554 5.6.0 Content blocked as spam"),
            // Postfix
            (.rcpt, "550 5.1.0 <a@c.org>: Sender address rejected: User unknown in virtual mailbox table"),
            (.rcpt, "550 5.1.7 <a@c.org>: Sender address rejected: undeliverable address: host said: 550"),
            (.rcpt, "556 5.7.27 <a@c.org>: Sender address rejected: Domain c.org does not accept mail (nullMX)"),
            (.rcpt, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"),
            (.rcpt, "554 5.7.1 <a@b.org>: Recipient address rejected: Access denied"),
            (.content, "554 5.4.6 Error: too many hops"), (.data, "554 5.5.1 Error: no valid recipients"),
            // Exchange Online
            (.rcpt, "550 5.7.606 Access denied, banned sending IP [192.0.2.1]"),
            (.content, "550 5.1.8 Access denied, bad outbound sender AS(41812)"),
            (.content, "550 5.4.1 Recipient address rejected: Access denied."),
            // Gmail
            (.content, "550-5.7.26 This mail has been blocked because the sender is\r\n550 5.7.26 unauthenticated."),
            (.content, "550 5.4.5 Daily user sending quota exceeded."),
            (.content, "552 5.7.0 This message was blocked because its content presents a potential"),
            // Exim
            (.rcpt, "550-Verification failed for <a@c.org>\r\n550-Called: 192.0.2.2\r\n550 Sender verify failed"),
            (.rcpt, "550 Administrative prohibition"), (.content, "550 Administrative prohibition"),
            (.content, "550 This message scored 12.1 points. It was classified as spam"),
            // Sendmail
            (.rcpt, "550 5.7.1 <a@b.org>... Relaying denied. Proper authentication required."),
            (.rcpt, "553 5.1.8 <a@c.org>... Domain of sender address a@c.org does not exist"),
            (.content, "554 5.3.5 Local configuration error"),
            // Yahoo
            (.content, "554 Message not allowed - [299]"),
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
            (.greeting, "421 4.3.2 busy"), (.data, "421 4.4.2 idle"), (.content, "552 5.2.2 over quota"),
            (.content, "554 5.2.0 mailbox trouble"), (.data, "552 5.2.2 over quota"), (.content, "552 Mailbox full"),
            (.rcpt, "552-5.2.2 The recipient's inbox is out of storage space\r\n552 5.2.2 and inactive."),
            (.content, "554 5.2.122 The recipient has exceeded their limit for messages an hour"),
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
