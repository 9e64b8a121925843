import Clinic

extension EventRule {
    /// What a rule means in a time.
    package enum Occurrences: Sendable, Equatable {
        /// Times of the wall in seconds since its 1970-01-01, earliest first.
        case walls([Int])
        /// Whole days, by number: some time of each.
        case days([Int])
    }

    /// The rule's occurrences of a time, by the wall alone: what UNTIL says is the caller's to compare, who knows the zones.
    /// The first time is one of them only if the rule names it.
    /// - Parameters:
    ///   - start: the event's first time; seconds of the wall.
    ///   - isDate: whether it is a date, which has no time of the day.
    ///   - steps: how many days and times may be looked at; what was is taken off. Where they do not suffice, the answer is
    ///     wider than the rule.
    /// - Returns: them, and whether they are all that the rule has and no more.
    package func occurrences(
        from start: Int, isDate: Bool, in time: ClosedRange<Int>, steps: inout Int
    ) -> (found: Occurrences, isExact: Bool) {
        guard time.upperBound >= start else { return (.walls([]), !isUncertain) }
        if isDate, frequency > .daily || !hours.isEmpty || !minutes.isEmpty || !seconds.isEmpty || hasAnyTime {
            // RFC 5545 §3.3.10: a date has no such parts.
            var rule = self
            let isOdd = frequency > .daily || hasAnyTime
            if isOdd { (rule.frequency, rule.interval, rule.count, rule.positions) = (.daily, 1, nil, []) }
            (rule.hours, rule.minutes, rule.seconds, rule.hasAnyTime) = ([], [], [], false)
            let answer = rule.occurrences(from: start, isDate: true, in: time, steps: &steps)
            return (answer.found, answer.isExact && !isOdd && !isUncertain)
        }
        if hasAnyTime {
            let days = Set(wholeDays(from: start, in: time, &steps)).sorted()
            return (.days(days), false)
        }
        var walk = RuleWalk(self, from: start, in: time, steps: steps)
        if walk.run() {
            steps = walk.steps
            return (.walls(walk.found), !isUncertain)
        }
        // What is counted over more than anybody looks at goes on without end; what is too often is busy all day.
        if count != nil {
            return (uncounted.occurrences(from: start, isDate: isDate, in: time, steps: &steps).found, false)
        }
        return (ofWholeDays.occurrences(from: start, isDate: isDate, in: time, steps: &steps).found, false)
    }

    private func wholeDays(from start: Int, in time: ClosedRange<Int>, _ steps: inout Int) -> [Int] {
        var rule = self
        (rule.hasAnyTime, rule.hours, rule.minutes, rule.seconds) = (false, [0], [0], [0])
        let (startDay, _) = Gregorian.floorDivide(start, 86_400)
        let (first, _) = Gregorian.floorDivide(time.lowerBound, 86_400)
        // By midnights; that of the first day lies before the first time.
        var walk = RuleWalk(
            rule, from: startDay * 86_400, in: (first * 86_400)...time.upperBound, steps: .max)
        _ = walk.run()
        steps -= walk.found.count
        return walk.found.map { Gregorian.floorDivide($0, 86_400).quotient }
    }
}

/// One walk over a rule's periods, from the first or from the last before a time.
struct RuleWalk {
    private let rule: EventRule
    private let start: Int
    private let time: ClosedRange<Int>
    private let filter: DayFilter
    private let times: [Int]
    private(set) var steps: Int
    private(set) var found: [Int] = []
    private var left: Int
    /// The most times that are found, which is once an hour for two years.
    private static let most = 20_000

