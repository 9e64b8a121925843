package import Clinic

/// One mail, ready to be sent: the same for every channel and, but for its date, for every attempt.
package struct Mail: Sendable {
    package let id: NoticeID
    package let sender: MailAddress
    package let recipient: MailAddress
    /// The message (RFC 5322), lines ended by CR LF.
    package let message: [UInt8]
}

/// A mail before it is written out.
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
    var invitation: Invitation?
}

/// The simplest message there is: one part of plain text. What has only ASCII goes as it is, the rest as
/// quoted-printable (RFC 2045 §6.7); a subject beyond ASCII as encoded words (RFC 2047). With something to say to a
/// calendar it has two parts.
extension Mail {
    /// - Throws: `MailFailure.refused` when a header would hold a control character.
    init(_ draft: Draft, _ settings: MailSettings) throws {
        let text = draft.paragraphs.joined(separator: "\n\n") + "\n"
        let isPlain =
            text.utf8.allSatisfy { $0 < 0x80 } && text.split(separator: "\n").allSatisfy { $0.utf8.count < 900 }
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
        self.init(
            id: draft.id, sender: settings.sender, recipient: draft.recipient,
            message: try draft.invitation.map {
                try Alternatives(
                    headers: headers, text: text.replacing("\n", with: "\r\n"), calendar: $0.text, method: $0.method
                ).composed()
            } ?? Self.plain(text, headers, isPlain: isPlain))
    }

    private static func plain(_ text: String, _ headers: [(String, String)], isPlain: Bool) -> [UInt8] {
        let headers =
            headers + [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Transfer-Encoding", isPlain ? "7bit" : "quoted-printable"),
            ]
        var message: [UInt8] = []
        for (name, value) in headers { message += Array("\(name): \(value)\r\n".utf8) }
        message += Array("\r\n".utf8)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            message += isPlain ? Array(line.utf8) : QuotedPrintable.encode(Array(line.utf8))
            message += Array("\r\n".utf8)
        }
        return message
    }
}
