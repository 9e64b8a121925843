package import Clinic
package import FoundationEssentials

/// Instants as RFC 3339 writes them. Parsing takes any offset and at most microseconds (what PostgreSQL keeps);
/// writing is always in UTC, with a fraction only when there is one.
package enum RFC3339 {
    /// What is read.
    package static let form = TextForm(
        "^(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
            + "(?:\\.[0-9]{1,6})?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$",
        "an RFC 3339 instant", format: "date-time", isReadByService: true)

    /// Reads `2026-03-01T09:30:00Z` or `2026-03-01T09:30:00.25-05:00`; nil when it is anything else, or a date that
    /// the calendar does not have. A leap second (`:60`) is not taken: PostgreSQL would move it.
    package static func parse(_ text: String) -> Date? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 32 else { return nil }
        func digits(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            return bytes[range].reduce(Int?.some(0)) { sum, byte in
                guard let sum, (0x30...0x39).contains(byte) else { return nil }
                return sum * 10 + Int(byte - 0x30)
            }
        }
        func has(_ character: Unicode.Scalar, at index: Int) -> Bool {
            index < bytes.count && bytes[index] == UInt8(ascii: character)
        }
        guard let year = digits(0..<4), has("-", at: 4), let month = digits(5..<7), has("-", at: 7),
            let day = digits(8..<10), has("T", at: 10) || has("t", at: 10), let hour = digits(11..<13),
            has(":", at: 13), let minute = digits(14..<16), has(":", at: 16), let second = digits(17..<19),
            year >= 1, (1...12).contains(month), (1...days(in: month, of: year)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var index = 19
        var micros = 0
        if has(".", at: index) {
            let start = index + 1
            index = start
            while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
            guard index > start, index - start <= 6, let fraction = digits(start..<index) else { return nil }
            micros = (index - start..<6).reduce(fraction) { value, _ in value * 10 }
        }
        var offset = 0
        if has("Z", at: index) || has("z", at: index) {
            index += 1
        } else {
            guard has("+", at: index) || has("-", at: index), let hours = digits(index + 1..<index + 3),
                has(":", at: index + 3), let minutes = digits(index + 4..<index + 6), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (has("-", at: index) ? -60 : 60)
            index += 6
        }
        guard index == bytes.count else { return nil }
        let whole = Gregorian.dayNumber(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Date(timeIntervalSince1970: Double(whole) + Double(micros) / 1_000_000)
    }

    /// Writes an instant in UTC, such as `2026-03-01T09:30:00Z` or `2026-03-01T09:30:00.25Z`.
    package static func format(_ date: Date) -> String {
        var bytes: [UInt8] = []
        append(date, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// As `format`, at the end of these bytes.
    package static func append(_ date: Date, to bytes: inout [UInt8]) {
        // What lies outside the years that RFC 3339 can write (PostgreSQL's infinity, say) becomes the nearest it can.
        let seconds = min(max(date.timeIntervalSince1970, -62_135_596_800), 253_402_300_799)
        let micros = Int((seconds * 1_000_000).rounded())
        let (whole, fraction) = Gregorian.floorDivide(micros, 1_000_000)
        let (minutes, second) = Gregorian.floorDivide(whole, 60)
        LocalTime(minutes: minutes).append(to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: second / 10))
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: second % 10))
        if fraction > 0 {
            bytes.append(UInt8(ascii: "."))
            var (rest, unit) = (fraction, 100_000)
            while rest > 0 {
                bytes.append(0x30 + UInt8(truncatingIfNeeded: rest / unit))
                rest %= unit
                unit /= 10
            }
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }
}