    init(_ rule: EventRule, from start: Int, in time: ClosedRange<Int>, steps: Int) {
        self.rule = rule
        self.start = start
        self.time = time
        self.steps = steps
        let (day, second) = Gregorian.floorDivide(start, 86_400)
        filter = DayFilter(rule, from: day)
        func own(_ values: Set<Int>, _ value: Int) -> [Int] { values.isEmpty ? [value] : values.sorted() }
        let seconds = own(rule.seconds, second % 60)
        switch rule.frequency {
        case .secondly: times = [0]
        case .minutely: times = seconds
        case .hourly: times = own(rule.minutes, second / 60 % 60).flatMap { minute in seconds.map { minute * 60 + $0 } }
        default:
            times = own(rule.hours, second / 3600).flatMap { hour in
                own(rule.minutes, second / 60 % 60).flatMap { minute in
                    seconds.map { hour * 3600 + minute * 60 + $0 }
                }
            }
        }
        left = rule.count ?? .max
    }

    /// False where the steps did not suffice, or there are too many times.
    mutating func run() -> Bool {
        rule.frequency > .daily ? runInDays() : runOverDays()
    }

    /// YEARLY to DAILY: each period has some of its days, each with all times of the day.
    private mutating func runOverDays() -> Bool {
        let startDay = Gregorian.floorDivide(start, 86_400).quotient
        let (year, month, _) = Gregorian.date(ofDay: startDay)
        let weekday = (startDay % 7 + 10) % 7
        /// The days of the period that lies so many after the first.
        func period(_ index: Int) -> Range<Int> {
            let offset = index * rule.interval
            switch rule.frequency {
            case .yearly:
                return Gregorian.dayNumber(year + offset, 1, 1)..<Gregorian.dayNumber(year + offset + 1, 1, 1)
            case .monthly:
                let (years, rest) = Gregorian.floorDivide(month - 1 + offset, 12)
                let first = Gregorian.dayNumber(year + years, rest + 1, 1)
                return first..<(first + CivilDate.days(inMonth: rest + 1, of: year + years))
            case .weekly:
                let first = startDay - (weekday - rule.weekStart + 7) % 7 + 7 * offset
                return first..<(first + 7)
            default: return (startDay + offset)..<(startDay + offset + 1)
            }
        }
        let (lowest, highest) = (
            Gregorian.floorDivide(time.lowerBound, 86_400).quotient,
            Gregorian.floorDivide(time.upperBound, 86_400).quotient
        )
        var index = rule.count == nil ? entry(lowest, startDay) : 0
        while true {
            let days = period(index)
            guard days.lowerBound <= highest, left > 0 else { return true }
            index += 1
            // Where nothing is counted within it, what lies outside the time need not be looked at.
            let looked =
                rule.count == nil && rule.positions.isEmpty
                ? max(days.lowerBound, lowest, startDay)..<max(lowest, startDay, min(days.upperBound, highest + 1))
                : days
            steps -= looked.count + 1
            guard steps > 0 else { return false }
            take(looked.filter { filter.allows($0) }.flatMap { day in times.map { day * 86_400 + $0 } })
            guard found.count <= Self.most else { return false }
        }
    }

    /// The last period that begins so that nothing of the time lies before it.
    private func entry(_ lowest: Int, _ startDay: Int) -> Int {
        let days = lowest - startDay
        guard days > 0 else { return 0 }
        let longest = [366, 31, 7, 1][rule.frequency.rawValue]
        return max(0, days / (longest * rule.interval) - 1)
    }

    /// HOURLY and below: each period is a time of a day, and may have some times within it.
    private mutating func runInDays() -> Bool {
        let unit = [EventRule.Frequency.hourly: 3600, .minutely: 60][rule.frequency] ?? 1
        let step = unit * rule.interval
        let base = start - Gregorian.floorDivide(start, unit).remainder
        var at = base
        func next(from moment: Int) -> Int { base + (moment - base + step - 1) / step * step }
        if rule.count == nil, time.lowerBound - unit > base { at = next(from: time.lowerBound - unit) }
        while at <= time.upperBound, left > 0 {
            steps -= 1
            guard steps > 0 else { return false }
            let (day, second) = Gregorian.floorDivide(at, 86_400)
            guard filter.allows(day) else {
                at = next(from: (day + 1) * 86_400)
                continue
            }
            guard rule.hours.isEmpty || rule.hours.contains(second / 3600) else {
                at = next(from: at - second % 3600 + 3600)
                continue
            }
            let isAllowed =
                (rule.frequency == .hourly || rule.minutes.isEmpty || rule.minutes.contains(second / 60 % 60))
                && (rule.frequency != .secondly || rule.seconds.isEmpty || rule.seconds.contains(second % 60))
            if isAllowed { take(times.map { at + $0 }) }
            guard found.count <= Self.most else { return false }
            at += step
        }
        return true
    }

