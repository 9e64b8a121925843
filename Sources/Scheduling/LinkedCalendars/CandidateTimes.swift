import Clinic
import ICalendar

/// By what an occurrence of an event is named.
enum OccurrenceKey: Hashable, Sendable {
    /// The date of its start by the event's wall.
    case day(Int)
    /// Its start by the event's wall.
    case wall(Int)
    case instant(Int)

    /// The most zones that an all-day event may have been written in.
    private static let mostZones = 10

    /// Which occurrences of an event a time means that leaves one out or stands for it: by the date where one of the two is
    /// a date, by the wall where one has no zone or both the same, and as an instant else.
    static func keys(
        of moment: WallMoment, in event: ForeignEvent, _ clock: inout WallClock
    ) -> Set<OccurrenceKey> {
        if event.start.isDate { return [.day(date(of: moment, &clock))] }
        if moment.isDate { return [.day(moment.day)] }
        let (own, other) = (event.start.zone, moment.zone)
        if own == other || other == .floating { return [.wall(moment.wall)] }
        let isKnown = clock.reading(of: own).isKnown && clock.reading(of: other).isKnown
        let instant = OccurrenceKey.instant(clock.answer(moment.wall, in: other).at)
        if own == .floating { return [.wall(moment.wall), instant] }
        return isKnown ? [instant] : [.wall(moment.wall)]
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
        for zone in [.floating] + clock.definedZones.prefix(mostZones)
        where clock.answer(midnight, in: zone).at == moment.wall {
            return moment.day + 1
        }
        return moment.day
    }
}

/// The times that an event may have, before what is left out of them.
struct CandidateTimes {
    struct Time {
        /// By the event's wall.
        let wall: Int
        let at: Int
        let keys: Set<OccurrenceKey>
        /// By which it is compared with others: its date for an all-day event.
        let position: Int
        /// Nil where it is as long as the event.
        var length: ForeignEvent.Length?
    }

    private(set) var times: [Time] = []
    /// Days of which the event has some time, by number.
    private(set) var wholeDays: [Int] = []
    /// Whether they are all that the event has, and no more.
    private(set) var isExact = true

    init(of event: ForeignEvent, in time: ClosedRange<Int>, _ steps: inout Int, _ clock: inout WallClock) {
        let start = event.start
        var walls: Set<Int> = []
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
        // DTSTART is an occurrence whether or not the rule names it (RFC 5545 §3.8.5.3).
        if time.contains(start.wall) { walls.insert(start.wall) }
        for wall in walls.sorted() {
            let answer = clock.answer(wall, in: start.zone)
            // RFC 5545 §3.3.10: what a rule puts into a time that the clock skips does not take place.
            guard answer.exists || start.isDate || wall == start.wall else { continue }
            times.append(Self.made(wall, answer.at, start, isOnWall: true))
        }
        for addition in event.adding {
            let (wall, zone) = Self.placed(addition.start, in: start, &clock)
            guard time.contains(wall) else { continue }
            var one = Self.made(wall, clock.answer(wall, in: zone).at, start, isOnWall: zone == start.zone)
            one.length = addition.length ?? Self.length(of: event, where: zone, &clock)
            times.append(one)
        }
    }

    private static func made(_ wall: Int, _ at: Int, _ start: WallMoment, isOnWall: Bool) -> Time {
        let day = Gregorian.floorDivide(wall, 86_400).quotient
        var keys: Set<OccurrenceKey> = [.day(day)]
        if !start.isDate {
            keys.insert(.instant(at))
            if isOnWall { keys.insert(.wall(wall)) }
        }
        return Time(wall: wall, at: at, keys: keys, position: start.isDate ? day * 86_400 : at)
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
        let (found, isExact) = rule.occurrences(
            from: event.start.wall, isDate: event.start.isDate, in: time.lowerBound...last, steps: &steps)
        guard let until = rule.until else { return (found, isExact) }
        switch found {
        case .walls(let walls):
            return (.walls(walls.filter { isWithin($0, until, event, &clock) }), isExact)
        case .days(let days): return (.days(days.filter { $0 <= until.day + 1 }), isExact)
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
