package import Clinic

/// A recurrence rule (RFC 5545 §3.3.10) of a shape that is known to be expanded correctly. Every other shape is refused
/// by name: libical expands some of them wrongly without an error, never ends on others, and reads beyond its own memory
/// on BYWEEKNO.
package struct RecurrenceRule: Hashable, Sendable {
    package enum Frequency: String, Sendable, CaseIterable {
        case daily = "DAILY"
        case weekly = "WEEKLY"
        case monthly = "MONTHLY"
        case yearly = "YEARLY"
    }

    /// The supported shapes, as a refusal lists them.
    package static let supported = """
        FREQ=DAILY with any of BYDAY, BYMONTH and BYMONTHDAY from 1; WEEKLY with BYDAY; MONTHLY with one of BYMONTHDAY, \
        BYDAY as 2TU or -1FR, or BYDAY and BYSETPOS; YEARLY with BYMONTH and one of BYMONTHDAY from 1, BYDAY as 4TH, or \
        BYDAY and BYSETPOS; each with INTERVAL, with WKST=MO or SU, and with UNTIL or COUNT.
        """

    package let frequency: Frequency
    package let interval: Int
    package let count: Int?
    /// The last date.
    package let until: CivilDate?
    let days: [Day]
    let months: [Int]
    let monthDays: [Int]
    let positions: [Int]
    let weekStart: Weekday

    /// Reads a rule in upper or lower case.
    /// - Throws: `RecurrenceRefusal`: `format` and `range` for what is no rule, `unsupported` for a shape that is not
    ///   supported, `impossible` for a rule that no date of any year fulfils.
    package init(_ text: String) throws(RecurrenceRefusal) {
        var parts = try RecurrenceParts(text)
        guard let word = parts.take("FREQ") else { throw .format("must name its FREQ") }
        guard let frequency = Frequency(rawValue: word) else {
            guard ["SECONDLY", "MINUTELY", "HOURLY"].contains(word) else { throw .format("has an unknown FREQ") }
            throw .unsupported("FREQ=\(word)")
        }
        self.frequency = frequency
        interval = try parts.number("INTERVAL", 1...999) ?? 1
        count = try parts.number("COUNT", 1...9999)
        until = try parts.until()
        guard count == nil || until == nil else { throw .format("must not have both COUNT and UNTIL") }
        days = try parts.days()
        months = try parts.numbers("BYMONTH", 1...12)
        monthDays = try parts.numbers("BYMONTHDAY", -31...31)
        positions = try parts.numbers("BYSETPOS", -366...366)
        weekStart = try parts.weekStart()
        // Whatever is left is not supported.
        if let name = parts.left.first {
            guard RecurrenceParts.known.contains(name) else { throw .format("has a part that RFC 5545 does not know") }
            throw .unsupported(name)
        }
        try checkShape()
        try checkPossible()
    }

    private func checkShape() throws(RecurrenceRefusal) {
        func without(_ isThere: Bool, _ what: String) throws(RecurrenceRefusal) {
            if isThere { throw .unsupported("\(what) under FREQ=\(frequency.rawValue)") }
        }
        let isNumbered = days.contains { $0.ordinal != nil }
        switch frequency {
        case .daily:
            try without(isNumbered, "BYDAY with a number")
            try without(!positions.isEmpty, "BYSETPOS")
            try without(monthDays.contains { $0 < 0 }, "BYMONTHDAY below 1")
        case .weekly:
            try without(isNumbered, "BYDAY with a number")
            try without(!positions.isEmpty, "BYSETPOS")
            try without(!months.isEmpty, "BYMONTH")
            try without(!monthDays.isEmpty, "BYMONTHDAY")
        case .monthly:
            try without(!months.isEmpty, "BYMONTH")
            try checkDays(isNumbered)
        case .yearly:
            try without(monthDays.contains { $0 < 0 }, "BYMONTHDAY below 1")
            if months.isEmpty {
                try without(!monthDays.isEmpty, "BYMONTHDAY without BYMONTH")
                try without(!days.isEmpty, "BYDAY without BYMONTH")
            }
            try checkDays(isNumbered)
        }
    }

    /// In each month a rule names days by number, numbered weekdays, or some of all such weekdays by position.
    private func checkDays(_ isNumbered: Bool) throws(RecurrenceRefusal) {
        let freq = "FREQ=\(frequency.rawValue)"
        guard days.isEmpty || monthDays.isEmpty else { throw .unsupported("BYDAY together with BYMONTHDAY") }
        if positions.isEmpty {
            guard days.allSatisfy({ $0.ordinal != nil }) else {
                throw .unsupported("BYDAY without a number or BYSETPOS under \(freq)")
            }
        } else {
            guard !days.isEmpty else { throw .unsupported("BYSETPOS without BYDAY") }
            guard !isNumbered else { throw .unsupported("BYSETPOS together with BYDAY with a number") }
        }
    }

    /// Refuses what no date fulfils: libical would search for one without end.
    private func checkPossible() throws(RecurrenceRefusal) {
        let months = months.isEmpty ? Array(1...12) : months
        if !monthDays.isEmpty {
            guard monthDays.contains(where: { day in months.contains { abs(day) <= Self.longest($0) } }) else {
                throw .impossible("no month that it names has such a day")
            }
        }
        guard days.allSatisfy({ abs($0.ordinal ?? 1) <= 5 }) else {
            throw .impossible("no month has more than five of a weekday")
        }
        if !positions.isEmpty {
            let named = frequency == .monthly ? [31] : months.map(Self.longest)
            let most = named.reduce(0) { $0 + 4 * days.count + min(days.count, $1 - 28) }
            guard positions.contains(where: { abs($0) <= most }) else {
                throw .impossible("there are never so many days for BYSETPOS to choose from")
            }
        }
    }

    private static func longest(_ month: Int) -> Int { CivilDate.days(inMonth: month, of: 2000) }
}

