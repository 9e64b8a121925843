// The forms of the codes that people write. Whether there is such a code only the reference data know.

/// A code of ICD-10-CM, as `C50.911`.
package enum ConditionCode {
    /// As the database's own check reads it: a letter, a digit, a letter or digit, then up to four behind a dot.
    package static func isCode(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count >= 3, bytes[0].isCapital, bytes[1].isDigit, bytes[2].isCapitalOrDigit else { return false }
        if bytes.count == 3 { return true }
        return (5...8).contains(bytes.count) && bytes[3] == UInt8(ascii: ".")
            && bytes.dropFirst(4).allSatisfy(\.isCapitalOrDigit)
    }

    /// The beginning of a code with its dot, from one character on.
    package static func isPrefix(_ text: String) -> Bool {
        guard let first = text.utf8.first, first.isCapital else { return false }
        return text.utf8.count < 3 ? text.utf8.allSatisfy(\.isCapitalOrDigit) : isCode(text)
    }
}

/// A code of the NUCC's provider taxonomy, as `207RX0202X`.
package enum TaxonomyCode {
    package static func isCode(_ text: String) -> Bool {
        text.utf8.count == 10 && text.utf8.last == UInt8(ascii: "X") && text.utf8.allSatisfy(\.isCapitalOrDigit)
    }
}

extension UInt8 {
    fileprivate var isCapital: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    fileprivate var isCapitalOrDigit: Bool { isCapital || isDigit }
}
