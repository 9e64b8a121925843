/// The step at which a server refused (RFC 5321 §3.3).
enum SMTPStep: String {
    /// The greeting, EHLO, STARTTLS and AUTH, before any mail.
    case greeting, hello, tls, login
    case mail, rcpt, data
    /// The end of the message.
    case content
}

/// A server's refusal of one step.
struct SMTPRefusal {
    let step: SMTPStep
    let reply: SMTPReply

    /// What the refusal means for further attempts.
    ///
    /// A transient refusal is tried again (RFC 5321 §4.2.1). A permanent one ends the attempts only when it is about this
    /// recipient or this message: at RCPT a bad destination (RFC 3463 §3.2: 5.1.x, but not 5.1.7 and 5.1.8, which are about
    /// the sender) or a disabled mailbox (5.2.1); after the message one that is too big (5.2.3, 5.3.4) or that cannot be
    /// read (5.6.x). A full mailbox may have space later. Everything else (the greeting, MAIL FROM, 5.7.x, a denied
    /// relay, failing systems and routes) is about us or about the servers in between.
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
        case .greeting, .hello, .tls, .login, .mail: return .ours
        case .rcpt: return verdictOnRecipient
        case .data, .content: return verdictOnMessage
        }
    }

    /// Servers may delay a refusal of the sender until RCPT (Postfix, `smtpd_delay_reject`).
    private var verdictOnRecipient: Verdict {
        switch meaning {
        case (1, 7)?, (1, 8)?: .ours
        // Any other fault of an address, the sender's or the recipient's.
        case (1, 0)?: speaksOfUs ? .ours : .final
        case (1, _)?, (2, 1)?: .final
        // A full mailbox, or one that accepts no message of this size, may accept it later.
        case (2, _)?: .later
        // Exchange Online and Outlook answer so when there is no such mailbox.
        case (4, 1)?, (5, 0)?: speaksOfRecipient ? .final : .ours
        case .some: .ours
        case nil:
            // 550, 551 and 553 are about the mailbox and 556 is about its domain (RFC 7504 §4), unless the text is about us.
            switch reply.code {
            case 550, 551, 553: speaksOfUs ? .ours : .final
            case 556: .final
            case 552: .later
            default: .ours
            }
        }
    }

    /// At DATA and at the end of the message. The recipient was accepted before, so a fault of an address (5.1.0) is the
    /// sender's.
    private var verdictOnMessage: Verdict {
        switch meaning {
        case (1, 0)?, (1, 7)?, (1, 8)?, (4, _)?, (7, _)?: .ours
        case (5, _)?: speaksOfRecipient ? .final : .ours
        case (2, 1)?, (2, 3)?, (3, 4)?: .final
        case (2, _)?: .later
        case (3, _)?: .ours
        // Any other fault of the content. Some filters that refuse us answer so.
        case (6, 0)?: speaksOfUs ? .ours : .final
        case .some: .final
        case nil:
            // RFC 5321 §4.2.3 has one code for a mailbox without room and for a message that is too big.
            if speaksOfSize { .final } else if speaksOfUs { .ours } else { reply.code == 552 ? .later : .final }
        }
    }

    /// The enhanced status's subject and detail; nil without one, and for 5.0.x, which has no meaning but the class (RFC
    /// 3463 §3.1).
    private var meaning: (subject: Int, detail: Int)? {
        guard let status = reply.status, status.subject != 0 else { return nil }
        return (status.subject, status.detail)
    }

    private var speaksOfUs: Bool { says(Self.wordsAboutUs) }
    private var speaksOfRecipient: Bool { says(Self.wordsAboutRecipient) }
    private var speaksOfSize: Bool { says(Self.wordsAboutSize) }

    /// Ignores quoted addresses, which may contain any word.
    private func says(_ words: [String]) -> Bool {
        let said = reply.text.split { " <>".contains($0) }.filter { !$0.contains("@") }.joined(separator: " ")
        return words.contains { said.contains($0) }
    }

    private static let wordsAboutUs = [
        "relay", "rcpthosts", "polic", "block", "black", "spam", "denied", "authenti", "permitted", "not allowed",
        "prohibit", "banned", "reputation", "sender", "unsolicited", "abuse", "dmarc", "dkim", "client host", "your ip",
        "reverse dns", "ptr record",
    ]
    private static let wordsAboutRecipient = [
        "recipient address rejected", "mailbox unavailable", "user unknown", "unknown user", "no such user",
    ]
    private static let wordsAboutSize = ["message size", "too large", "too big"]
}

extension MailFailure {
    /// How the words of all refusals that are about us begin; `job_backlog` counts by it.
    static let refusesUsWord = "smtp_refuses_us"
}
