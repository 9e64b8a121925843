/// An e-mail address that is safe in an SMTP command: `local@domain` of printable ASCII without spaces, quotes or
/// angle brackets, at most 254 characters (RFC 5321 §4.5.3.1.3). A line break in it would begin a command of its own.
package struct MailAddress: Hashable, Sendable {
    package let text: String

    /// Nil for anything else.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        let forbidden = Array("<>\"\\,;:()[] ".utf8)
        guard parts.count == 2, !parts[0].isEmpty, parts[1].count > 1, text.utf8.count <= 254,
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !forbidden.contains($0) })
        else { return nil }
        self.text = text
    }

    /// What follows the `@`.
    package var domain: String { String(text[text.index(after: text.lastIndex(of: "@") ?? text.startIndex)...]) }
}
