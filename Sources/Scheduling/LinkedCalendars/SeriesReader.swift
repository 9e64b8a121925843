import ICalendar

/// What one UID of a foreign calendar takes of a time.
struct SeriesReader {
    /// What matters, in Unix seconds.
    let window: Range<Int>
    /// As `EventRule.occurrences` counts.
    private(set) var steps: Int
    private(set) var spans: [Range<Int>] = []
    private(set) var unclear: Set<UncertainEvent> = []

    private static let day = 86_400
    /// How far the clocks of the earth are apart.
    private static let margin = 2 * day
    /// The most that is compared where many events and many overrides share a UID, as they must not.
    private static let mostPairs = 100_000

    init(window: Range<Int>, steps: Int) {
        self.window = window
        self.steps = steps
    }

    mutating func read(_ series: ForeignSeries, by clock: inout WallClock) {
        let overrides = latest(of: series, &clock)
        for override in overrides where override.blocks { addAlone(override, &clock) }
        let isTooMuch = series.events.count * overrides.count > Self.mostPairs
        for event in series.events where event.blocks {
            add(event, replacedBy: isTooMuch ? [] : overrides, isCertain: !isTooMuch, &clock)
        }
        guard series.events.isEmpty else { return }
        // What stands for all that follow, of a series that is not there, follows its own rule.
        for override in overrides where override.blocks && override.occurrence?.isOfAllThatFollow == true {
            add(override, replacedBy: [], isCertain: !override.rules.isEmpty, &clock)
        }
    }

    /// Of several overrides of one occurrence those of the highest SEQUENCE (RFC 5546 §2.1.5).
    private func latest(of series: ForeignSeries, _ clock: inout WallClock) -> [ForeignEvent] {
        struct Place: Hashable {
            let key: OccurrenceKey
            let isOfAllThatFollow: Bool
        }
        var (latest, places) = ([Place: Int](), [(place: Place, event: ForeignEvent)]())
        for override in series.overrides {
            guard let occurrence = override.occurrence else { continue }
            let key = OccurrenceKey.identity(of: occurrence.moment, in: series.events.first ?? override, &clock)
            let place = Place(key: key, isOfAllThatFollow: occurrence.isOfAllThatFollow)
            latest[place] = max(latest[place] ?? .min, override.sequence)
            places.append((place, override))
        }
        return places.filter { latest[$0.place] == $0.event.sequence }.map(\.event)
    }

    /// An override stands for one occurrence, whatever rule it repeats.
    private mutating func addAlone(_ event: ForeignEvent, _ clock: inout WallClock) {
        guard isNear(event) else { return }
        let at = clock.answer(event.start.wall, in: event.start.zone).at
        if block(event, from: event.start.wall, at, &clock) { note(event, isCertain: !event.isDamaged, &clock) }
    }

    private mutating func add(
        _ event: ForeignEvent, replacedBy overrides: [ForeignEvent], isCertain: Bool, _ clock: inout WallClock
    ) {
        let followers = Follower.all(of: overrides, in: event, &clock)
        let reach = followers.reduce(event.reach) { max($0, $1.event.reach + abs($1.shift)) }
        let shift = followers.map { abs($0.shift) }.max() ?? 0
        let low = window.lowerBound - reach - Self.margin
        let time = low...(window.upperBound + shift + Self.margin)
        let candidates = CandidateTimes(of: event, in: time, &steps, &clock)
        let isCertain = isCertain && candidates.isExact && !event.isDamaged
        let replaced = overrides.compactMap { override -> WallMoment? in
            guard let occurrence = override.occurrence, !occurrence.isOfAllThatFollow else { return nil }
            return occurrence.moment
        }
        var gone: Set<OccurrenceKey> = []
        for moment in event.excluding + replaced
        where time.lowerBound - Self.margin <= moment.wall && moment.wall <= time.upperBound + Self.margin {
            gone.formUnion(OccurrenceKey.keys(of: moment, in: event, &clock))
        }
        var hasBlocked = false
        for occurrence in candidates.times where gone.isDisjoint(with: occurrence.keys) {
            if let follower = followers.last(where: { $0.position <= occurrence.position }) {
                if block(follower, of: occurrence, in: event, candidates, &clock) { hasBlocked = true }
            } else if block(event, from: occurrence.wall, occurrence.at, lasting: occurrence.length, &clock) {
                hasBlocked = true
            }
        }
        for day in candidates.wholeDays {
            let at = clock.answer(day * Self.day, in: event.start.zone).at
            let next = clock.answer((day + 1) * Self.day, in: event.start.zone).at
            let first = clock.answer(event.start.wall, in: event.start.zone).at
            // The last of the day's is as long as the first of all.
            if block(at, next + end(of: event, from: event.start.wall, first, nil, &clock) - first) {
                hasBlocked = true
            }
        }
        for follower in followers where follower.event.blocks && follower.hasRuleOfItsOwn(in: event) {
            // Whether its rule or the series' goes on, nobody can say: both do.
            add(follower.event, replacedBy: [], isCertain: false, &clock)
        }
        if hasBlocked { note(event, isCertain: isCertain, &clock) }
    }

