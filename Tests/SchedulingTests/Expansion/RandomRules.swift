import Clinic
import ICalendar
import Rig
@testable import Scheduling

/// Hours as nobody would set them: every shape that is supported, in any company, at hours that clocks change.
struct RandomRules {
    var generator: SeededGenerator
    let first: CivilDate
    let last: CivilDate
    let kinds: [String]

    private static let words = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

    mutating func availability(in zone: String) -> Availability {
        let sets = (0..<whole(1...3)).map { _ in ruleSet() }
        var overrides: [HoursOverride] = []
        for _ in 0..<whole(0...6) {
            let override = HoursOverride(
                maybe(3) ? .add : .replace, on: date(),
                hours: (0..<whole(0...2)).map { 12 * $0 }.map { hours(from: $0) },
                visitTypes: someKinds())
            let isTaken = overrides.contains { $0.date == override.date }
            if !isTaken, override.mode == .replace || !override.hours.isEmpty { overrides.append(override) }
        }
        return Availability(timeZone: zone, ruleSets: sets, overrides: overrides)
    }

    private mutating func ruleSet() -> RuleSet {
        let (one, other) = (date(), date())
        return RuleSet(
            effectiveFrom: maybe(2) ? min(one, other) : nil, effectiveUntil: maybe(2) ? max(one, other) : nil,
            visitTypes: someKinds(), rules: (0..<whole(1...3)).map { _ in hoursRule() })
    }

    private mutating func hoursRule() -> HoursRule {
        let hours = hours(from: nil)
        func dates(_ count: Int) -> [CivilDate]? { count == 0 ? nil : (0..<count).map { _ in date() } }
        guard !maybe(12) else {
            return HoursRule(nil, from: date(), starts: hours.starts, ends: hours.ends, rdates: dates(whole(0...5)))
        }
        let (rule, start) = rule()
        // Half of those left out are dates that the rule has.
        let own = try? Recurrence(RecurrenceRule(rule), from: start).dates(in: first...last)
        let exdates =
            (dates(whole(0...3)) ?? []) + (0..<whole(0...3)).compactMap { _ in own?.randomElement(using: &generator) }
        return HoursRule(
            rule, from: start, starts: hours.starts, ends: hours.ends, exdates: exdates.isEmpty ? nil : exdates,
            rdates: dates(whole(0...3)))
    }

    /// A rule that is taken, with a first date that it may have.
    mutating func rule() -> (rule: String, start: CivilDate) {
        while true {
            let (shape, interval) = shape()
            let start = date(yearsBefore: generator.pick([0, 3, 30]))
            guard let plain = try? RecurrenceRule(shape),
                let recurrence = try? Recurrence(plain, from: start),
                let farthest = start.adding(days: 3660),
                let own = try? recurrence.dates(in: start...farthest).first
            else { continue }
            var rule = shape
            if interval > 1 { rule += ";INTERVAL=\(interval)" }
            switch whole(0...5) {
            case 0: rule += ";COUNT=\(whole(1...60))"
            case 1: rule += ";UNTIL=\(date().rawValue.split(separator: "-").joined())"
            default: break
            }
            // Where it is counted, from a date of its own.
            let from = rule.contains("INTERVAL") || rule.contains("COUNT") ? own : start
            if let read = try? RecurrenceRule(rule), (try? Recurrence(read, from: from)) != nil { return (rule, from) }
        }
    }

    private mutating func shape() -> (String, interval: Int) {
        switch whole(0...3) {
        case 0:
            var shape = "FREQ=DAILY"
            if maybe(2) { shape += ";BYDAY=\(weekdays())" }
            if maybe(3) { shape += ";BYMONTH=\(list(1...12, atMost: 6))" }
            if maybe(4) { shape += ";BYMONTHDAY=\(list(1...31, atMost: 12))" }
            return (shape, maybe(2) ? 1 : whole(2...40))
        case 1:
            let weekStart = generator.pick(["", ";WKST=SU", ";WKST=MO"])
            return ("FREQ=WEEKLY\(weekStart)" + (maybe(5) ? "" : ";BYDAY=\(weekdays())"), maybe(2) ? 1 : whole(2...6))
        case 2: return ("FREQ=MONTHLY" + ofMonth(days: -31...31), maybe(2) ? 1 : whole(2...7))
        default:
            let months = maybe(6) ? "" : ";BYMONTH=\(list(1...12, atMost: 5))"
            return ("FREQ=YEARLY" + months + (months.isEmpty ? "" : ofMonth(days: 1...31)), maybe(2) ? 1 : whole(2...3))
        }
    }

    private mutating func ofMonth(days: ClosedRange<Int>) -> String {
        switch whole(0...4) {
        case 0: return ""
        case 1: return ";BYMONTHDAY=\(list(days, atMost: 4))"
        case 2:
            let numbered = Set(
                (0..<whole(1...3)).map { _ in
                    "\(generator.pick([-5, -2, -1, 1, 2, 3, 4, 5]))\(generator.pick(Self.words))"
                })
            return ";BYDAY=\(numbered.sorted().joined(separator: ","))"
        default: return ";BYDAY=\(weekdays());BYSETPOS=\(list(-6...6, atMost: 3))"
        }
    }

    private mutating func weekdays() -> String {
        Self.words.shuffled(using: &generator).prefix(whole(1...5)).joined(separator: ",")
    }

    private mutating func list(_ range: ClosedRange<Int>, atMost most: Int) -> String {
        let numbers = Set((0..<whole(1...most)).map { _ in whole(range) }).subtracting([0])
        return (numbers.isEmpty ? [1] : numbers.sorted()).map(String.init).joined(separator: ",")
    }

    /// Mostly in the night, where clocks change, and at any minute.
    private mutating func hours(from hour: Int?) -> HoursOfDay {
        let begin =
            (hour ?? generator.pick([0, 0, 1, 2, 3, 8, 16, 22, 23])) * 60
            + generator.pick([0, 15, 30, 45, whole(0...59)])
        let end = min(1440, begin + generator.pick([15, 45, 60, 90, 180, 480, 1440, whole(1...700)]))
        let last = hour == nil ? end : min(end, begin + 600)
        return HoursOfDay(starts: Self.clock(begin), ends: Self.clock(last))
    }

    private static func clock(_ minutes: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minutes / 60)):\(two(minutes % 60))"
    }

    private mutating func someKinds() -> [String]? {
        maybe(3) ? Array(kinds.shuffled(using: &generator).prefix(whole(1...kinds.count))) : nil
    }

    private mutating func date(yearsBefore years: Int = 0) -> CivilDate {
        let days = last.dayNumber - first.dayNumber + 365 * years
        return first.adding(days: whole(0...days) - 365 * years) ?? first
    }

    private mutating func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    /// Once in so many times.
    private mutating func maybe(_ times: Int) -> Bool { whole(1...times) == 1 }
}
