/// A mail server's answer to one command (RFC 5321 §4.2).
struct SMTPReply: Equatable {
    /// From 200 to 599.
    let code: Int
    /// The enhanced status code, where the server gave one.
    let status: Status?
    /// The beginning of its text, in lower case, to search for words. It may quote an address, so it is neither stored
    /// nor logged.
    let text: String

    /// RFC 3463: class, subject and detail, as 5.1.1.
    struct Status: Equatable, CustomStringConvertible {
        let severity: Int
        let subject: Int
        let detail: Int

        var description: String { "\(severity).\(subject).\(detail)" }
    }

    var isPositive: Bool { (200...299).contains(code) }
    var isPermanent: Bool { code >= 500 }

    /// The code and the status as a word, as `550_5.1.1`.
    var word: String { status.map { "\(code)_\($0)" } ?? "\(code)" }
}

/// Parses replies byte by byte. The input is not trusted: it is either a reply of bounded size or an error.
struct SMTPReplyReader {
    /// RFC 5321 §4.5.3.1.5 allows 512 octets.
    static let longestLine = 2048
    static let mostLines = 128
    private static let longestText = 512

    /// The input is not a reply.
    struct Malformed: Error {}

    private var line: [UInt8] = []
    private var lines = 0
    private var text: [UInt8] = []

    /// Takes one byte, and returns the reply that ends with it.
    /// - Throws: ``Malformed``; the reader is of no use afterwards.
    mutating func take(_ byte: UInt8) throws(Malformed) -> SMTPReply? {
        guard byte == UInt8(ascii: "\n") else {
            guard line.count < Self.longestLine else { throw Malformed() }
            line.append(byte)
            return nil
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        defer { line.removeAll(keepingCapacity: true) }
        lines += 1
        guard lines <= Self.mostLines, line.count >= 3, let code = Self.number(line[..<3]), (200...599).contains(code)
        else { throw Malformed() }
        let separator = line.count > 3 ? line[3] : UInt8(ascii: " ")
        // Lines are words apart.
        if !text.isEmpty, text.count < Self.longestText { text.append(UInt8(ascii: " ")) }
        text += line.dropFirst(4).prefix(max(0, Self.longestText - text.count))
        switch separator {
        case UInt8(ascii: "-"):
            return nil
        case UInt8(ascii: " "):
            let said = text
            text.removeAll(keepingCapacity: true)
            lines = 0
            return SMTPReply(code: code, status: Self.status(in: said), text: Self.lowercase(said))
        default:
            throw Malformed()
        }
    }

    /// At the beginning (RFC 2034 §4), or anywhere after a `#`, as qmail writes it.
    private static func status(in text: [UInt8]) -> SMTPReply.Status? {
        if let status = status(at: text[...]) { return status }
        guard let sign = text.firstIndex(of: UInt8(ascii: "#")) else { return nil }
        return status(at: text[(sign + 1)...])
    }

    private static func status(at text: ArraySlice<UInt8>) -> SMTPReply.Status? {
        let candidate = text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".") }
        let parts = candidate.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 1, let severity = number(parts[0]), [2, 4, 5].contains(severity),
            let subject = number(parts[1]), let detail = number(parts[2])
        else { return nil }
        return SMTPReply.Status(severity: severity, subject: subject, detail: detail)
    }

    /// Of one to three digits; nil for anything else.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...3).contains(digits.count) else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }

    private static func lowercase(_ text: [UInt8]) -> String {
        String(
            decoding: text.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
