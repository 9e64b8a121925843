// The forms of codes. Whether a code exists only the reference data know.

/// A code of ICD-10-CM, as `C50.911`.
package enum ConditionCode {
    /// As the database checks it.
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
