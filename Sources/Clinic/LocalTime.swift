/// What a clock on the wall shows, without saying where it hangs: a date and a time of day to the minute, in ISO 8601's
/// form `2027-03-14T09:30`.
package struct LocalTime: Hashable, Sendable, CustomStringConvertible {
    /// Since 1970-01-01T00:00 on that clock.
    private let minutes: Int

    init(minutes: Int) { self.minutes = minutes }

    /// Nil unless it is a time of that form on a date that exists, years 1900 to 2999.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "T"), omittingEmptySubsequences: false)
        guard parts.count == 2, let date = CivilDate(rawValue: String(Substring(parts[0]))) else { return nil }
        let fields = parts[1].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard fields.map(\.count) == [2, 2], fields.allSatisfy({ $0.allSatisfy(digit.contains) }),
            let hour = Int(Substring(fields[0])), let minute = Int(Substring(fields[1])), hour < 24, minute < 60
        else { return nil }
        minutes = date.dayNumber * 1440 + hour * 60 + minute
    }

    package func adding(minutes more: Int) -> LocalTime { LocalTime(minutes: minutes + more) }

    package var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes it at the end of these bytes.
    package func append(to bytes: inout [UInt8]) {
        let (day, minute) = Gregorian.floorDivide(minutes, 1440)
        let date = Gregorian.date(ofDay: day)
        func pad(_ number: Int, from unit: Int, then mark: UInt8?) {
            var unit = unit
            while unit > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / unit % 10))
                unit /= 10
            }
            if let mark { bytes.append(mark) }
        }
        pad(date.year, from: 1000, then: UInt8(ascii: "-"))
        pad(date.month, from: 10, then: UInt8(ascii: "-"))
        pad(date.day, from: 10, then: UInt8(ascii: "T"))
        pad(minute / 60, from: 10, then: UInt8(ascii: ":"))
        pad(minute % 60, from: 10, then: nil)
    }
}

extension LocalTime: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let time = LocalTime(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a time as 2027-03-14T09:30")
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
