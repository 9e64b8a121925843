import Clinic
import ICalendar

/// By what an occurrence of an event is named.
enum OccurrenceKey: Hashable, Sendable {
    /// The date of its start by the event's wall.
    case day(Int)
    /// Its start by the event's wall.
    case wall(Int)
    case instant(Int)

    /// Which occurrences of an event a time means that leaves one out or stands for it: by the date where one of the two is
    /// a date, by the wall where one has no zone or both the same, and as an instant else. None where nobody can say.
    /// - Parameter hasOtherClocks: whether occurrences were added to the event by other clocks than its own.
    static func keys(
        of moment: WallMoment, in event: ForeignEvent, hasOtherClocks: Bool, _ clock: inout WallClock
    ) -> [OccurrenceKey] {
        if event.start.isDate { return [.day(date(of: moment, &clock))] }
        if moment.isDate { return [.day(moment.day)] }
        let (own, other) = (event.start.zone, moment.zone)
        let isOwn = own == other || other == .floating
        if isOwn, !hasOtherClocks { return [.wall(moment.wall)] }
        let answer = clock.answer(moment.wall, in: isOwn ? own : other)
        let isKnown = clock.reading(of: own).isKnown && clock.reading(of: other).isKnown && answer.slack == 0
        if isOwn { return isKnown ? [.wall(moment.wall), .instant(answer.at)] : [.wall(moment.wall)] }
        let isNamed = if case .named = other { true } else { false }
        // By another name some programs mean the same wall.
        if isNamed, own == .floating || !isKnown { return [.wall(moment.wall)] }
        return isKnown ? [.instant(answer.at)] : []
    }

    /// The same for two times that mean one occurrence.
    static func identity(
        of moment: WallMoment, in event: ForeignEvent, _ clock: inout WallClock
    ) -> OccurrenceKey {
        if event.start.isDate { return .day(date(of: moment, &clock)) }
        if moment.isDate { return .day(moment.day) }
        let zone = moment.zone == .floating ? event.start.zone : moment.zone
        return .instant(clock.answer(moment.wall, in: zone).at)
    }

    /// The date that a time means of an all-day event. UTC is how some programs write the midnight of their own zone.
    static func date(of moment: WallMoment, _ clock: inout WallClock) -> Int {
        guard let second = moment.second, moment.zone == .utc, second >= 9 * 3600 else { return moment.day }
        let midnight = (moment.day + 1) * 86_400
        for zone in [.floating] + clock.definedZones
        where clock.answer(midnight, in: zone).at == moment.wall {
            return moment.day + 1
        }
        return moment.day
    }
}

/// The times that an event may have, before what is left out of them.
struct CandidateTimes {
    struct Time {
        /// By the wall of its zone, which is the event's but for what was added by another clock.
        let wall: Int
        let zone: WallMoment.Zone
        let at: Int
        /// Whether nobody knows what its clock shows.
        let isUnknown: Bool
        /// By which it is compared with others: its date for an all-day event.
        let position: Int
        /// Nil where it is as long as the event.
        var length: ForeignEvent.Length?

        init(_ wall: Int, _ zone: WallMoment.Zone, _ answer: WallClock.Answer, in event: ForeignEvent) {
            (self.wall, self.zone, at, isUnknown) = (wall, zone, answer.at, answer.slack > 0)
            position = event.start.isDate ? Gregorian.floorDivide(wall, 86_400).quotient * 86_400 : answer.at
        }

        var day: Int { Gregorian.floorDivide(wall, 86_400).quotient }

        /// Whether it is one of those.
        func isAmong(_ keys: Set<OccurrenceKey>, in event: ForeignEvent) -> Bool {
            guard !keys.isEmpty else { return false }
            if keys.contains(.day(day)) { return true }
            guard !event.start.isDate else { return false }
            return !isUnknown && keys.contains(.instant(at)) || zone == event.start.zone && keys.contains(.wall(wall))
        }
    }

    private(set) var times: [Time] = []
    /// Days of which the event has some time, by number.
    private(set) var wholeDays: [ClosedRange<Int>] = []
    /// Whether they are all that the event has, and no more.
    private(set) var isExact = true

