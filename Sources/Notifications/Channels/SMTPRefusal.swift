/// Where in the dialogue of one mail a server refused (RFC 5321 §3.3).
enum SMTPStep: String {
    /// The greeting, EHLO, STARTTLS and AUTH: nothing was said of any mail.
    case greeting, hello, tls, login
    case mail, rcpt, data
    /// The end of the message.
    case content
}

/// A server's no to one step.
struct SMTPRefusal {
    let step: SMTPStep
    let reply: SMTPReply

    /// What the refusal says about further attempts.
    ///
    /// What fails for now is tried again (RFC 5321 §4.2.1). Of what fails for good only that is final which is about this
    /// recipient or this message: at RCPT a bad destination (RFC 3463 §3.2: 5.1.x, but for the sender's own addresses
    /// 5.1.7 and 5.1.8) or a mailbox that is switched off (5.2.1), and a message that was refused for anything but
    /// policy. Everything else (the greeting, MAIL FROM, 5.7.x, a relay that is denied) is about us.
    var failure: MailFailure {
        let word = "\(step.rawValue)_\(reply.word)"
        guard reply.isPermanent else { return .transient("smtp_\(word)") }
        switch verdict {
        case .final: return .refused("smtp_\(word)")
        case .later: return .transient("smtp_\(word)")
        case .ours: return .refusesUs("\(MailFailure.refusesUsWord):\(word)")
        }
    }

    private enum Verdict { case final, later, ours }

    private var verdict: Verdict {
        // A protocol error, or a demand to sign in or to encrypt (RFC 5321 §4.2.2, RFC 4954 §6, RFC 7504 §3).
        if [500, 502, 503, 504, 521, 530, 534, 535, 538, 555].contains(reply.code) { return .ours }
        switch step {
        case .greeting, .hello, .tls, .login, .mail:
            return .ours
        case .rcpt:
            return verdictOnRecipient
        case .data, .content:
            return reply.status?.subject == 7 ? .ours : .final
        }
    }

    private var verdictOnRecipient: Verdict {
        switch (reply.status?.subject, reply.status?.detail) {
        case (1, 7), (1, 8): return .ours
        case (1, _), (2, 1): return .final
        // A full mailbox, or one that takes no message of this size, may take one later.
        case (2, _): return .later
        case (.some, _): return .ours
        case (nil, _):
            // Without an enhanced code these three speak of the mailbox, and 556 of its domain (RFC 7504 §4); unless the
            // words speak of us.
            let speaksOfUs = Self.wordsAboutUs.contains { reply.text.contains($0) }
            switch reply.code {
            case 550, 551, 553: return speaksOfUs ? .ours : .final
            case 556: return .final
            case 552: return .later
            default: return .ours
            }
        }
    }

    private static let wordsAboutUs = [
        "relay", "rcpthosts", "polic", "block", "black", "spam", "denied", "authenti", "permitted", "not allowed",
        "banned", "reputation", "sender",
    ]
}

extension MailFailure {
    /// What the words of all refusals begin with that are about us: `job_backlog` counts by it.
    static let refusesUsWord = "smtp_refuses_us"
}
