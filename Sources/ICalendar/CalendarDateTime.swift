import Clinic

/// A date or a local time as a document writes it (RFC 5545 §3.3.4, §3.3.5).
package struct CalendarDateTime: Sendable, Hashable {
    package enum Zone: Sendable, Hashable {
        case utc
        /// By the clock of the reader.
        case floating
        /// By its TZID.
        case named(String)
        /// Seconds east of UTC, which some programs write after the time.
        case offset(Int)
    }

    /// Days since 1970-01-01.
    package let day: Int
    /// Since midnight by the clock; nil for a date.
    package let second: Int?
    package let zone: Zone

    package init(day: Int, second: Int?, zone: Zone) {
        self.day = day
        self.second = second
        self.zone = zone
    }

    package var isDate: Bool { second == nil }

    /// Local time, in seconds since 1970-01-01 00:00 of the same clock. A date is its midnight.
    package var local: Int { day * 86_400 + (second ?? 0) }

    /// In ISO 8601, without a zone: `2026-12-24` or `2026-12-24T09:00:00`.
    package var text: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (year, month, day) = Gregorian.date(ofDay: day)
        let date = "\(String("000\(year)".suffix(max(4, "\(year)".count))))-\(two(month))-\(two(day))"
        guard let second else { return date }
        return "\(date)T\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
    }

    /// Reads `20270314`, `20270314T093000` or `20270314T093000Z`. It also reads `20270314T240000` (the end of the day),
    /// `20270314T0930`, `2027-03-14T09:30:00` and `20270314T093000-0500`. Nil for anything else, and for a date or a time that
    /// does not exist. A leap second is read as the second before it.
    package init?(_ text: some StringProtocol, zone: Zone) {
        var bytes = Array(text.utf8)
        let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
        // The extended form of ISO 8601 has dashes.
        if bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") {
            bytes = Array(bytes[0..<4] + bytes[5..<7] + bytes[8...]).filter { $0 != UInt8(ascii: ":") }
        }
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count, bytes[range].allSatisfy(digit.contains) else { return nil }
            return bytes[range].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
            (1...12).contains(month), (1...CivilDate.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        let date = Gregorian.dayNumber(year, month, day)
        guard bytes.count > 8 else {
            self.init(day: date, second: nil, zone: .floating)
            return
        }
        guard bytes[8] == UInt8(ascii: "T") || bytes[8] == UInt8(ascii: "t"), let hour = number(9..<11),
            let minute = number(11..<13), hour < 24 && minute < 60 || hour == 24 && minute == 0
        else { return nil }
        let second = number(13..<15)
        guard second ?? 0 <= 60, hour < 24 || second ?? 0 == 0 else { return nil }
        var rest = bytes[(second == nil ? 13 : 15)...]
        // Some programs write fractions of a second.
        if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst().drop(while: digit.contains) }
        let zoned: Zone
        switch rest.first {
        case nil: zoned = zone
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            guard rest.count == 1 else { return nil }
            zoned = .utc
        default:
            guard let offset = UTCOffset.seconds(String(decoding: rest, as: UTF8.self)) else { return nil }
            zoned = .offset(offset)
        }
        self.init(
            day: hour == 24 ? date + 1 : date, second: hour % 24 * 3600 + minute * 60 + min(second ?? 0, 59),
            zone: zoned)
    }
}

/// The times of a property, by its parameters.
extension CalendarDateTime {
    init?(_ line: ContentLine) {
        self.init(line, value: line.value[...])
    }

    /// - Parameter value: one value of the line's list.
    init?(_ line: ContentLine, value: Substring) {
        guard let moment = CalendarDateTime(value.unpadded, zone: line.zone) else { return nil }
        // VALUE=DATE makes it a date, even if a time follows.
        self =
            line["VALUE"]?.uppercased() == "DATE"
            ? CalendarDateTime(day: moment.day, second: nil, zone: .floating) : moment
    }
}

/// An offset from UTC (RFC 5545 §3.3.14).
package enum UTCOffset {
    /// `-0500`, `+053045` or `+05:30`, within a day, in seconds east of UTC; nil for anything else.
    package static func seconds(_ text: some StringProtocol) -> Int? {
        guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
        let digits = text.dropFirst().filter { $0 != ":" }
        guard digits.count == 4 || digits.count == 6, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return nil
        }
        let fields = digits.compactMap(\.wholeNumberValue)
        let hours = fields[0] * 10 + fields[1]
        let minutes = fields[2] * 10 + fields[3]
        let seconds = fields.count == 6 ? fields[4] * 10 + fields[5] : 0
        guard hours < 24, minutes < 60, seconds < 60 else { return nil }
        return (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds)
    }
}
