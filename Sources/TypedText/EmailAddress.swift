package import Clinic

/// An e-mail address as it is compared, kept and written to: trimmed, in lower case on both sides of the `@`, in ASCII.
///
/// The form is what mail servers take unquoted (RFC 5321 §4.1.2); anything that could end a header or hold a second
/// address is refused. A domain beyond ASCII becomes its A-labels (RFC 5891, UTS #46), so that its two spellings are one
/// address, which every server takes. What stands before the `@` must be ASCII: a server without SMTPUTF8 (RFC 6531)
/// takes no other, and a mail to it would never leave.
package struct EmailAddress: Sendable, Hashable {
    package let text: String

    /// RFC 5321's path (§4.5.3.1.3) less its brackets, in bytes.
    private static let longest = 254
    /// What is written about it; capitals, blanks around it, and a domain beyond ASCII are taken too.
    package static let rule = TextRule.form(.email, length: 3...longest)

    /// - Throws: `FieldRefusal` that names the rule.
    package init(_ raw: String, at pointer: String = "/email") throws(FieldRefusal) {
        let tooLong = FieldRefusal(pointer, rule: "max_length", "must have at most \(Self.longest) bytes")
        // A longer text is not worth converting.
        guard raw.utf8.count <= 1024 else { throw tooLong }
        let typed = raw.trimmed
        guard !typed.isEmpty else { throw FieldRefusal(pointer, rule: "not_blank", "must not be blank") }
        let halves = typed.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false).map { String($0) }
        let malformed = FieldRefusal(pointer, rule: "format", "must be an e-mail address, as name@example.org")
        guard halves.count == 2 else { throw malformed }
        // As typed: some letters beyond ASCII have a small form within it.
        guard halves[0].utf8.allSatisfy({ $0 < 0x80 }) else {
            throw FieldRefusal(
                pointer, rule: "ascii",
                "must have letters without accents, digits and signs alone before the @: a mail to another cannot be sent"
            )
        }
        let local = halves[0].lowercased()
        guard Self.isLocalPart(local), let domain = DomainName.ascii(halves[1]), Self.isDomain(domain) else {
            throw malformed
        }
        let text = "\(local)@\(domain)"
        guard text.utf8.count <= Self.longest else { throw tooLong }
        self.text = text
    }

    /// The part before the `@`.
    package var localPart: String { String(text.prefix { $0 != "@" }) }

    /// The address, and with its domain as people write it where that is another.
    package var spellings: Set<String> {
        let domain = String(text.dropFirst(localPart.count + 1))
        return [text, "\(localPart)@\(DomainName.unicode(domain) ?? domain)"]
    }

    /// Dot-atoms: no dot at either end, none doubled.
    private static func isLocalPart(_ text: String) -> Bool {
        text.utf8.count <= 64
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
                !atom.isEmpty && atom.utf8.allSatisfy { isWordLike($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
            }
    }

    private static func isDomain(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { isWordLike($0) || $0 == UInt8(ascii: "-") }
            }
    }

    private static func isWordLike(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
