import Clinic

extension EventRule {
    /// The occurrences of a rule within a range.
    package enum Occurrences: Sendable, Equatable {
        /// Local times in seconds since 1970-01-01 00:00 of the same clock, earliest first.
        case times([Int])
        /// Ranges of days by number, earliest first. An occurrence may be at any time of each.
        case days([ClosedRange<Int>])
    }

    /// The most steps of one rule: more than every day of the longest life. A rule that needs more leaves steps for its wider
    /// reading.
    private static let mostOfOne = 100_000

    /// The rule's occurrences within a range, in local time. The caller, who knows the zones, compares them with UNTIL. The
    /// first time is an occurrence only if the rule names it.
    /// - Parameters:
    ///   - start: the event's first time, in local seconds.
    ///   - isDate: whether it is a date without a time of day.
    ///   - steps: how many days, times and positions may be looked at. Those that were are subtracted. Where they do not
    ///     suffice, the answer is wider than the rule.
    ///   - isShown: whether the clock shows a time. A skipped time does not count for COUNT (RFC 5545 §3.3.10), and it is only
    ///     asked for a rule with COUNT.
    /// - Returns: the occurrences, and whether they are exactly those of the rule.
    package func occurrences(
        from start: Int, isDate: Bool, in time: ClosedRange<Int>, steps: inout Int,
        isShown: (Int) -> Bool = { _ in true }
    ) -> (found: Occurrences, isExact: Bool) {
        guard time.upperBound >= start else { return (.times([]), !isUncertain) }
        if isDate, frequency > .daily || !hours.isEmpty || !minutes.isEmpty || !seconds.isEmpty || hasAnyTime {
            // RFC 5545 §3.3.10: a date has no such parts.
            var rule = self
            let isOdd = frequency > .daily || hasAnyTime
            if isOdd { (rule.frequency, rule.interval, rule.count, rule.positions) = (.daily, 1, nil, []) }
            (rule.hours, rule.minutes, rule.seconds, rule.hasAnyTime) = ([], [], [], false)
            let answer = rule.occurrences(from: start, isDate: true, in: time, steps: &steps)
            return (answer.found, answer.isExact && !isOdd && !isUncertain)
        }
        if hasAnyTime { return (.days(wholeDays(from: start, in: time, &steps)), false) }
        var walk = OccurrenceWalker(self, from: start, in: time, steps: min(max(0, steps), Self.mostOfOne))
        let isWhole = walk.run(isShown)
        steps -= walk.used
        if isWhole { return (.times(walk.found), !isUncertain) }
        // A COUNT that takes too many steps is ignored; a rule with too many times takes whole days.
        if count != nil {
            return (uncounted.occurrences(from: start, isDate: isDate, in: time, steps: &steps).found, false)
        }
        return (.days(ofWholeDays.wholeDays(from: start, in: time, &steps)), false)
    }

    /// The days of the rule, or every day of the range where those take too many steps.
    private func wholeDays(from start: Int, in time: ClosedRange<Int>, _ steps: inout Int) -> [ClosedRange<Int>] {
        var rule = self
        // It is unknown which of the times a position names.
        (rule.hasAnyTime, rule.hours, rule.minutes, rule.seconds, rule.positions) = (false, [0], [0], [0], [])
        let (startDay, first, last) = (
            Self.day(of: start), Self.day(of: time.lowerBound), Self.day(of: time.upperBound)
        )
        // Days are found by their midnights. That of the first day lies before the first time.
        var walk = OccurrenceWalker(
            rule, from: startDay * 86_400, in: (first * 86_400)...time.upperBound,
            steps: min(max(0, steps), Self.mostOfOne))
        let isWhole = walk.run { _ in true }
        steps -= walk.used
        guard isWhole else { return [max(first, startDay)...last] }
        return walk.found.map(Self.day(of:)).reduce(into: []) { stretches, day in
            if let stretch = stretches.last, stretch.upperBound + 1 >= day {
                stretches[stretches.count - 1] = stretch.lowerBound...max(stretch.upperBound, day)
            } else {
                stretches.append(day...day)
            }
        }
    }

    private static func day(of local: Int) -> Int { Gregorian.floorDivide(local, 86_400).quotient }
}

/// One walk over a rule's periods, from the first one or from the last one before a range.
struct OccurrenceWalker {
    private let rule: EventRule
    private let start: Int
    private let time: ClosedRange<Int>
    private let filter: DayFilter
    /// The times of each period, or of each day of it.
    private var times: [Int] = []
    private let given: Int
    private var steps: Int
    private(set) var found: [Int] = []
    private var left: Int
    /// The most times that are found: more than one an hour for two years.
    private static let most = 20_000

