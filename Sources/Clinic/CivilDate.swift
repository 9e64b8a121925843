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
    package var dayNumber: Int { Gregorian.dayNumber(year, month, day) }

    /// ISO 8601: Monday is 1, Sunday 7.
    package var weekday: Int {
        let fromThursday = dayNumber % 7
        return (fromThursday + 10) % 7 + 1
    }

    /// So many days later, or earlier; nil beyond the years 1900 to 2999.
    package func adding(days: Int) -> CivilDate? {
        let (year, month, day) = Gregorian.date(ofDay: dayNumber + days)
        return CivilDate(year: year, month: month, day: day)
    }

    /// ISO 8601's dates sort as their text does.
    package static func < (left: CivilDate, right: CivilDate) -> Bool { left.rawValue < right.rawValue }
}
