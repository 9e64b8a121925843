package import Clinic

/// One mail, ready to be sent: the same for every channel and, except for its date, for every attempt.
package struct Mail: Sendable {
    package let id: NoticeID
    package let sender: MailAddress
    package let recipient: MailAddress
    /// The message (RFC 5322), lines ended by CR LF.
    package let message: [UInt8]
}

/// What a mail is composed of.
struct Draft {
    var id: NoticeID
    var recipient: MailAddress
    var subject: String
    var paragraphs: [String]
    /// Where the recipient turns such mails off; nil for those that cannot be turned off.
    var unsubscribe: String?
    /// RFC 5322 §3.3, as `Sun, 22 Nov 2026 16:21:42 +0000`.
    var date: String
    /// What the mail says to the recipient's calendar.
    var calendar: CalendarMessage?
}

extension Mail {
    /// One part of plain text; with something to say to a calendar, two alternatives.
    /// - Throws: `MailFailure.refused` when a header would hold a control character.
    init(_ draft: Draft, _ settings: MailSettings) throws {
        let from =
            settings.senderName.isEmpty
            ? settings.sender.text : "\(settings.senderName) <\(settings.sender.text)>"
        var headers = [
            ("Date", draft.date), ("From", from), ("To", draft.recipient.text),
            ("Subject", EncodedWords.encode(draft.subject)),
            ("Message-ID", "<\(draft.id)@\(settings.sender.domain)>"),
            // RFC 3834: no vacation reply to this.
            ("Auto-Submitted", "auto-generated"),
        ]
        if let unsubscribe = draft.unsubscribe { headers.append(("List-Unsubscribe", "<\(unsubscribe)>")) }
        headers.append(("MIME-Version", "1.0"))
        // A folded line (CR LF and a space) is the encoder's own; nothing else below a space may pass.
        for (_, value) in headers
        where value.replacing("\r\n ", with: "").unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
        {
            throw MailFailure.refused("header")
        }
        let text = MIMEPart.text(draft.paragraphs.joined(separator: "\n\n") + "\n")
        let content = draft.calendar.map { MIMEPart.alternatives([text, .calendar($0)]) } ?? text
        self.init(
            id: draft.id, sender: settings.sender, recipient: draft.recipient,
            message: content.bytes(after: headers))
    }
}