    init(_ rule: EventRule, from start: Int, in time: ClosedRange<Int>, steps: Int) {
        self.rule = rule
        self.start = start
        self.time = time
        (given, self.steps) = (steps, steps)
        filter = DayFilter(rule, from: Gregorian.floorDivide(start, 86_400).quotient)
        left = rule.count ?? .max
    }

    /// How many of the given steps were taken.
    var used: Int { given - max(0, steps) }

    /// False where the steps did not suffice, or there are too many times.
    mutating func run(_ isShown: (Int) -> Bool) -> Bool {
        let sets = [rule.hours, rule.minutes, rule.seconds].map { max(1, $0.count) }
        // Subtracted before they are made: a day may have 86,400.
        guard pay(sets.reduce(1, *)) else { return false }
        times = timesOfPeriod()
        return rule.frequency > .daily ? runInDays(isShown) : runOverDays(isShown)
    }

    /// Subtracts steps; false where they do not suffice.
    private mutating func pay(_ count: Int) -> Bool {
        steps -= count
        return steps > 0
    }

    private func timesOfPeriod() -> [Int] {
        let second = Gregorian.floorDivide(start, 86_400).remainder
        func own(_ values: Set<Int>, _ value: Int) -> [Int] { values.isEmpty ? [value] : values.sorted() }
        let seconds = own(rule.seconds, second % 60)
        switch rule.frequency {
        case .secondly: return [0]
        case .minutely: return seconds
        case .hourly:
            return own(rule.minutes, second / 60 % 60).flatMap { minute in seconds.map { minute * 60 + $0 } }
        default:
            return own(rule.hours, second / 3600).flatMap { hour in
                own(rule.minutes, second / 60 % 60).flatMap { minute in
                    seconds.map { hour * 3600 + minute * 60 + $0 }
                }
            }
        }
    }

    /// YEARLY to DAILY: each period has some of its days, and each day all times.
    private mutating func runOverDays(_ isShown: (Int) -> Bool) -> Bool {
        let startDay = Gregorian.floorDivide(start, 86_400).quotient
        let (year, month, _) = Gregorian.date(ofDay: startDay)
        let weekday = Gregorian.weekday(ofDay: startDay)
        /// The days of the period with this index.
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
            // Where nothing is counted, what lies outside the range need not be looked at.
            let looked =
                rule.count == nil && rule.positions.isEmpty
                ? max(days.lowerBound, lowest, startDay)..<max(lowest, startDay, min(days.upperBound, highest + 1))
                : days
            guard pay(looked.count + 1) else { return false }
            let named = looked.filter { filter.allows($0) }
            guard pay(named.count * times.count + rule.positions.count) else { return false }
            take(named.flatMap { day in times.map { day * 86_400 + $0 } }, isShown)
            guard found.count <= Self.most else { return false }
        }
    }

    /// The index of the last period before which nothing of the range lies.
    private func entry(_ lowest: Int, _ startDay: Int) -> Int {
        let days = lowest - startDay
        guard days > 0 else { return 0 }
        let longest = [366, 31, 7, 1][rule.frequency.rawValue]
        return max(0, days / (longest * rule.interval) - 1)
    }

    /// HOURLY and below: each period is a time of a day, and may have some times within it.
    private mutating func runInDays(_ isShown: (Int) -> Bool) -> Bool {
        let unit = [EventRule.Frequency.hourly: 3600, .minutely: 60][rule.frequency] ?? 1
        let step = unit * rule.interval
        let base = start - Gregorian.floorDivide(start, unit).remainder
        var at = base
        func next(from moment: Int) -> Int { base + (moment - base + step - 1) / step * step }
        if rule.count == nil, time.lowerBound - unit > base { at = next(from: time.lowerBound - unit) }
        while at <= time.upperBound, left > 0 {
            guard pay(1) else { return false }
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
            if isAllowed {
                guard pay(times.count + rule.positions.count) else { return false }
                take(times.map { at + $0 }, isShown)
            }
            guard found.count <= Self.most else { return false }
            at += step
        }
        return true
    }

    /// The times of one period, earliest first.
    private mutating func take(_ localTimes: [Int], _ isShown: (Int) -> Bool) {
        var chosen = localTimes
        if !rule.positions.isEmpty {
            let places = Set(rule.positions.map { $0 > 0 ? $0 - 1 : localTimes.count + $0 }).sorted()
            chosen = places.filter(localTimes.indices.contains).map { localTimes[$0] }
        }
        for local in chosen where local >= start && left > 0 {
            if rule.count != nil {
                guard isShown(local) else { continue }
                left -= 1
            }
            if time.contains(local) { found.append(local) }
        }
    }
}
