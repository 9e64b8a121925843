import Clinic

/// Which days a rule names, whatever its period is.
struct DayFilter {
    private let months: Set<Int>
    private let weekNumbers: Set<Int>
    private let yearDays: Set<Int>
    private let monthDays: Set<Int>
    private let weekdays: Set<Int>
    private let numbered: Set<EventRule.Day>
    private let isOfMonth: Bool
    private let weekStart: Int
    private let isOpen: Bool
    private let skip: EventRule.Skip
    private let start: Int
    private let cycle: EventRule.Cycle?

    /// Mean lengths in days, of a lunation and of a year.
    private static let (lunation, year) = (29.530_588, 365.2425)
    /// By how many days lunar calendars differ from the mean lunation, by their rules or by observation; and by how many a
    /// leap month lets them differ from the solar year.
    private static let (slack, leap) = (3.0, 31.0)

    /// RFC 5545 §3.3.10: what the rule leaves out comes from the event's first day.
    init(_ rule: EventRule, from start: Int) {
        var (months, monthDays, weekdays) = (rule.months, rule.monthDays, Set<Int>())
        if rule.weekNumbers.isEmpty, rule.yearDays.isEmpty, rule.monthDays.isEmpty, rule.days.isEmpty {
            let (_, month, day) = Gregorian.date(ofDay: start)
            switch rule.frequency {
            case .yearly:
                if months.isEmpty { months = [month] }
                monthDays = [day]
            case .monthly: monthDays = [day]
            case .weekly: weekdays = [Gregorian.weekday(ofDay: start)]
            default: break
            }
        } else if rule.frequency == .yearly, !rule.weekNumbers.isEmpty, rule.yearDays.isEmpty, rule.monthDays.isEmpty,
            rule.days.isEmpty
        {
            weekdays = [Gregorian.weekday(ofDay: start)]
        }
        (skip, self.start, cycle) = (rule.skip, start, rule.cycle)
        self.months = months
        self.monthDays = monthDays
        weekNumbers = rule.weekNumbers
        yearDays = rule.yearDays
        // A weekday's number counts in a month or a year; in other periods it is ignored.
        let hasNumbers = rule.frequency <= .monthly
        self.weekdays = weekdays.union(
            rule.days.filter { $0.ordinal == nil || !hasNumbers }.map(\.weekday))
        numbered = hasNumbers ? rule.days.filter { $0.ordinal != nil } : []
        isOfMonth = rule.frequency == .monthly || !rule.months.isEmpty
        weekStart = rule.weekStart
        isOpen =
            months.isEmpty && monthDays.isEmpty && weekNumbers.isEmpty && yearDays.isEmpty && self.weekdays.isEmpty
            && numbered.isEmpty && cycle == nil
    }

    func allows(_ number: Int) -> Bool {
        guard !isOpen else { return true }
        let weekday = Gregorian.weekday(ofDay: number)
        if !weekdays.isEmpty, numbered.isEmpty, !weekdays.contains(weekday) { return false }
        if let cycle, !comesBack(number, by: cycle) { return false }
        let (year, month, day) = Gregorian.date(ofDay: number)
        let length = CivilDate.days(inMonth: month, of: year)
        if !isOfMonthDay(month, day, of: length), !isSkippedForward(to: number, day) { return false }
        let yearDay = number - Gregorian.dayNumber(year, 1, 1) + 1
        let yearLength = Gregorian.dayNumber(year + 1, 1, 1) - Gregorian.dayNumber(year, 1, 1)
        if !yearDays.isEmpty, !yearDays.contains(yearDay), !yearDays.contains(yearDay - yearLength - 1) { return false }
        if !weekNumbers.isEmpty, !isOfWeek(number) { return false }
        guard !numbered.isEmpty, !weekdays.contains(weekday) else { return true }
        let (place, of) = isOfMonth ? (day, length) : (yearDay, yearLength)
        return [(place - 1) / 7 + 1, -((of - place) / 7 + 1)].contains { ordinal in
            numbered.contains(EventRule.Day(ordinal: ordinal, weekday: weekday))
        }
    }

    private func isOfMonthDay(_ month: Int, _ day: Int, of length: Int) -> Bool {
        if !months.isEmpty, !months.contains(month) { return false }
        return monthDays.isEmpty || monthDays.contains(day) || monthDays.contains(day - length - 1)
            || skip == .backward && day == length && monthDays.contains { $0 > length }
    }

    private func isSkippedForward(to number: Int, _ day: Int) -> Bool {
        guard skip == .forward, day == 1 else { return false }
        let (_, month, last) = Gregorian.date(ofDay: number - 1)
        return (months.isEmpty || months.contains(month)) && monthDays.contains { $0 > last }
    }

    /// Whether a day may be the same day as the start in a calendar of which only the cycle is known.
    private func comesBack(_ number: Int, by cycle: EventRule.Cycle) -> Bool {
        func distance(_ period: Double) -> Double {
            abs(Double(number - start).remainder(dividingBy: period))
        }
        let isMoons = distance(Self.lunation) <= Self.slack
        return switch cycle {
        case .sun: distance(Self.year) <= Self.slack
        case .moon: isMoons
        case .both: isMoons && distance(Self.year) <= Self.leap
        }
    }

    /// By ISO 8601, with weeks that begin as the rule says: week 1 is the first with four days in its year.
    private func isOfWeek(_ number: Int) -> Bool {
        let fourth = weekBegin(number) + 3
        let year = Gregorian.date(ofDay: fourth).year
        let first = weekBegin(Gregorian.dayNumber(year, 1, 4))
        let week = (fourth - first) / 7 + 1
        let weeks = (weekBegin(Gregorian.dayNumber(year + 1, 1, 4)) - first) / 7
        return weekNumbers.contains(week) || weekNumbers.contains(week - weeks - 1)
    }

    private func weekBegin(_ number: Int) -> Int { number - (Gregorian.weekday(ofDay: number) - weekStart + 7) % 7 }
}
