package import Clinic

/// The dates that a rule means from a first date on, with further dates (RFC 5545 RDATE) and without those left out
/// (EXDATE, which wins). They are dates of a calendar: no time zone and no clock affects them.
///
/// The first date belongs to the recurrence only if the rule names it. The DTSTART of a foreign event always does
/// (§3.8.5.3): whoever reads such an event adds it.
package struct Recurrence: Hashable, Sendable {
    /// Nil for the first date alone, and the further dates.
    package let rule: RecurrenceRule?
    package let start: CivilDate
    package let adding: [CivilDate]
    package let excluding: [CivilDate]

    /// The most dates of a rule that are computed for one answer.
    package static let mostDates = 100_000

    /// - Throws: `RecurrenceRefusal`: `start` when the rule has INTERVAL or COUNT and does not name the first date, so
    ///   that there is no date to count from; `impossible` when no date fulfils the rule together with what the first
    ///   date adds to it.
    package init(
        _ rule: RecurrenceRule?, from start: CivilDate, adding: [CivilDate] = [], excluding: [CivilDate] = []
    ) throws(RecurrenceRefusal) {
        self.rule = rule
        self.start = start
        self.adding = adding
        self.excluding = excluding
        guard let rule else { return }
        // What the rule leaves out comes from the first date, and may not fit with the rest.
        let everyTime = rule.spelled(from: start, interval: 1)
        _ = try RecurrenceRule(everyTime)
        guard rule.interval > 1 || rule.count != nil else { return }
        var first = RecurrenceIterator(everyTime, from: start, through: start)
        guard first?.next() == start else {
            throw .start("must start on a date of its own where it has INTERVAL or COUNT")
        }
    }

    /// The dates within a range, earliest first.
    /// - Throws: `RecurrenceRefusal` `range` when the rule has more than `mostDates` up to the end of the range.
    package func dates(in range: ClosedRange<CivilDate>) throws(RecurrenceRefusal) -> [CivilDate] {
        var dates = Set(adding)
        if let rule {
            let last = min(range.upperBound, rule.until ?? range.upperBound)
            let first = entry(to: rule, before: range.lowerBound)
            var left = rule.count ?? Self.mostDates
            if last >= first, var iterator = RecurrenceIterator(rule.spelled(from: start), from: first, through: last) {
                while left > 0, let date = iterator.next() {
                    if date >= range.lowerBound { dates.insert(date) }
                    left -= 1
                }
                if left == 0, rule.count == nil {
                    throw .range("must have at most \(Self.mostDates) dates until the last that is asked for")
                }
            }
        } else {
            dates.insert(start)
        }
        return dates.subtracting(excluding).filter(range.contains).sorted()
    }

    /// A date from which the rule gives the same later dates as from the first: the first date itself or, where many
    /// dates would lie between, one that is whole periods after it.
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
