package import Clinic

/// An e-mail address as the house compares it: trimmed, in lower case on both sides of the `@`, composed (NFC).
///
/// The form is what mail servers take unquoted (RFC 5321 §4.1.2, RFC 6531 for letters beyond ASCII); anything that
/// could end a header or hold a second address is refused.
package struct EmailAddress: Sendable, Hashable {
    package let text: String

    /// RFC 5321's path (§4.5.3.1.3) less its brackets, in bytes.
    private static let longest = 254
    /// What is written about it; capitals, and blanks around it, are taken too.
    package static let rule = TextRule.form(.email, length: 3...longest)

    /// - Throws: `FieldRefusal` that names the rule.
    package init(_ raw: String, at pointer: String = "/email") throws(FieldRefusal) {
        let tooLong = FieldRefusal(pointer, rule: "max_length", "must have at most \(Self.longest) bytes")
        // A longer text is not worth normalising.
        guard raw.utf8.count <= 1024 else { throw tooLong }
        let scalars = raw.composed.lowercased().composed.unicodeScalars
        let isBlank: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace }
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { throw FieldRefusal(pointer, rule: "not_blank", "must not be blank") }
        let text = String(scalars[first...last])
        guard text.utf8.count <= Self.longest else { throw tooLong }
        let halves = text.split(separator: "@", omittingEmptySubsequences: false)
        guard halves.count == 2, Self.isLocalPart(halves[0]), Self.isDomain(halves[1]) else {
            throw FieldRefusal(pointer, rule: "format", "must be an e-mail address, as name@example.org")
        }
        self.text = text
    }

    /// The part before the `@`.
    var localPart: String { String(text.prefix { $0 != "@" }) }

    /// Dot-atoms: no dot at either end, none doubled.
    private static func isLocalPart(_ text: Substring) -> Bool {
        let atoms = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 64
            && atoms.allSatisfy { atom in
                !atom.isEmpty
                    && atom.unicodeScalars.allSatisfy {
                        isWordLike($0) || "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains($0)
                    }
            }
    }

    private static func isDomain(_ text: Substring) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.unicodeScalars.allSatisfy { isWordLike($0) || $0 == "-" }
            }
    }

    private static func isWordLike(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) }
        let category = scalar.properties.generalCategory
        return scalar.properties.isAlphabetic || category == .decimalNumber || category == .nonspacingMark
    }
}