    /// The times of one period, earliest first.
    private mutating func take(_ walls: [Int]) {
        var chosen = walls
        if !rule.positions.isEmpty {
            let places = Set(rule.positions.map { $0 > 0 ? $0 - 1 : walls.count + $0 }).sorted()
            chosen = places.filter(walls.indices.contains).map { walls[$0] }
        }
        for wall in chosen where wall >= start && left > 0 {
            left -= 1
            if time.contains(wall) { found.append(wall) }
        }
        steps -= chosen.count
    }
}

/// Which days a rule names, whatever its periods are.
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

    /// RFC 5545 §3.3.10: what the rule does not say comes from the event's first day.
    init(_ rule: EventRule, from start: Int) {
        var (months, monthDays, weekdays) = (rule.months, rule.monthDays, Set<Int>())
        if rule.weekNumbers.isEmpty, rule.yearDays.isEmpty, rule.monthDays.isEmpty, rule.days.isEmpty {
            let (_, month, day) = Gregorian.date(ofDay: start)
            switch rule.frequency {
            case .yearly:
                if months.isEmpty { months = [month] }
                monthDays = [day]
            case .monthly: monthDays = [day]
            case .weekly: weekdays = [(start % 7 + 10) % 7]
            default: break
            }
        }
        self.months = months
        self.monthDays = monthDays
        weekNumbers = rule.weekNumbers
        yearDays = rule.yearDays
        // A number is of the month or the year; elsewhere it says nothing.
        let hasNumbers = rule.frequency <= .monthly
        self.weekdays = weekdays.union(
            rule.days.filter { $0.ordinal == nil || !hasNumbers }.map(\.weekday))
        numbered = hasNumbers ? rule.days.filter { $0.ordinal != nil } : []
        isOfMonth = rule.frequency == .monthly || !rule.months.isEmpty
        weekStart = rule.weekStart
        isOpen =
            months.isEmpty && monthDays.isEmpty && weekNumbers.isEmpty && yearDays.isEmpty && self.weekdays.isEmpty
            && numbered.isEmpty
    }

    func allows(_ number: Int) -> Bool {
        guard !isOpen else { return true }
        let weekday = (number % 7 + 10) % 7
        if !weekdays.isEmpty, numbered.isEmpty, !weekdays.contains(weekday) { return false }
        let (year, month, day) = Gregorian.date(ofDay: number)
        if !months.isEmpty, !months.contains(month) { return false }
        let length = CivilDate.days(inMonth: month, of: year)
        if !monthDays.isEmpty, !monthDays.contains(day), !monthDays.contains(day - length - 1) { return false }
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

    /// By ISO 8601 with a week that begins as the rule says: week 1 is the first that has four days of its year.
    private func isOfWeek(_ number: Int) -> Bool {
        let fourth = weekBegin(number) + 3
        let year = Gregorian.date(ofDay: fourth).year
        let first = weekBegin(Gregorian.dayNumber(year, 1, 4))
        let week = (fourth - first) / 7 + 1
        let weeks = (weekBegin(Gregorian.dayNumber(year + 1, 1, 4)) - first) / 7
        return weekNumbers.contains(week) || weekNumbers.contains(week - weeks - 1)
    }

    private func weekBegin(_ number: Int) -> Int { number - ((number % 7 + 10) % 7 - weekStart + 7) % 7 }
}
