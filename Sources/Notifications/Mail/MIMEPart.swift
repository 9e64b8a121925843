import FoundationEssentials

/// A part of a message (RFC 2045), in ASCII: what it is, how it is encoded, and its lines, each ended by CR LF.
struct MIMEPart {
    private let headers: [(name: String, value: String)]
    private let body: [UInt8]

    /// No line of a part begins with it behind two hyphens: quoted-printable and base64 have no `=_`, and a text with such
    /// a line is encoded.
    private static let boundary = "=_consilium"

    /// A text whose lines are ended by LF. ASCII goes as it is, the rest as quoted-printable (RFC 2045 §6.7).
    static func text(_ text: String) -> MIMEPart {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { Array($0.utf8) }
        // RFC 5322 §2.1.1 allows lines of 998 characters.
        let isPlain = lines.allSatisfy { line in
            line.count < 900 && line.allSatisfy { $0 < 0x80 } && !line.starts(with: "--\(boundary)".utf8)
        }
        return MIMEPart(
            headers: [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Transfer-Encoding", isPlain ? "7bit" : "quoted-printable"),
            ], body: lines.flatMap { (isPlain ? $0 : QuotedPrintable.encode($0)) + Array("\r\n".utf8) })
    }

    /// What is said to a calendar (RFC 6047 §2.4).
    static func calendar(_ message: CalendarMessage) -> MIMEPart {
        let base64 = Data(message.text.utf8).base64EncodedString(
            options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed])
        return MIMEPart(
            headers: [
                ("Content-Type", "text/calendar; charset=utf-8; method=\(message.method)"),
                ("Content-Transfer-Encoding", "base64"),
            ], body: Array("\(base64)\r\n".utf8))
    }

    /// One content in several forms, of which the reader's program takes the last that it knows (RFC 2046 §5.1.4).
    static func alternatives(_ parts: [MIMEPart]) -> MIMEPart {
        MIMEPart(
            headers: [("Content-Type", "multipart/alternative; boundary=\"\(boundary)\"")],
            body: parts.flatMap { Array("--\(boundary)\r\n".utf8) + $0.bytes() + Array("\r\n".utf8) }
                + Array("--\(boundary)--\r\n".utf8))
    }

    /// The part with its headers, and with others before them.
    func bytes(after others: [(name: String, value: String)] = []) -> [UInt8] {
        let headers = (others + headers).map { "\($0.name): \($0.value)\r\n" }.joined()
        return Array("\(headers)\r\n".utf8) + body
    }
}
