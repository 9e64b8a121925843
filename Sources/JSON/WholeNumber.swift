/// The whole number that a JSON number means, whichever way it is spelt: `5`, `5.0` and `5e0` are one (RFC 8259 §6).
package enum WholeNumber: Equatable {
    case value(Int)
    /// It has a part behind the point.
    case fraction
    /// It lies beyond what every JSON reader keeps exactly.
    case tooLarge

    /// The largest: 2^53 - 1 (RFC 8259 §6, RFC 7493 §2.2).
    package static let limit = 9_007_199_254_740_991

    /// - Parameter spelling: a number by the grammar of JSON.
    package init(_ spelling: String) {
        let isNegative = spelling.hasPrefix("-")
        let halves = spelling.drop { $0 == "-" }.split(
            maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { $0 == "e" || $0 == "E" })
        let mantissa = halves[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = mantissa.count == 2 ? mantissa[1] : ""
        var digits = Substring(String(mantissa[0] + fraction)).drop { $0 == "0" }
        guard !digits.isEmpty else {
            self = .value(0)
            return
        }
        var zeros = 0
        while digits.last == "0" {
            digits.removeLast()
            zeros += 1
        }
        // An exponent that is no Int is so long that the number is as small or as large as can be.
        let exponent = halves.count == 2 ? Int(halves[1]) ?? (halves[1].hasPrefix("-") ? Int.min / 2 : Int.max / 2) : 0
        let (scale, overflows) = exponent.addingReportingOverflow(zeros - fraction.utf8.count)
        guard !overflows, scale >= 0 else {
            self = overflows && exponent > 0 ? .tooLarge : .fraction
            return
        }
        guard digits.utf8.count <= 16, scale <= 16 - digits.utf8.count,
            let value = Int(String(digits) + String(repeating: "0", count: scale)), value <= Self.limit
        else {
            self = .tooLarge
            return
        }
        self = .value(isNegative ? -value : value)
    }
}
