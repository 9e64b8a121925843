import Clinic
import ICalendar

/// How an occurrence of an event is identified.
enum OccurrenceKey: Hashable, Sendable {
    /// By the date of its start, by the event's own clock.
    case day(Int)
    /// By the local time of its start, by the event's own clock.
    case local(Int)
    case instant(Int)

    /// Which occurrences of an event a time names that excludes or replaces one. They are compared by date where one of the
    /// two is a date, by local time where one has no zone or both have the same, and otherwise as instants. There is no key
    /// where that is unknown.
    /// - Parameter hasOtherClocks: whether occurrences were added to the event by other clocks than its own.
    static func keys(
        of moment: CalendarDateTime, in event: ForeignEvent, hasOtherClocks: Bool, _ clock: inout ZoneResolver
    ) -> [OccurrenceKey] {
        if event.start.isDate { return [.day(date(of: moment, &clock))] }
        if moment.isDate { return [.day(moment.day)] }
        let (own, other) = (event.start.zone, moment.zone)
        let isOwn = own == other || other == .floating
        if isOwn, !hasOtherClocks { return [.local(moment.local)] }
        let answer = clock.answer(moment.local, in: isOwn ? own : other)
        let isKnown = clock.reading(of: own).isKnown && clock.reading(of: other).isKnown && answer.slack == 0
        if isOwn { return isKnown ? [.local(moment.local), .instant(answer.at)] : [.local(moment.local)] }
        let isNamed = if case .named = other { true } else { false }
        // Some programs use another name for the same clock.
        if isNamed, own == .floating || !isKnown { return [.local(moment.local)] }
        return isKnown ? [.instant(answer.at)] : []
    }

    /// A key that is the same for two times that name one occurrence.
    static func identity(
        of moment: CalendarDateTime, in event: ForeignEvent, _ clock: inout ZoneResolver
    ) -> OccurrenceKey {
        if event.start.isDate { return .day(date(of: moment, &clock)) }
        if moment.isDate { return .day(moment.day) }
        let zone = moment.zone == .floating ? event.start.zone : moment.zone
        return .instant(clock.answer(moment.local, in: zone).at)
    }

    /// The date of an all-day event that a time names. Some programs write the midnight of their own zone in UTC.
    static func date(of moment: CalendarDateTime, _ clock: inout ZoneResolver) -> Int {
        guard let second = moment.second, moment.zone == .utc, second >= 9 * 3600 else { return moment.day }
        let midnight = (moment.day + 1) * 86_400
        for zone in [.floating] + clock.definedZones
        where clock.answer(midnight, in: zone).at == moment.local {
            return moment.day + 1
        }
        return moment.day
    }
}

/// The times that an event may have, before any are excluded.
struct CandidateTimes {
    struct Time {
        /// Local time in its zone, which is the event's unless it was added in another.
        let local: Int
        let zone: CalendarDateTime.Zone
        let at: Int
        /// Whether its clock is unknown.
        let isUnknown: Bool
        /// Compares it with others: by its date for an all-day event.
        let position: Int
        /// Nil where it has the length of the event.
        var length: ForeignEvent.Length?

        init(_ local: Int, _ zone: CalendarDateTime.Zone, _ answer: ZoneResolver.Answer, in event: ForeignEvent) {
            (self.local, self.zone, at, isUnknown) = (local, zone, answer.at, answer.slack > 0)
            position = event.start.isDate ? Gregorian.floorDivide(local, 86_400).quotient * 86_400 : answer.at
        }

        var day: Int { Gregorian.floorDivide(local, 86_400).quotient }

        /// Whether it is one of those.
        func isAmong(_ keys: Set<OccurrenceKey>, in event: ForeignEvent) -> Bool {
            guard !keys.isEmpty else { return false }
            if keys.contains(.day(day)) { return true }
            guard !event.start.isDate else { return false }
            return !isUnknown && keys.contains(.instant(at)) || zone == event.start.zone && keys.contains(.local(local))
        }
    }

    private(set) var times: [Time] = []
    /// Days, by number, in which the event may have any time.
    private(set) var wholeDays: [ClosedRange<Int>] = []
    /// Whether these are exactly the event's times.
    private(set) var isExact = true

