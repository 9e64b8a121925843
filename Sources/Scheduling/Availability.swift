import Clinic

/// When a specialist can be booked: wall times in her zone (P12). Her time off and what is booked come off it.
package struct Availability: Codable, Sendable, Hashable {
    /// An IANA zone that the system's tzdata knows.
    package let timeZone: String
    package let weekly: [WeeklyHours]
    /// Dates that have other hours than their weekday, or none.
    package let exceptions: [DatedHours]

    package init(timeZone: String, weekly: [WeeklyHours], exceptions: [DatedHours]) {
        self.timeZone = timeZone
        self.weekly = weekly
        self.exceptions = exceptions
    }
}

/// Hours on every such weekday.
package struct WeeklyHours: Codable, Sendable, Hashable {
    /// ISO 8601: Monday is 1, Sunday 7.
    package let weekday: Int
    /// As `09:00`.
    package let starts: String
    /// As `17:30`; `24:00` is the end of the day.
    package let ends: String

    package init(weekday: Int, starts: String, ends: String) {
        self.weekday = weekday
        self.starts = starts
        self.ends = ends
    }
}

/// What replaces the weekly hours of one date; no hours for a day off.
package struct DatedHours: Codable, Sendable, Hashable {
    /// As `2027-05-31`.
    package let date: String
    package let hours: [HoursOfDay]

    package init(date: String, hours: [HoursOfDay]) {
        self.date = date
        self.hours = hours
    }
}

/// From one wall time to a later one of the same day.
package struct HoursOfDay: Codable, Sendable, Hashable {
    package let starts: String
    package let ends: String

    package init(starts: String, ends: String) {
        self.starts = starts
        self.ends = ends
    }
}

/// What an edit of the availability left: the new state, and what it does not touch but leaves outside.
package struct AvailabilityChange: Codable, Sendable, Hashable {
    package let timeZone: String
    package let weekly: [WeeklyHours]
    package let exceptions: [DatedHours]
    /// Booked consults to come that these hours no longer cover: they stand until somebody moves them.
    package let outside: [Appointment]

    package init(_ availability: Availability, outside: [Appointment]) {
        timeZone = availability.timeZone
        weekly = availability.weekly
        exceptions = availability.exceptions
        self.outside = outside
    }
}

extension Availability {
    /// The most intervals a week, and the most dated exceptions.
    package static let mostWeekly = 100
    package static let mostExceptions = 400

    /// Checks everything but the zone, which only the database knows.
    /// - Throws: `FieldRefusal`, naming the place.
    func check() throws(FieldRefusal) {
        guard weekly.count <= Self.mostWeekly else {
            throw FieldRefusal("/weekly", rule: "max_items", "must have at most \(Self.mostWeekly) intervals")
        }
        guard exceptions.count <= Self.mostExceptions else {
            throw FieldRefusal("/exceptions", rule: "max_items", "must have at most \(Self.mostExceptions) dates")
        }
        var week: [Int: [Range<Int>]] = [:]
        for (index, hours) in weekly.enumerated() {
            let place = "/weekly/\(index)"
            guard (1...7).contains(hours.weekday) else {
                throw FieldRefusal("\(place)/weekday", rule: "range", "must be from 1 (Monday) to 7 (Sunday)")
            }
            let span = try Self.span(hours.starts, hours.ends, at: place)
            try Self.add(span, to: &week[hours.weekday, default: []], at: place)
        }
        var dates: Set<String> = []
        for (index, exception) in exceptions.enumerated() {
            let place = "/exceptions/\(index)"
            guard CivilDate(rawValue: exception.date) != nil else {
                throw FieldRefusal("\(place)/date", rule: "format", "must be a date, as 2027-05-31")
            }
            guard dates.insert(exception.date).inserted else {
                throw FieldRefusal("\(place)/date", rule: "duplicate", "must be named once")
            }
            guard exception.hours.count <= 24 else {
                throw FieldRefusal("\(place)/hours", rule: "max_items", "must have at most 24 intervals")
            }
            var day: [Range<Int>] = []
            for (number, hours) in exception.hours.enumerated() {
                let place = "\(place)/hours/\(number)"
                try Self.add(try Self.span(hours.starts, hours.ends, at: place), to: &day, at: place)
            }
        }
    }

    private static func add(_ span: Range<Int>, to day: inout [Range<Int>], at place: String) throws(FieldRefusal) {
        guard !day.contains(where: { $0.overlaps(span) }) else {
            throw FieldRefusal(place, rule: "overlap", "must not overlap other hours of the same day")
        }
        day.append(span)
    }

    /// Minutes since midnight.
    private static func span(
        _ starts: String, _ ends: String, at place: String
    ) throws(FieldRefusal) -> Range<Int> {
        guard let from = minutes(starts), from < 1440 else {
            throw FieldRefusal("\(place)/starts", rule: "format", "must be a time from 00:00 to 23:59")
        }
        guard let to = minutes(ends) else {
            throw FieldRefusal("\(place)/ends", rule: "format", "must be a time from 00:01 to 24:00")
        }
        guard from < to else { throw FieldRefusal("\(place)/ends", rule: "range", "must be later than starts") }
        return from..<to
    }

    private static func minutes(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"),
            [0, 1, 3, 4].allSatisfy({ digits.contains(bytes[$0]) })
        else { return nil }
        let value = { (index: Int) in Int(bytes[index] - UInt8(ascii: "0")) }
        let (hour, minute) = (value(0) * 10 + value(1), value(3) * 10 + value(4))
        return minute < 60 && (hour < 24 || hour == 24 && minute == 0) ? hour * 60 + minute : nil
    }
}
