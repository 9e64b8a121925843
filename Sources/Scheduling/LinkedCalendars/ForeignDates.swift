import Clinic
import ICalendar

/// The dates of a foreign event.
enum ForeignDates: Equatable {
    /// Exactly these, those of a time before its end if it has one.
    case known([CivilDate], until: RecurrenceRule.Until?)
    /// Some of the days up to this one, at the event's time of day: nobody can say which.
    case everyDay(through: CivilDate)
    /// Some time up to this day.
    case always(through: CivilDate)

    /// Whether they are more than the event has.
    var areUnclear: Bool {
        if case .known = self { false } else { true }
    }

    /// - Parameters:
    ///   - window: the first dates of what matters.
    ///   - patience: as for `Recurrence.dates`; when it is used up, what is made is worth nothing.
    init(of event: ForeignEvent, in window: ClosedRange<CivilDate>, patience: inout Int) {
        switch event.repetition {
        case .never:
            self = .known([event.start.date].filter(window.contains), until: nil)
        case .unclear:
            self = .everyDay(through: window.upperBound)
        case .rule(let text):
            do {
                self = try Self.expanded(text, of: event, in: window, &patience)
            } catch {
                self = Self.unclear(text, in: window)
            }
        }
    }

    private static func expanded(
        _ text: String, of event: ForeignEvent, in window: ClosedRange<CivilDate>, _ patience: inout Int
    ) throws(RecurrenceRefusal) -> ForeignDates {
        var rule = try RecurrenceRule(text)
        let until = rule.until
        var last = window.upperBound
        if case .time(let text) = until {
            // Its date may be another one by the event's clock; the database compares the instants.
            rule.until = nil
            last = min(last, lastDay(text) ?? last)
        }
        let recurrence = try Recurrence(rule, from: event.start.date)
        guard window.lowerBound <= last else { return .known([], until: until) }
        // DTSTART is an occurrence whether or not the rule names it (RFC 5545 §3.8.5.3).
        let dates = Set(try recurrence.dates(in: window.lowerBound...last, patience: &patience))
            .union([event.start.date].filter((window.lowerBound...last).contains))
        return .known(dates.sorted(), until: until)
    }

    /// What covers a rule that is not understood. All but those of times of the day fall on the event's own time of some
    /// day; none begins after its end.
    private static func unclear(_ text: String, in window: ClosedRange<CivilDate>) -> ForeignDates {
        let text = text.uppercased()
        var last = window.upperBound
        if let until = text.firstRange(of: "UNTIL=") {
            last = min(last, lastDay(text[until.upperBound...].prefix { $0 != ";" }) ?? last)
        }
        let timesOfDay = ["SECONDLY", "MINUTELY", "HOURLY", "BYHOUR", "BYMINUTE", "BYSECOND"]
        let isOfDays = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].contains { text.contains("FREQ=\($0)") }
        return isOfDays && !timesOfDay.contains(where: text.contains)
            ? .everyDay(through: last) : .always(through: last)
    }

    /// The day after the one that is named: by no clock it is later.
    private static func lastDay(_ text: some StringProtocol) -> CivilDate? {
        WallMoment(text.prefix(8), zone: .utc)?.date.adding(days: 1)
    }
}
