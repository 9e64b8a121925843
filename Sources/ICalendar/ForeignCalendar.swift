package import Clinic

/// What is taken from somebody's calendar: when she is busy, and nothing of why or with whom.
package struct ForeignCalendar: Sendable, Equatable {
    package var events: [ForeignEvent] = []
    /// What the document says of the zones that it names, by TZID.
    package var zones: [String: ForeignZone] = [:]
    /// How many events have no times that can be read.
    package var unreadable = 0

    package init() {}
}

/// An event that blocks time.
package struct ForeignEvent: Sendable, Equatable {
    package enum Length: Sendable, Equatable {
        /// An end of its own (DTEND).
        case until(WallMoment)
        /// A duration that is exact.
        case seconds(Int)
        /// Whole days of the wall calendar.
        case days(Int)
    }

    package enum Repetition: Sendable, Equatable {
        case never
        /// RRULE as it was written.
        case rule(String)
        /// It repeats in a way that the document does not say in one readable rule.
        case unclear
    }

    package var start: WallMoment
    package var length: Length
    package var repetition: Repetition = .never
    /// Further occurrences (RDATE).
    package var adding: [WallMoment] = []
    /// Occurrences that do not take place, or elsewhere (EXDATE, RECURRENCE-ID).
    package var excluding: [WallMoment] = []

    package init(start: WallMoment, length: Length) {
        self.start = start
        self.length = length
    }
}

/// What a document says of a zone (VTIMEZONE).
package struct ForeignZone: Sendable, Equatable {
    /// The IANA zone that some programs name beside it (X-LIC-LOCATION).
    package var location: String?
    /// Seconds east of UTC, from the least to the most that its clock ever has.
    package var offsets: ClosedRange<Int>?

    package init(location: String? = nil, offsets: ClosedRange<Int>? = nil) {
        self.location = location
        self.offsets = offsets
    }
}

/// A time as a document writes it (RFC 5545 §3.3.4, §3.3.5).
package struct WallMoment: Sendable, Hashable {
    package enum Zone: Sendable, Hashable {
        case utc
        /// By the clock of whoever looks.
        case floating
        /// By its TZID.
        case named(String)
    }

    package let date: CivilDate
    /// Since midnight by the wall; nil for the date alone.
    package let second: Int?
    package let zone: Zone

    package init(date: CivilDate, second: Int?, zone: Zone) {
        self.date = date
        self.second = second
        self.zone = zone
    }

    /// Reads `20270314`, `20270314T093000` or `20270314T093000Z`; nil for anything else, and for a date or a time that
    /// does not exist. A leap second is the second before it.
    package init?(_ text: some StringProtocol, zone: Zone) {
        let bytes = Array(text.utf8)
        guard bytes.count == 8 || bytes.count == 15 || bytes.count == 16 else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        guard bytes.count > 8 else {
            self.init(date: date, second: nil, zone: .floating)
            return
        }
        guard bytes[8] == UInt8(ascii: "T"), let hour = number(9..<11), let minute = number(11..<13),
            let second = number(13..<15), hour < 24, minute < 60, second <= 60
        else { return nil }
        guard bytes.count == 15 || bytes[15] == UInt8(ascii: "Z") else { return nil }
        self.init(
            date: date, second: hour * 3600 + minute * 60 + min(second, 59),
            zone: bytes.count == 16 ? .utc : zone)
    }
}

/// Why a document is not read at all.
package enum CalendarFault: String, Error, Sendable, Equatable {
    /// It is not a whole iCalendar document.
    case notCalendar = "not_a_calendar"
    /// It holds more, or is nested deeper, than any calendar of a person.
    case tooMuch = "too_much"
}
