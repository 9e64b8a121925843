import Clinic
import ICalendar

extension Availability {
    package static let mostSets = 20
    /// Of all sets together.
    package static let mostRules = 100
    /// Of one rule: left out, and as many further ones.
    package static let mostDates = 366
    package static let mostOverrides = 400
    package static let mostHours = 24
    /// Of one set or one override.
    package static let mostVisitTypes = 100

    /// Checks everything but the zone and the visit types, which only the database knows.
    /// - Returns: the recurrence of each rule, by set.
    /// - Throws: `FieldRefusal`, naming the place.
    func recurrences() throws(FieldRefusal) -> [[Recurrence]] {
        try Self.check(ruleSets.count, atMost: Self.mostSets, "rule sets", at: "/ruleSets")
        let rules = ruleSets.reduce(0) { $0 + $1.rules.count }
        try Self.check(rules, atMost: Self.mostRules, "rules in all sets together", at: "/ruleSets")
        try checkOverrides()
        var recurrences: [[Recurrence]] = []
        for (index, set) in ruleSets.enumerated() {
            recurrences.append(try set.recurrences(at: "/ruleSets/\(index)"))
        }
        return recurrences
    }

    private func checkOverrides() throws(FieldRefusal) {
        try Self.check(overrides.count, atMost: Self.mostOverrides, "overrides", at: "/overrides")
        for (index, override) in overrides.enumerated() {
            let place = "/overrides/\(index)"
            try Self.check(override.hours.count, atMost: Self.mostHours, "intervals", at: "\(place)/hours")
            try Self.check(visitTypes: override.visitTypes, at: place)
            guard override.mode == .replace || !override.hours.isEmpty else {
                throw FieldRefusal("\(place)/hours", rule: "min_items", "must have the hours to add")
            }
            let others = overrides[..<index].filter { $0.date == override.date && $0.mode == .replace }
            guard override.mode == .add || !others.contains(where: { $0.meets(override) }) else {
                throw FieldRefusal(
                    place, rule: "duplicate", "must be the only one that replaces the hours of its date and visit type")
            }
            var day: [Range<Int>] = []
            for (number, hours) in override.hours.enumerated() {
                let span = try hours.span(at: "\(place)/hours/\(number)")
                guard !day.contains(where: { $0.overlaps(span) }) else {
                    throw FieldRefusal(
                        "\(place)/hours/\(number)", rule: "overlap", "must not overlap other hours of the override")
                }
                day.append(span)
            }
        }
    }

    static func check(
        _ count: Int, atMost most: Int, _ what: String, at pointer: String
    ) throws(FieldRefusal) {
        guard count <= most else { throw FieldRefusal(pointer, rule: "max_items", "must have at most \(most) \(what)") }
    }

    static func check(visitTypes: [String]?, at place: String) throws(FieldRefusal) {
        guard let visitTypes else { return }
        try FieldRule.check(count: visitTypes.count, in: 1...mostVisitTypes, at: "\(place)/visitTypes")
        try FieldRule.checkUnique(visitTypes, at: "\(place)/visitTypes")
    }
}

extension RuleSet {
    fileprivate func recurrences(at place: String) throws(FieldRefusal) -> [Recurrence] {
        try Availability.check(visitTypes: visitTypes, at: place)
        if let effectiveFrom, let effectiveUntil, effectiveUntil < effectiveFrom {
            throw FieldRefusal("\(place)/effectiveUntil", rule: "range", "must not be before effectiveFrom")
        }
        var recurrences: [Recurrence] = []
        for (index, rule) in rules.enumerated() {
            recurrences.append(try rule.recurrence(at: "\(place)/rules/\(index)"))
        }
        return recurrences
    }
}

extension HoursRule {
    fileprivate func recurrence(at place: String) throws(FieldRefusal) -> Recurrence {
        _ = try HoursOfDay(starts: starts, ends: ends).span(at: place)
        try Availability.check(
            exdates?.count ?? 0, atMost: Availability.mostDates, "dates", at: "\(place)/exdates")
        try Availability.check(rdates?.count ?? 0, atMost: Availability.mostDates, "dates", at: "\(place)/rdates")
        do throws(RecurrenceRefusal) {
            var rule: RecurrenceRule?
            if let rrule { rule = try RecurrenceRule(rrule) }
            return try Recurrence(rule, from: startDate, adding: rdates ?? [], excluding: exdates ?? [])
        } catch {
            throw error.at(error.rule == "start" ? "\(place)/startDate" : "\(place)/rrule")
        }
    }
}

extension HoursOverride {
    /// Whether some kind of consult is in both.
    fileprivate func meets(_ other: HoursOverride) -> Bool {
        guard let visitTypes, let others = other.visitTypes else { return true }
        return !Set(visitTypes).isDisjoint(with: others)
    }
}

extension HoursOfDay {
    /// Minutes since midnight.
    func span(at place: String) throws(FieldRefusal) -> Range<Int> {
        try TextRule.form(.timeOfDay).check(starts, at: "\(place)/starts")
        try TextRule.form(.endOfDay).check(ends, at: "\(place)/ends")
        let (from, to) = (Self.minutes(starts), Self.minutes(ends))
        guard from < to else { throw FieldRefusal("\(place)/ends", rule: "range", "must be later than starts") }
        return from..<to
    }

    /// Minutes since midnight of a text that has been checked.
    private static func minutes(_ text: String) -> Int {
        let digits = text.utf8.map { Int($0) - Int(UInt8(ascii: "0")) }
        return (digits[0] * 10 + digits[1]) * 60 + digits[3] * 10 + digits[4]
    }
}
