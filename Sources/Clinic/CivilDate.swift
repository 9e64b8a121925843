/// A date of the calendar without a time or a zone, in ISO 8601's form `2027-05-31`.
package struct CivilDate: RawRepresentable, Hashable, Sendable, Codable, Comparable {
    package let rawValue: String

    /// Nil unless the text is a date that exists in the Gregorian calendar, years 1900 to 2999.
    package init?(rawValue: String) {
        let fields = rawValue.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard fields.map(\.count) == [4, 2, 2], fields.allSatisfy({ $0.allSatisfy(digit.contains) }),
            let year = Int(Substring(fields[0])), let month = Int(Substring(fields[1])),
            let day = Int(Substring(fields[2])), (1900...2999).contains(year), (1...12).contains(month),
            (1...CivilDate.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        self.rawValue = rawValue
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// ISO 8601's dates sort as their text does.
    package static func < (left: CivilDate, right: CivilDate) -> Bool { left.rawValue < right.rawValue }
}
