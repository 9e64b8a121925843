import Clinic
import ICalendar

/// When a foreign calendar's events are, in wall time, between two dates; the database reads the walls as instants.
///
/// What cannot be known for certain is never left out and never guessed: an event that repeats by a rule off the
/// allow-list of `RecurrenceRule` takes its time of every day until the rule's end, or, where the rule names times of the
/// day itself, all of that time; one in a zone that the system does not know takes all that it could mean.
struct BusyWalls: Sendable, Equatable {
    /// What the occurrences of an event have in common.
    struct Series: Sendable, Equatable {
        /// An IANA zone; nil for hers.
        var zone: String?
        /// Seconds by which it may begin earlier and end later, because its zone is not known.
        var early = 0
        var late = 0
        /// How long: exactly so many seconds, or as long as from the one wall to the other, or (nil) to a wall of each
        /// occurrence's own.
        var lasts: Lasts?
        /// The last instant at which an occurrence may begin.
        var until: Until?

        struct Until: Sendable, Equatable {
            let wall: String
            let zone: String?
        }

        enum Lasts: Sendable, Equatable {
            case seconds(Int)
            case walls(first: String, zone: String?, last: String, lastZone: String?)
        }
    }

    struct Occurrence: Sendable, Equatable {
        let series: Int
        let starts: String
        /// Where the series has no length.
        let ends: String?
    }

    struct Exclusion: Sendable, Equatable {
        let series: Int
        let starts: String
        let zone: String?
    }

    private(set) var series: [Series] = []
    private(set) var occurrences: [Occurrence] = []
    private(set) var exclusions: [Exclusion] = []
    /// Events that block more than they may need, because of their rule, or of their zone.
    private(set) var unclearRules = 0
    private(set) var unclearZones = 0

    /// How much of the rules of one calendar is gone through, as `Recurrence.dates` counts: a second's work at most, and a
    /// hundred times what a person's calendar takes.
    private var patience = 1_000_000

    private let known: Set<String>
    private let hints: [String: ForeignZone]
    private let window: ClosedRange<CivilDate>

    /// - Parameters:
    ///   - known: those of `zoneNames(of:)` that the system's tzdata has.
    ///   - window: the dates that matter.
    /// - Throws: `CalendarFault.tooMuch`.
    init(_ calendar: ForeignCalendar, known: Set<String>, in window: ClosedRange<CivilDate>) throws(CalendarFault) {
        self.known = known
        hints = calendar.zones
        self.window = window
        for event in calendar.events {
            try add(event)
            guard occurrences.count + exclusions.count <= LinkedCalendar.mostTimes, patience > 0 else { throw .tooMuch }
        }
    }

    /// There are some 400 zones, and some of them under names of their own.
    private static let mostZoneNames = 500

    /// Every name of a zone that a calendar's events may be read by.
    /// - Throws: `CalendarFault.tooMuch`.
    static func zoneNames(of calendar: ForeignCalendar) throws(CalendarFault) -> Set<String> {
        var names: Set<String> = []
        for event in calendar.events {
            var moments = [event.start] + event.adding + event.excluding
            if case .until(let end) = event.length { moments.append(end) }
            for case .named(let name) in moments.map(\.zone) {
                names.formUnion(ZoneReading.candidates(name, calendar.zones[name]))
            }
            guard names.count <= mostZoneNames else { throw .tooMuch }
        }
        return names
    }

