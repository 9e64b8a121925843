/// How an event of somebody's calendar repeats (RFC 5545 §3.3.10), in every shape that the section allows. What cannot be
/// read of a rule, or is none of RFC 5545, widens it: it then has every time that it could mean, and says so.
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

    /// Where a day goes that its month has not (RFC 7529 §4.1).
    enum Skip: Sendable {
        case omit, backward, forward
    }

    /// What brings a yearly day of another calendar back (RFC 7529 §4): of it only that is known.
    enum Cycle: Sendable {
        case sun, moon
        /// The moon, by leap months never far from the sun.
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
    /// The last time that it may have, inclusively; a date, or a time without a zone, is by the event's own clock.
    package internal(set) var until: WallMoment?
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
    /// Of a rule that is read no closer.
    var cycle: Cycle?
    /// Whether it has times that the rule as written may not have.
    package internal(set) var isUncertain = false
    /// Whether a day that it names may be of the rule at any time of it.
    var hasAnyTime = false

    private static let longest = 4096

    package init(_ text: String) {
        var parts: [String: String] = [:]
        var repeated: Set<String> = []
        let plain = String(text.filter { $0 != " " && $0 != "\t" }.uppercased().prefix(Self.longest + 1))
        // Empty ones are what stands behind a semicolon at the end, as some programs write it.
        for part in plain.split(separator: ";") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(sides[0])
            if parts.updateValue(sides.count == 2 ? String(sides[1]) : "", forKey: name) != nil {
                repeated.insert(name)
            }
        }
        // What is named twice, or goes on without end, may be anything.
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
    /// - Returns: whether its days are those of a calendar, or by a word, that is not read.
    private mutating func readScale(_ parts: inout [String: String]) -> Bool {
        let scale = parts.removeValue(forKey: "RSCALE")
        let word = parts.removeValue(forKey: "SKIP") ?? "OMIT"
        guard scale == nil || scale == "GREGORIAN" else {
            let isOfStart = [months, weekNumbers, yearDays, monthDays].allSatisfy(\.isEmpty) && days.isEmpty
            if frequency == .yearly, isOfStart, word == "OMIT", parts.isEmpty { cycle = scale.flatMap { Cycle($0) } }
            return true
        }
        guard word != "OMIT" else { return false }
        // It concerns what a rule makes of a month, and no rule that goes from day to day or from week to week.
        guard frequency <= .monthly else { return false }
        guard weekNumbers.isEmpty, yearDays.isEmpty, monthDays.allSatisfy({ $0 >= -28 }) else { return true }
        switch word {
        case "BACKWARD": skip = .backward
        // The first of the next month lies in a period of its own, which must be one of the rule's.
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
            until = WallMoment(text, zone: .floating)
            if until == nil { isUncertain = true }
            // Not both (RFC 5545 §3.3.10): which of the two is meant nobody can say, and the one that can be compared stays.
            if until != nil, count != nil { (count, isUncertain) = (nil, true) }
        }
    }

    /// Every day that the rule may have: what names days leaves others out at any frequency, but for a weekday's number and
    /// what is counted from the start.
    mutating func widen(ofAnyDay: Bool = false) {
        isUncertain = true
        (frequency, interval, count, positions) = (.daily, 1, nil, [])
        days = Set(days.map { Day(ordinal: nil, weekday: $0.weekday) })
        if ofAnyDay { (months, weekNumbers, yearDays, monthDays, days, skip) = ([], [], [], [], [], .omit) }
    }

    /// The same without its COUNT: what has more occurrences to go through than anybody would.
    var uncounted: EventRule {
        var rule = self
        (rule.count, rule.isUncertain) = (nil, true)
        return rule
    }

    /// The days of the rule, each from its beginning to its end.
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
