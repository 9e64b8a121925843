/// How an event of a foreign calendar repeats (RFC 5545 §3.3.10), in every shape that the section allows. A part that
/// cannot be read, or is not of RFC 5545, widens the rule: it then has every time that it could mean, and is uncertain.
package struct EventRule: Sendable, Hashable {
    enum Frequency: Int, Sendable, Comparable, CaseIterable {
        case yearly, monthly, weekly, daily, hourly, minutely, secondly

        var word: String { ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"][rawValue] }

        static func < (left: Frequency, right: Frequency) -> Bool { left.rawValue < right.rawValue }
    }

    /// As `TU`, or `-1FR` for the last Friday.
    struct Day: Sendable, Hashable {
        let ordinal: Int?
        /// Monday is 0.
        let weekday: Int
    }

    /// What becomes of a day that its month does not have (RFC 7529 §4.1).
    enum Skip: Sendable {
        case omit, backward, forward
    }

    /// The cycle of another calendar, by which a yearly day comes back (RFC 7529 §4). Nothing else is known of it.
    enum Cycle: Sendable {
        case sun, moon
        /// The moon, with leap months that keep it near the solar year.
        case both

        /// By the calendar's name (CLDR).
        init?(_ scale: String) {
            switch scale {
            case "BUDDHIST", "COPTIC", "ETHIOAA", "ETHIOPIC", "INDIAN", "JAPANESE", "PERSIAN", "ROC": self = .sun
            case "CHINESE", "DANGI", "HEBREW": self = .both
            case "ISLAMIC", "ISLAMIC-CIVIL", "ISLAMIC-RGSA", "ISLAMIC-TBLA", "ISLAMIC-UMALQURA": self = .moon
            default: return nil
            }
        }
    }

    var frequency = Frequency.daily
    var interval = 1
    var count: Int?
    /// The last time that it may have. A date, or a time without a zone, is by the event's own clock.
    package internal(set) var until: CalendarDateTime?
    var months: Set<Int> = []
    var weekNumbers: Set<Int> = []
    var yearDays: Set<Int> = []
    var monthDays: Set<Int> = []
    var days: Set<Day> = []
    var hours: Set<Int> = []
    var minutes: Set<Int> = []
    var seconds: Set<Int> = []
    var positions: Set<Int> = []
    var weekStart = 0
    var skip = Skip.omit
    /// Only of a rule in another calendar.
    var cycle: Cycle?
    /// Whether it may have times that the written rule does not.
    package internal(set) var isUncertain = false
    /// Whether its occurrences may be at any time of a day.
    var hasAnyTime = false

    private static let longest = 4096

    package init(_ text: String) {
        var parts: [String: String] = [:]
        var repeated: Set<String> = []
        let plain = String(text.filter { $0 != " " && $0 != "\t" }.uppercased().prefix(Self.longest + 1))
        // Some programs write a semicolon at the end.
        for part in plain.split(separator: ";") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(sides[0])
            if parts.updateValue(sides.count == 2 ? String(sides[1]) : "", forKey: name) != nil {
                repeated.insert(name)
            }
        }
        // A part that is written twice, or a text that is too long, may mean anything.
        for name in repeated { parts[name] = "?" }
        if plain.utf8.count > Self.longest { parts = ["FREQ": "?"] }
        read(parts)
    }

    private mutating func read(_ parts: [String: String]) {
        var (parts, isWidened) = (parts, false)
        func numbers(_ name: String, _ range: ClosedRange<Int>) -> Set<Int> {
            guard let text = parts.removeValue(forKey: name) else { return [] }
            let words = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            guard words.allSatisfy({ $0.map { range.contains($0) && ($0 != 0 || range.lowerBound == 0) } ?? false })
            else {
                isWidened = true
                if ["BYHOUR", "BYMINUTE", "BYSECOND"].contains(name) { hasAnyTime = true }
                return []
            }
            return Set(words.compactMap(\.self))
        }
        let word = parts.removeValue(forKey: "FREQ")
        let known = Frequency.allCases.first { $0.word == word }
        frequency = known ?? .daily
        if known == nil { isWidened = true }
        readEnds(&parts)
        months = numbers("BYMONTH", 1...12)
        weekNumbers = numbers("BYWEEKNO", -53...53)
        yearDays = numbers("BYYEARDAY", -366...366)
        monthDays = numbers("BYMONTHDAY", -31...31)
        hours = numbers("BYHOUR", 0...23)
        minutes = numbers("BYMINUTE", 0...59)
        seconds = Set(numbers("BYSECOND", 0...60).map { min($0, 59) })
        positions = numbers("BYSETPOS", -366...366)
        if let text = parts.removeValue(forKey: "BYDAY") {
            let read = text.split(separator: ",", omittingEmptySubsequences: false).map { Self.day($0) }
            if read.contains(nil) { isWidened = true } else { days = Set(read.compactMap(\.self)) }
        }
        if let text = parts.removeValue(forKey: "WKST") {
            if let day = Self.weekdays.firstIndex(of: text) {
                weekStart = day
            } else if frequency == .weekly && (interval > 1 || !positions.isEmpty) || !weekNumbers.isEmpty {
                isWidened = true
            }
        }
        let isOfAnotherCalendar = readScale(&parts)
        if !parts.isEmpty { isWidened = true }
        if isWidened || isOfAnotherCalendar { widen(ofAnyDay: isOfAnotherCalendar) }
    }

    /// RFC 7529.
    /// - Returns: whether its days are of another calendar, or depend on an unknown SKIP.
    private mutating func readScale(_ parts: inout [String: String]) -> Bool {
        let scale = parts.removeValue(forKey: "RSCALE")
        let word = parts.removeValue(forKey: "SKIP") ?? "OMIT"
        guard scale == nil || scale == "GREGORIAN" else {
            let isOfStart = [months, weekNumbers, yearDays, monthDays].allSatisfy(\.isEmpty) && days.isEmpty
            if frequency == .yearly, isOfStart, word == "OMIT", parts.isEmpty { cycle = scale.flatMap { Cycle($0) } }
            return true
        }
        guard word != "OMIT" else { return false }
        // It only matters in months and years.
        guard frequency <= .monthly else { return false }
        guard weekNumbers.isEmpty, yearDays.isEmpty, monthDays.allSatisfy({ $0 >= -28 }) else { return true }
        switch word {
        case "BACKWARD": skip = .backward
        // The first day of the next month lies in another period, which must be one of the rule's.
        case "FORWARD" where positions.isEmpty && (frequency == .yearly || interval == 1): skip = .forward
        default: return true
        }
        return false
    }

    private mutating func readEnds(_ parts: inout [String: String]) {
        if let text = parts.removeValue(forKey: "INTERVAL") {
            if let number = Int(text), number > 0 { interval = min(number, 1_000_000) } else { isUncertain = true }
        }
        if let text = parts.removeValue(forKey: "COUNT") {
            if let number = Int(text), number > 0 { count = number } else { isUncertain = true }
        }
        if let text = parts.removeValue(forKey: "UNTIL") {
            until = CalendarDateTime(text, zone: .floating)
            if until == nil { isUncertain = true }
            // Both are not allowed (RFC 5545 §3.3.10). Which is meant is unknown; the one that can be compared counts.
            if until != nil, count != nil { (count, isUncertain) = (nil, true) }
        }
    }

    /// Makes it every day that the rule may have. The parts that name days still exclude others, except a weekday's number
    /// and what is counted from the start.
    mutating func widen(ofAnyDay: Bool = false) {
        isUncertain = true
        (frequency, interval, count, positions) = (.daily, 1, nil, [])
        days = Set(days.map { Day(ordinal: nil, weekday: $0.weekday) })
        if ofAnyDay { (months, weekNumbers, yearDays, monthDays, days, skip) = ([], [], [], [], [], .omit) }
    }

    /// The rule without its COUNT, for one that takes too many steps.
    var uncounted: EventRule {
        var rule = self
        (rule.count, rule.isUncertain) = (nil, true)
        return rule
    }

    /// The days of the rule, each as a whole.
    var ofWholeDays: EventRule {
        var rule = self
        if frequency > .daily { (rule.frequency, rule.interval, rule.count, rule.positions) = (.daily, 1, nil, []) }
        (rule.hasAnyTime, rule.isUncertain) = (true, true)
        return rule
    }

    static let weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

    private static func day(_ text: Substring) -> Day? {
        guard let weekday = weekdays.firstIndex(of: String(text.suffix(2))) else { return nil }
        let number = text.dropLast(2)
        guard !number.isEmpty else { return Day(ordinal: nil, weekday: weekday) }
        guard let ordinal = Int(number), ordinal != 0, (-53...53).contains(ordinal) else { return nil }
        return Day(ordinal: ordinal, weekday: weekday)
    }
}