    /// RFC 5545 §3.2.13: what stands for all that follow moves each of them by as much, and gives it its own length.
    private mutating func block(
        _ follower: Follower, of occurrence: CandidateTimes.Time, in event: ForeignEvent, _ candidates: CandidateTimes,
        _ clock: inout WallClock
    ) -> Bool {
        let moved = follower.event
        guard moved.blocks else { return false }
        if let from = follower.wall ?? candidates.times.first(where: { $0.position == follower.position })?.wall,
            moved.start.zone == event.start.zone
        {
            let wall = occurrence.wall + moved.start.wall - from
            return block(moved, from: wall, clock.answer(wall, in: moved.start.zone).at, &clock)
        }
        // From one zone to another by exact time.
        let shift = clock.answer(moved.start.wall, in: moved.start.zone).at - follower.at
        let at = occurrence.at + shift
        let first = clock.answer(moved.start.wall, in: moved.start.zone).at
        return block(at, at + (end(of: moved, from: moved.start.wall, first, nil, &clock) - first))
    }

    private mutating func block(
        _ event: ForeignEvent, from wall: Int, _ at: Int, lasting length: ForeignEvent.Length? = nil,
        _ clock: inout WallClock
    ) -> Bool {
        block(at, end(of: event, from: wall, at, length, &clock))
    }

    private mutating func block(_ at: Int, _ ends: Int) -> Bool {
        guard at < ends, window.overlaps(at..<ends) else { return false }
        spans.append(at..<ends)
        return true
    }

    /// The latest instant at which an occurrence that begins at a wall may end.
    private func end(
        of event: ForeignEvent, from wall: Int, _ at: Int, _ length: ForeignEvent.Length?, _ clock: inout WallClock
    ) -> Int {
        let zone = event.start.zone
        let slack = clock.slack(of: zone)
        switch length ?? event.length {
        case .lasting(let days, let seconds):
            guard days > 0 else { return at + seconds + slack }
            return clock.answer(wall + days * Self.day, in: zone).at + seconds + slack
        case .until(let end) where length != nil:
            // Of this occurrence alone.
            return clock.answer(end.wall, in: end.zone).at + clock.slack(of: end.zone)
        case .until(let end):
            let shift = wall - event.start.wall
            let last = clock.answer(end.wall + shift, in: end.zone).at
            guard shift != 0, !event.start.isDate else { return last + max(slack, clock.slack(of: end.zone)) }
            // RFC 5545 §3.8.5.3: as long as the first, exactly. Programs show the wall's end over a change of the clock:
            // whichever is later.
            let first = clock.answer(event.start.wall, in: zone).at
            let exact = at + clock.answer(end.wall, in: end.zone).at - first
            return (end.zone == zone ? max(last, exact) : exact) + max(slack, clock.slack(of: end.zone))
        }
    }

    private func isNear(_ event: ForeignEvent) -> Bool {
        let wall = event.start.wall
        return wall <= window.upperBound + Self.margin && wall + event.reach >= window.lowerBound - Self.margin
    }

    private mutating func note(_ event: ForeignEvent, isCertain: Bool, _ clock: inout WallClock) {
        let starts = event.start.text
        if !clock.reading(of: event.start.zone).isKnown {
            unclear.insert(UncertainEvent(reason: .zone, uid: event.uid, starts: starts))
        }
        if !isCertain { unclear.insert(UncertainEvent(reason: .rule, uid: event.uid, starts: starts)) }
    }
}

extension ForeignEvent {
    /// How long after its start anything of an occurrence may lie, in seconds.
    var reach: Int {
        ([length] + adding.compactMap(\.length)).map { length in
            switch length {
            case .lasting(let days, let seconds): (days + 1) * 86_400 + seconds
            case .until(let end): max(0, end.wall - start.wall) + 2 * 86_400
            }
        }.max() ?? 0
    }
}

/// An override of all occurrences from one on.
private struct Follower {
    let event: ForeignEvent
    /// Of the first: on the wall of the series, where its RECURRENCE-ID says that; and as an instant.
    let wall: Int?
    let at: Int
    /// By which it is compared with occurrences.
    let position: Int

    /// By which it moves them, more or less.
    var shift: Int { event.start.wall - (wall ?? at) }

    static func all(
        of overrides: [ForeignEvent], in event: ForeignEvent, _ clock: inout WallClock
    ) -> [Follower] {
        var followers: [Follower] = []
        for override in overrides {
            guard let occurrence = override.occurrence, occurrence.isOfAllThatFollow else { continue }
            switch OccurrenceKey.identity(of: occurrence.moment, in: event, &clock) {
            case .day(let day):
                let at = clock.answer(day * 86_400, in: event.start.zone).at
                // A date stands for the occurrence of that date.
                let wall = day * 86_400 + (event.start.second ?? 0)
                followers.append(
                    Follower(
                        event: override, wall: wall, at: clock.answer(wall, in: event.start.zone).at,
                        position: event.start.isDate ? day * 86_400 : at))
            case .instant(let at), .wall(let at):
                let moment = occurrence.moment
                let isOnWall = moment.zone == event.start.zone || moment.zone == .floating
                followers.append(
                    Follower(event: override, wall: isOnWall ? moment.wall : nil, at: at, position: at))
            }
        }
        return followers.sorted { $0.position < $1.position }
    }

    /// Whether it repeats otherwise than the series, where it says how.
    func hasRuleOfItsOwn(in series: ForeignEvent) -> Bool { !event.rules.isEmpty && event.rules != series.rules }
}
