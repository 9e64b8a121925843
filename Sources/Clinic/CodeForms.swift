// The forms of the codes that people write. Whether there is such a code only the reference data know.

/// A BCP 47 tag, as `en` or `es-MX`.
package enum LanguageTag {
    /// The form that tags have here: a primary subtag of two or three letters, then up to three others.
    package static func isTag(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard let primary = parts.first, (2...3).contains(primary.count), primary.allSatisfy(isLetter), parts.count <= 4
        else { return false }
        return parts.dropFirst().allSatisfy { part in
            (2...8).contains(part.count) && part.allSatisfy { isLetter($0) || $0.isDigit }
        }
    }

    package static func check(_ text: String, at pointer: String) throws(FieldRefusal) {
        guard isTag(text) else {
            throw FieldRefusal(pointer, rule: "format", "must be a language tag of BCP 47, as en or es-MX")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte.isCapital || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
}

/// A code of ICD-10-CM, as `C50.911`.
package enum ConditionCode {
    /// As the database's own check reads it.
    package static func isCode(_ text: String) -> Bool { TextForm.conditionCode.matches(text) }

    /// The beginning of a code with its dot, from one character on.
    package static func isPrefix(_ text: String) -> Bool {
        guard let first = text.utf8.first, first.isCapital else { return false }
        return text.utf8.count < 3 ? text.utf8.allSatisfy(\.isCapitalOrDigit) : isCode(text)
    }
}

/// A code of the NUCC's provider taxonomy, as `207RX0202X`.
package enum TaxonomyCode {
    package static func isCode(_ text: String) -> Bool { TextForm.taxonomyCode.matches(text) }
}

extension UInt8 {
    fileprivate var isCapital: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    fileprivate var isCapitalOrDigit: Bool { isCapital || isDigit }
}