extension RecurrenceRule {
    /// RFC 5545's names, numbered as in ISO 8601: Monday is 1.
    enum Weekday: Int, Hashable, Sendable, CaseIterable {
        case monday = 1, tuesday, wednesday, thursday, friday, saturday, sunday

        static let words = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

        init?(word: String) {
            guard let index = Self.words.firstIndex(of: word) else { return nil }
            self.init(rawValue: index + 1)
        }

        var word: String { Self.words[rawValue - 1] }
    }

    /// As `TU`, or `-1FR` for the last Friday.
    struct Day: Hashable, Sendable {
        let ordinal: Int?
        let weekday: Weekday

        var word: String { (ordinal.map(String.init) ?? "") + weekday.word }
    }

    /// The rule from a first date as libical gets it: in a fixed order, with what RFC 5545 takes from the first date
    /// spelled out, and without COUNT and UNTIL, which the caller applies.
    /// - Parameter interval: replaces the rule's own.
    func spelled(from start: CivilDate, interval: Int? = nil) -> String {
        let interval = interval ?? self.interval
        var (days, months, monthDays) = (days.map(\.word), months, monthDays)
        switch frequency {
        case .daily: break
        case .weekly:
            if days.isEmpty, let weekday = Weekday(rawValue: start.weekday) { days = [weekday.word] }
        case .monthly:
            if days.isEmpty, monthDays.isEmpty { monthDays = [start.day] }
        case .yearly:
            if days.isEmpty, monthDays.isEmpty { monthDays = [start.day] }
            if months.isEmpty { months = [start.month] }
        }
        // Where every week counts, its first day does not matter. libical is right for Sunday whenever the rule starts.
        let weekStart = frequency == .weekly && interval == 1 ? .sunday : weekStart
        var parts = ["FREQ=\(frequency.rawValue)"]
        if interval > 1 { parts.append("INTERVAL=\(interval)") }
        if weekStart != .monday { parts.append("WKST=\(weekStart.word)") }
        for (name, values) in [
            ("BYMONTH", months.map(String.init)), ("BYMONTHDAY", monthDays.map(String.init)), ("BYDAY", days),
            ("BYSETPOS", positions.map(String.init)),
        ] where !values.isEmpty {
            parts.append("\(name)=\(values.joined(separator: ","))")
        }
        return parts.joined(separator: ";")
    }
}
