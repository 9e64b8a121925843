/// A date of the calendar without a time or a zone, in ISO 8601's form `2027-05-31`.
package struct CivilDate: RawRepresentable, Hashable, Sendable, Codable, Comparable {
    package let rawValue: String

    /// Nil unless the text is a date that exists in the Gregorian calendar, years 1900 to 2999.
    package init?(rawValue: String) {
        let fields = rawValue.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard fields.map(\.count) == [4, 2, 2], fields.allSatisfy({ $0.allSatisfy(digit.contains) }),
            let year = Int(Substring(fields[0])), let month = Int(Substring(fields[1])),
            let day = Int(Substring(fields[2])), Self.exists(year, month, day)
        else { return nil }
        self.rawValue = rawValue
    }

    /// Nil unless it is a date that exists, years 1900 to 2999.
    package init?(year: Int, month: Int, day: Int) {
        guard Self.exists(year, month, day) else { return nil }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        rawValue = "\(year)-\(two(month))-\(two(day))"
    }

    private static func exists(_ year: Int, _ month: Int, _ day: Int) -> Bool {
        (1900...2999).contains(year) && (1...12).contains(month) && (1...days(inMonth: month, of: year)).contains(day)
    }

    /// How many days a month has, 1 to 12.
    package static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    package var year: Int { number(0..<4) }
    package var month: Int { number(5..<7) }
    package var day: Int { number(8..<10) }

    /// The text is ASCII, of ten bytes.
    private func number(_ places: Range<Int>) -> Int {
        rawValue.utf8.dropFirst(places.lowerBound).prefix(places.count)
            .reduce(0) { $0 * 10 + Int($1) - Int(UInt8(ascii: "0")) }
    }

    /// Days since 1970-01-01 by the Gregorian calendar.
    package var dayNumber: Int {
        // Years that begin in March, so that the leap day is the last; an era has 400 of them.
        let marchYear = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let (era, yearOfEra) = (marchYear / 400, marchYear % 400)
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// ISO 8601: Monday is 1, Sunday 7.
    package var weekday: Int {
        let fromThursday = dayNumber % 7
        return (fromThursday + 10) % 7 + 1
    }

    /// So many days later, or earlier; nil beyond the years 1900 to 2999.
    package func adding(days: Int) -> CivilDate? {
        let number = dayNumber + days + 719_468
        guard number >= 0 else { return nil }
        let (era, dayOfEra) = (number / 146_097, number % 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        return CivilDate(
            year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * fromMarch + 2) / 5 + 1)
    }

    /// ISO 8601's dates sort as their text does.
    package static func < (left: CivilDate, right: CivilDate) -> Bool { left.rawValue < right.rawValue }
}
