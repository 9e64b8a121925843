package import Clinic

/// The dates that a rule means from a first date on, with some added (RFC 5545 RDATE) and some left out (EXDATE, which
/// wins). Dates of a wall calendar: no zone and no clock has a part in them.
///
/// The first date is one of the rule's only if the rule names it. A foreign event's DTSTART always is one (§3.8.5.3):
/// whoever reads such an event adds it.
package struct Recurrence: Hashable, Sendable {
    /// Nil for the first date alone, and those added.
    package let rule: RecurrenceRule?
    package let start: CivilDate
    package let adding: [CivilDate]
    package let excluding: [CivilDate]

    /// The most dates of a rule that are gone through to answer for a time.
    package static let mostDates = 100_000

    /// - Throws: `RecurrenceRefusal`: `start` when every second or third (INTERVAL), or only so many (COUNT), are meant
    ///   and the first date is not the one to count from; `impossible` when what the first date fills in makes the rule
    ///   so; `format` when UNTIL is still a time.
    package init(
        _ rule: RecurrenceRule?, from start: CivilDate, adding: [CivilDate] = [], excluding: [CivilDate] = []
    ) throws(RecurrenceRefusal) {
        self.rule = rule
        self.start = start
        self.adding = adding
        self.excluding = excluding
        guard let rule else { return }
        if case .time = rule.until { throw .format("must have a date in UNTIL, as 20270630") }
        // What is left out comes from the first date, and may not fit with what is not.
        let everyTime = rule.spelled(from: start, interval: 1)
        _ = try RecurrenceRule(everyTime)
        guard rule.interval > 1 || rule.count != nil else { return }
        var first = RecurrenceIterator(everyTime, from: start, through: start)
        guard first?.next() == start else {
            throw .start("must start on a date of its own where it has INTERVAL or COUNT")
        }
    }

    /// The dates of a time, earliest first.
    /// - Throws: `RecurrenceRefusal` `range` when more than `mostDates` have to be gone through.
    package func dates(in time: ClosedRange<CivilDate>) throws(RecurrenceRefusal) -> [CivilDate] {
        var patience = Int.max
        return try dates(in: time, patience: &patience)
    }

    /// The dates of a time, earliest first.
    /// - Parameter patience: how much may be gone through, which is one for each date and one for each day, or week, of
    ///   the time up to the last; what was is taken off.
    /// - Throws: `RecurrenceRefusal` `range` when more than `mostDates`, or than that, have to be gone through.
    func dates(
        in time: ClosedRange<CivilDate>, patience: inout Int
    ) throws(RecurrenceRefusal) -> [CivilDate] {
        var dates = Set(adding)
        if let rule {
            var last = time.upperBound
            if case .date(let until) = rule.until { last = min(last, until) }
            let first = entry(to: rule, before: time.lowerBound)
            var left = rule.count ?? Self.mostDates
            patience -= max(0, last.dayNumber - first.dayNumber) / (rule.frequency == .daily ? 1 : 7)
            if last >= first, var iterator = RecurrenceIterator(rule.spelled(from: start), from: first, through: last) {
                while left > 0, patience > 0, let date = iterator.next() {
                    if date >= time.lowerBound { dates.insert(date) }
                    left -= 1
                    patience -= 1
                }
                if patience <= 0 { throw .range("must not have more to go through until the last that is asked for") }
                if left == 0, rule.count == nil {
                    throw .range("must have at most \(Self.mostDates) dates until the last that is asked for")
                }
            }
        } else {
            dates.insert(start)
        }
        return dates.subtracting(excluding).filter(time.contains).sorted()
    }

    /// From which date the rule can be gone through with the same dates from another on: the first, or, where there would
    /// be many between the two, one that lies whole periods after it.
    private func entry(to rule: RecurrenceRule, before other: CivilDate) -> CivilDate {
        let period: Int? =
            switch rule.frequency {
            case .daily: rule.interval
            case .weekly: 7 * rule.interval
            case .monthly, .yearly: nil
            }
        let days = other.dayNumber - start.dayNumber
        guard let period, rule.count == nil, days > period else { return start }
        return start.adding(days: days / period * period) ?? start
    }
}