    init(of event: ForeignEvent, in time: ClosedRange<Int>, _ steps: inout Int, _ clock: inout WallClock) {
        let start = event.start
        // DTSTART is an occurrence whether or not the rule names it (RFC 5545 §3.8.5.3).
        var walls: Set<Int> = time.contains(start.wall) ? [start.wall] : []
        for rule in event.rules {
            let (found, isAll) = Self.occurrences(of: rule, event, in: time, &steps, &clock)
            isExact = isExact && isAll
            switch found {
            case .walls(let some): walls.formUnion(some)
            case .days(let some): wholeDays += some
            }
        }
        for rule in event.exceptionRules {
            let (found, isAll) = Self.occurrences(of: rule, event, in: time, &steps, &clock)
            if isAll, case .walls(let some) = found { walls.subtract(some) } else { isExact = false }
        }
        for wall in walls.sorted() {
            let answer = clock.answer(wall, in: start.zone)
            // RFC 5545 §3.3.10: what a rule puts into a time that the clock skips does not take place.
            guard answer.exists || start.isDate || wall == start.wall else { continue }
            times.append(Time(wall, start.zone, answer, in: event))
        }
        for addition in event.adding {
            let (wall, zone) = Self.placed(addition.start, in: start, &clock)
            guard time.contains(wall) else { continue }
            var one = Time(wall, zone, clock.answer(wall, in: zone), in: event)
            one.length = addition.length ?? Self.length(of: event, where: zone, &clock)
            times.append(one)
        }
    }

    /// Where a further occurrence is: what has the other kind of value than the event (RFC 5545 §3.8.5.2) means its date, at
    /// the event's time of day where it has one.
    private static func placed(
        _ moment: WallMoment, in start: WallMoment, _ clock: inout WallClock
    ) -> (wall: Int, zone: WallMoment.Zone) {
        if start.isDate { return (OccurrenceKey.date(of: moment, &clock) * 86_400, start.zone) }
        if moment.isDate { return (moment.wall + (start.second ?? 0), start.zone) }
        return (moment.wall, moment.zone == .floating ? start.zone : moment.zone)
    }

    /// In another zone than the event's own an occurrence is exactly as long as the event.
    private static func length(
        of event: ForeignEvent, where zone: WallMoment.Zone, _ clock: inout WallClock
    ) -> ForeignEvent.Length? {
        guard zone != event.start.zone, case .until(let end) = event.length else { return nil }
        let first = clock.answer(event.start.wall, in: event.start.zone).at
        return .lasting(days: 0, seconds: max(0, clock.answer(end.wall, in: end.zone).at - first))
    }

    /// Those up to the rule's end.
    private static func occurrences(
        of rule: EventRule, _ event: ForeignEvent, in time: ClosedRange<Int>, _ steps: inout Int,
        _ clock: inout WallClock
    ) -> (found: EventRule.Occurrences, isExact: Bool) {
        var last = time.upperBound
        if let until = rule.until { last = min(last, until.wall + 2 * 86_400) }
        guard time.lowerBound <= last else { return (.walls([]), true) }
        let start = event.start
        let mayBeSkipped = !start.isDate && clock.reading(of: start.zone).mayChange
        let (found, isExact) = rule.occurrences(
            from: start.wall, isDate: start.isDate, in: time.lowerBound...last, steps: &steps
        ) { wall in
            // Clocks are changed at night.
            let hour = Gregorian.floorDivide(wall, 86_400).remainder / 3600
            guard mayBeSkipped, wall != start.wall, hour < 4 || hour >= 22 else { return true }
            return clock.answer(wall, in: start.zone).exists
        }
        guard let until = rule.until else { return (found, isExact) }
        switch found {
        case .walls(let walls):
            return (.walls(walls.filter { isWithin($0, until, event, &clock) }), isExact)
        case .days(let days):
            let within = days.filter { $0.lowerBound <= until.day + 1 }
            return (.days(within.map { $0.lowerBound...min($0.upperBound, until.day + 1) }), isExact)
        }
    }

    /// Whether a rule that ends so has a time: dates are compared as dates, walls as walls, and instants only where the end
    /// is one.
    private static func isWithin(
        _ wall: Int, _ until: WallMoment, _ event: ForeignEvent, _ clock: inout WallClock
    ) -> Bool {
        let day = Gregorian.floorDivide(wall, 86_400).quotient
        if event.start.isDate { return day <= OccurrenceKey.date(of: until, &clock) }
        if until.isDate { return day <= until.day }
        if until.zone == .floating || until.zone == event.start.zone { return wall <= until.wall }
        // No two clocks are farther apart.
        if wall + 26 * 3600 <= until.wall { return true }
        let end = clock.answer(until.wall, in: until.zone).at
        if clock.answer(wall, in: event.start.zone).at <= end { return true }
        return event.start.zone == .floating && wall <= until.wall
    }
}