    init(of event: ForeignEvent, in time: ClosedRange<Int>, _ steps: inout Int, _ clock: inout ZoneResolver) {
        let start = event.start
        // DTSTART is an occurrence whether or not the rule names it (RFC 5545 §3.8.5.3).
        var localTimes: Set<Int> = time.contains(start.local) ? [start.local] : []
        for rule in event.rules {
            let (found, isAll) = Self.occurrences(of: rule, event, in: time, &steps, &clock)
            isExact = isExact && isAll
            switch found {
            case .times(let some): localTimes.formUnion(some)
            case .days(let some): wholeDays += some
            }
        }
        for rule in event.exceptionRules {
            let (found, isAll) = Self.occurrences(of: rule, event, in: time, &steps, &clock)
            if isAll, case .times(let some) = found { localTimes.subtract(some) } else { isExact = false }
        }
        for local in localTimes.sorted() {
            let answer = clock.answer(local, in: start.zone)
            // RFC 5545 §3.3.10: an occurrence at a time that the clock skips does not take place.
            guard answer.exists || start.isDate || local == start.local else { continue }
            times.append(Time(local, start.zone, answer, in: event))
        }
        for addition in event.adding {
            let (local, zone) = Self.placed(addition.start, in: start, &clock)
            guard time.contains(local) else { continue }
            var one = Time(local, zone, clock.answer(local, in: zone), in: event)
            one.length = addition.length ?? Self.length(of: event, where: zone, &clock)
            times.append(one)
        }
    }

    /// The local time of a further occurrence. A value of the other kind than the event's (RFC 5545 §3.8.5.2) means its date,
    /// at the event's time of day if it has one.
    private static func placed(
        _ moment: CalendarDateTime, in start: CalendarDateTime, _ clock: inout ZoneResolver
    ) -> (local: Int, zone: CalendarDateTime.Zone) {
        if start.isDate { return (OccurrenceKey.date(of: moment, &clock) * 86_400, start.zone) }
        if moment.isDate { return (moment.local + (start.second ?? 0), start.zone) }
        return (moment.local, moment.zone == .floating ? start.zone : moment.zone)
    }

    /// In another zone than the event's own, an occurrence lasts exactly as long as the event.
    private static func length(
        of event: ForeignEvent, where zone: CalendarDateTime.Zone, _ clock: inout ZoneResolver
    ) -> ForeignEvent.Length? {
        guard zone != event.start.zone, case .until(let end) = event.length else { return nil }
        let first = clock.answer(event.start.local, in: event.start.zone).at
        return .lasting(days: 0, seconds: max(0, clock.answer(end.local, in: end.zone).at - first))
    }

    /// The occurrences up to the rule's end.
    private static func occurrences(
        of rule: EventRule, _ event: ForeignEvent, in time: ClosedRange<Int>, _ steps: inout Int,
        _ clock: inout ZoneResolver
    ) -> (found: EventRule.Occurrences, isExact: Bool) {
        var last = time.upperBound
        if let until = rule.until { last = min(last, until.local + 2 * 86_400) }
        guard time.lowerBound <= last else { return (.times([]), true) }
        let start = event.start
        let mayBeSkipped = !start.isDate && clock.reading(of: start.zone).mayChange
        let (found, isExact) = rule.occurrences(
            from: start.local, isDate: start.isDate, in: time.lowerBound...last, steps: &steps
        ) { local in
            // Clocks are changed at night.
            let hour = Gregorian.floorDivide(local, 86_400).remainder / 3600
            guard mayBeSkipped, local != start.local, hour < 4 || hour >= 22 else { return true }
            return clock.answer(local, in: start.zone).exists
        }
        guard let until = rule.until else { return (found, isExact) }
        switch found {
        case .times(let localTimes):
            return (.times(localTimes.filter { isWithin($0, until, event, &clock) }), isExact)
        case .days(let days):
            let within = days.filter { $0.lowerBound <= until.day + 1 }
            return (.days(within.map { $0.lowerBound...min($0.upperBound, until.day + 1) }), isExact)
        }
    }

    /// Whether a time lies before the end of its rule. Dates are compared as dates, local times as local times, and instants
    /// only where the end is one.
    private static func isWithin(
        _ local: Int, _ until: CalendarDateTime, _ event: ForeignEvent, _ clock: inout ZoneResolver
    ) -> Bool {
        let day = Gregorian.floorDivide(local, 86_400).quotient
        if event.start.isDate { return day <= OccurrenceKey.date(of: until, &clock) }
        if until.isDate { return day <= until.day }
        if until.zone == .floating || until.zone == event.start.zone { return local <= until.local }
        // No two clocks of the earth differ by more.
        if local + 26 * 3600 <= until.local { return true }
        let end = clock.answer(until.local, in: until.zone).at
        if clock.answer(local, in: event.start.zone).at <= end { return true }
        return event.start.zone == .floating && local <= until.local
    }
}
