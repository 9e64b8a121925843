/// Wall-clock time without a zone: a date and a time of day to the minute, in ISO 8601's form `2027-03-14T09:30`.
package struct LocalTime: Hashable, Sendable, CustomStringConvertible {
    private let minutes: Int

    /// - Parameter minutes: since 1970-01-01T00:00 of wall-clock time.
    package init(minutes: Int) { self.minutes = minutes }

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

    /// Appends it to these bytes.
    package func append(to bytes: inout [UInt8]) {
        let (day, minute) = Gregorian.floorDivide(minutes, 1440)
        let date = Gregorian.date(ofDay: day)
        /// Two digits.
        func put(_ number: Int, in text: inout OutputSpan<UInt8>) {
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10))
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
        }
        bytes.append(addingCapacity: 16) { text in
            put(date.year / 100, in: &text)
            put(date.year % 100, in: &text)
            text.append(UInt8(ascii: "-"))
            put(date.month, in: &text)
            text.append(UInt8(ascii: "-"))
            put(date.day, in: &text)
            text.append(UInt8(ascii: "T"))
            put(minute / 60, in: &text)
            text.append(UInt8(ascii: ":"))
            put(minute % 60, in: &text)
        }
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