    private mutating func add(_ event: ForeignEvent) throws(CalendarFault) {
        let reading = ZoneReading(event.start.zone, known, hints)
        let one = Series(zone: reading.zone, early: reading.early, late: reading.late, lasts: lasts(event, reading))
        let (index, before) = (series.count, occurrences.count)
        series.append(one)
        // How far before the window something may begin that reaches into it.
        let days = wallDays(of: event)
        guard let lower = window.lowerBound.adding(days: -days), lower <= window.upperBound else { return }
        let dates = ForeignDates(of: event, in: lower...window.upperBound, patience: &patience)
        switch dates {
        case .known(let dates, let until):
            // In a zone that is not known the end may be later.
            if case .time(let text) = until, reading.isKnown, let last = WallMoment(text, zone: event.start.zone) {
                series[index].until = Series.Until(wall: last.wall, zone: ZoneReading(last.zone, known, hints).zone)
            }
            for date in dates { add(event, on: date, index) }
            if !dates.isEmpty { exclude(event, index, reading) }
        case .everyDay(let last):
            var date: CivilDate? = max(event.start.date, lower)
            while let day = date, day <= last {
                add(event, on: day, index)
                date = day.adding(days: 1)
            }
        case .always(let last) where last >= lower:
            let ends = WallMoment(date: last.adding(days: days) ?? last, second: nil, zone: event.start.zone)
            series[index].lasts = nil
            occurrences.append(Occurrence(series: index, starts: event.start.wall, ends: ends.wall))
        case .always: break
        }
        // Most events of an old calendar are long over.
        if occurrences.count == before { series.removeLast() }
        try addFurther(event, one, from: lower)
        guard occurrences.count > before else { return }
        if !reading.isKnown { unclearZones += 1 }
        if dates.areUnclear { unclearRules += 1 }
    }

    /// What is excluded is compared as an instant, and so only where both zones are known, or are the same.
    private mutating func exclude(_ event: ForeignEvent, _ index: Int, _ reading: ZoneReading) {
        for moment in event.excluding where (moment.second == nil) == (event.start.second == nil) {
            let zone = ZoneReading(moment.zone, known, hints)
            guard zone.isKnown && reading.isKnown || moment.zone == event.start.zone else { continue }
            exclusions.append(Exclusion(series: index, starts: moment.wall, zone: zone.zone))
        }
    }

    /// RDATE: each may be in a zone of its own.
    private mutating func addFurther(
        _ event: ForeignEvent, _ base: Series, from lower: CivilDate
    ) throws(CalendarFault) {
        guard event.adding.count <= LinkedCalendar.mostTimes else { throw .tooMuch }
        for moment in event.adding where moment.date >= lower && moment.date <= window.upperBound {
            let reading = ZoneReading(moment.zone, known, hints)
            var further = base
            (further.zone, further.early, further.late) = (reading.zone, reading.early, reading.late)
            let ends = event.length.end(on: moment.date)
            occurrences.append(Occurrence(series: series.count, starts: moment.wall, ends: ends))
            series.append(further)
        }
    }

    private mutating func add(_ event: ForeignEvent, on date: CivilDate, _ index: Int) {
        let start = WallMoment(date: date, second: event.start.second, zone: event.start.zone)
        occurrences.append(Occurrence(series: index, starts: start.wall, ends: event.length.end(on: date)))
    }

    private func lasts(_ event: ForeignEvent, _ start: ZoneReading) -> Series.Lasts? {
        switch event.length {
        case .days: return nil
        case .seconds(let seconds): return .seconds(seconds)
        case .until(let end):
            let ending = ZoneReading(end.zone, known, hints)
            guard start.isKnown, ending.isKnown else {
                // By the walls alone; where the two zones differ, as much more as two zones ever do.
                let seconds = event.start.wallSeconds(until: end)
                return .seconds(max(0, seconds + (end.zone == event.start.zone ? 0 : 26 * 3600)))
            }
            return .walls(first: event.start.wall, zone: start.zone, last: end.wall, lastZone: ending.zone)
        }
    }

    /// Whole days of the wall that an occurrence reaches at most, and one for zones.
    private func wallDays(of event: ForeignEvent) -> Int {
        switch event.length {
        case .days(let days): days + 2
        case .seconds(let seconds): seconds / 86_400 + 3
        case .until(let end): max(0, end.date.dayNumber - event.start.date.dayNumber) + 3
        }
    }
}

extension ForeignEvent.Length {
    fileprivate func end(on date: CivilDate) -> String? {
        guard case .days(let days) = self else { return nil }
        return WallMoment(date: date.adding(days: days) ?? date, second: nil, zone: .floating).wall
    }
}
