import ICalendar

/// Finds the busy times of one UID of a foreign calendar.
struct SeriesReader {
    /// The time that matters, in Unix seconds.
    let window: Range<Int>
    /// The steps that are left, as `EventRule.occurrences` counts them.
    private(set) var steps: Int
    private(set) var spans: [Range<Int>] = []
    private(set) var unclear: Set<UncertainEvent> = []
    /// Whether it has more than is compared, so that something would be left out.
    private(set) var isTooMuch = false
    /// Whether something was blocked by an unknown clock.
    private var isOfUnknownClock = false

    private static let day = 86_400
    /// More than any two clocks of the earth differ.
    private static let margin = 2 * day
    /// The most comparisons where many events and many overrides share a UID, which they must not.
    private static let mostPairs = 100_000

    init(window: Range<Int>, steps: Int) {
        self.window = window
        self.steps = steps
    }

    mutating func read(_ series: ForeignSeries, by clock: inout ZoneResolver) {
        let overrides = latest(of: series, &clock)
        for override in overrides where override.blocks { addAlone(override, &clock) }
        for event in series.events + overrides where event.blocks && event.lacksAddition {
            unclear.insert(
                UncertainEvent(reason: .times, uid: event.uid, starts: event.start.text, repeats: true))
        }
        // An event that does not block may do so from one of its occurrences on.
        let isBusyLater = overrides.contains { $0.blocks && $0.occurrence?.isOfAllThatFollow == true }
        let isMuch = series.events.count * overrides.count > Self.mostPairs
        isTooMuch = isMuch && isBusyLater
        for event in series.events where event.blocks || isBusyLater {
            add(event, replacedBy: isMuch ? [] : overrides, isCertain: !isMuch, &clock)
        }
        guard series.events.isEmpty else { return }
        // Without its series, an override of all that follow, or of an unknown occurrence, repeats by its own rule.
        for override in overrides where override.blocks {
            guard override.occurrence?.isOfAllThatFollow ?? true else { continue }
            add(override, replacedBy: [], isCertain: !override.rules.isEmpty, &clock)
        }
    }

    /// Of several overrides of one occurrence, those with the highest SEQUENCE (RFC 5546 §2.1.5).
    private func latest(of series: ForeignSeries, _ clock: inout ZoneResolver) -> [ForeignEvent] {
        struct Place: Hashable {
            let key: OccurrenceKey
            let isOfAllThatFollow: Bool
        }
        var (latest, places) = ([Place: Int](), [(place: Place?, event: ForeignEvent)]())
        for override in series.overrides {
            guard let occurrence = override.occurrence else {
                places.append((nil, override))
                continue
            }
            let key = OccurrenceKey.identity(of: occurrence.moment, in: series.events.first ?? override, &clock)
            let place = Place(key: key, isOfAllThatFollow: occurrence.isOfAllThatFollow)
            latest[place] = max(latest[place] ?? .min, override.sequence)
            places.append((place, override))
        }
        return places.filter { one in one.place.map { latest[$0] == one.event.sequence } ?? true }.map(\.event)
    }

    /// Adds the one occurrence that an override replaces, whatever rule it repeats.
    private mutating func addAlone(_ event: ForeignEvent, _ clock: inout ZoneResolver) {
        guard isNear(event) else { return }
        isOfUnknownClock = false
        if block(event, from: event.start.local, in: event.start.zone, &clock) {
            note(event, isCertain: !event.isDamaged, &clock)
        }
    }

    private mutating func add(
        _ event: ForeignEvent, replacedBy overrides: [ForeignEvent], isCertain: Bool, _ clock: inout ZoneResolver
    ) {
        steps -= overrides.count
        isOfUnknownClock = false
        let followers = ThisAndFutureOverride.all(of: overrides, in: event, &clock)
        let reach = followers.reduce(event.reach) { max($0, $1.event.reach + abs($1.shift)) }
        let shift = followers.map { abs($0.shift) }.max() ?? 0
        let low = window.lowerBound - reach - Self.margin
        let time = low...(window.upperBound + shift + Self.margin)
        let candidates = CandidateTimes(of: event, in: time, &steps, &clock)
        let (gone, isPlain) = left(out: overrides, of: event, candidates, in: time, &clock)
        let isCertain = isCertain && isPlain && candidates.isExact && !event.isDamaged
        var hasBlocked = false
        for occurrence in candidates.times where !occurrence.isAmong(gone, in: event) {
            if let follower = followers.last(through: { $0.position <= occurrence.position }) {
                if block(follower, of: occurrence, in: event, &clock) { hasBlocked = true }
            } else if event.blocks,
                block(event, from: occurrence.local, in: occurrence.zone, lasting: occurrence.length, &clock)
            {
                hasBlocked = true
            }
        }
        for days in candidates.wholeDays where block(days, of: event, followers, &clock) { hasBlocked = true }
        if hasBlocked { note(event, isCertain: isCertain, &clock) }
        for follower in followers where follower.event.blocks && follower.hasRuleOfItsOwn(in: event) {
            // It is unknown whether its rule or the series' continues: both do.
            add(follower.event, replacedBy: [], isCertain: false, &clock)
        }
    }

    /// Which occurrences do not take place or are replaced, and whether that is certain.
    private func left(
        out overrides: [ForeignEvent], of event: ForeignEvent, _ candidates: CandidateTimes, in time: ClosedRange<Int>,
        _ clock: inout ZoneResolver
    ) -> (gone: Set<OccurrenceKey>, isPlain: Bool) {
        let near = (time.lowerBound - Self.margin)...(time.upperBound + Self.margin)
        let hasOtherClocks = event.adding.contains { ![event.start.zone, .floating].contains($0.start.zone) }
        var gone: Set<OccurrenceKey> = []
        func leave(_ moment: CalendarDateTime) {
            gone.formUnion(OccurrenceKey.keys(of: moment, in: event, hasOtherClocks: hasOtherClocks, &clock))
        }
        for moment in event.excluding where near.contains(moment.local) { leave(moment) }
        var dates: Set<Int> = []
        for override in overrides {
            guard let occurrence = override.occurrence, !occurrence.isOfAllThatFollow,
                near.contains(occurrence.moment.local)
            else { continue }
            if occurrence.moment.isDate, !event.start.isDate {
                dates.insert(occurrence.moment.day)
            } else {
                leave(occurrence.moment)
            }
        }
        guard !dates.isEmpty else { return (gone, true) }
        // An override named by its date replaces one occurrence. Of several on that date it is unknown which.
        var counts: [Int: Int] = [:]
        for occurrence in candidates.times where !occurrence.isAmong(gone, in: event) {
            counts[occurrence.day, default: 0] += 1
        }
        let plain = dates.filter { counts[$0] ?? 0 <= 1 }
        return (gone.union(plain.map { .day($0) }), plain.count == dates.count)
    }
}

/// What blocks time.
extension SeriesReader {
    /// RFC 5545 §3.2.13: an override of all that follow moves each by the same amount, and gives each its own length.
    private mutating func block(
        _ follower: ThisAndFutureOverride, of occurrence: CandidateTimes.Time, in event: ForeignEvent,
        _ clock: inout ZoneResolver
    ) -> Bool {
        let moved = follower.event
        guard moved.blocks else { return false }
        if let from = follower.local, occurrence.zone == event.start.zone, moved.start.zone == event.start.zone {
            return block(moved, from: occurrence.local + moved.start.local - from, in: moved.start.zone, &clock)
        }
        // From one clock to another the move is by exact time.
        let slack = clock.answer(occurrence.local, in: occurrence.zone).slack
        return block(moved, by: follower, at: occurrence.at, occurrence.at + slack, &clock)
    }

    /// Blocks all times from one instant to another, moved by exact time.
    private mutating func block(
        _ moved: ForeignEvent, by follower: ThisAndFutureOverride, at earliest: Int, _ latest: Int,
        _ clock: inout ZoneResolver
    ) -> Bool {
        let first = clock.answer(moved.start.local, in: moved.start.zone)
        let shift = first.at - follower.at
        let lasting = lasting(moved, &clock)
        guard lasting > 0 else { return false }
        return block(earliest + shift, latest + shift + lasting + first.slack, isKnown: first.slack == 0)
    }

    /// Blocks all of each day, for the event and from each override of all that follow for that override.
    private mutating func block(
        _ days: ClosedRange<Int>, of event: ForeignEvent, _ followers: [ThisAndFutureOverride],
        _ clock: inout ZoneResolver
    ) -> Bool {
        let (begin, end) = (days.lowerBound * Self.day, (days.upperBound + 1) * Self.day)
        var (hasBlocked, from) = (false, begin)
        var next = followers.partition { $0.near <= begin }
        while from < end {
            let to = next < followers.count ? min(end, max(from, followers[next].near)) : end
            if from < to {
                let (earliest, latest) = (
                    clock.answer(from, in: event.start.zone), clock.answer(to, in: event.start.zone)
                )
                let isKnown = earliest.slack + latest.slack == 0
                if next == 0 {
                    // The last occurrence of the day is as long as the first of all.
                    let ends = latest.at + latest.slack + lasting(event, &clock)
                    if event.blocks, block(earliest.at, ends, isKnown: isKnown) { hasBlocked = true }
                } else if followers[next - 1].event.blocks {
                    let follower = followers[next - 1]
                    let moved = follower.event
                    if let local = follower.local, moved.start.zone == event.start.zone {
                        let shift = moved.start.local - local
                        let first = clock.answer(from + shift, in: moved.start.zone)
                        let last = clock.answer(to + shift, in: moved.start.zone)
                        let ends = last.at + last.slack + lasting(moved, &clock)
                        if block(first.at, ends, isKnown: isKnown) { hasBlocked = true }
                    } else if block(moved, by: follower, at: earliest.at, latest.at + latest.slack, &clock) {
                        hasBlocked = true
                    }
                }
            }
            (from, next) = (to, next + 1)
        }
        return hasBlocked
    }

    private mutating func block(
        _ event: ForeignEvent, from local: Int, in zone: CalendarDateTime.Zone,
        lasting length: ForeignEvent.Length? = nil,
        _ clock: inout ZoneResolver
    ) -> Bool {
        let begin = clock.answer(local, in: zone)
        let end = end(of: event, from: local, in: zone, length, &clock)
        guard end.at + end.slack >= begin.at else {
            // By two clocks, or over a change of one. What it means nobody can say; an end before its start by one clock is
            // seen where it is read.
            if window.contains(begin.at) {
                let repeats = !event.rules.isEmpty || !event.adding.isEmpty
                unclear.insert(
                    UncertainEvent(reason: .times, uid: event.uid, starts: event.start.text, repeats: repeats))
            }
            return false
        }
        // An instant blocks nothing, whenever it is.
        if case .lasting(days: 0, seconds: 0) = length ?? event.length { return false }
        return block(begin.at, end.at + end.slack, isKnown: begin.slack + end.slack == 0)
    }

    private mutating func block(_ at: Int, _ ends: Int, isKnown: Bool) -> Bool {
        guard at < ends, window.overlaps(at..<ends) else { return false }
        spans.append(at..<ends)
        if !isKnown { isOfUnknownClock = true }
        return true
    }

    /// When an occurrence ends that begins at a local time: the earliest instant, and by how much it may be later.
    private func end(
        of event: ForeignEvent, from local: Int, in zone: CalendarDateTime.Zone, _ length: ForeignEvent.Length?,
        _ clock: inout ZoneResolver
    ) -> (at: Int, slack: Int) {
        let begin = clock.answer(local, in: zone)
        switch length ?? event.length {
        case .lasting(let days, let seconds):
            let last = days > 0 ? clock.answer(local + days * Self.day, in: zone) : begin
            return (last.at + seconds, last.slack)
        case .until(let end):
            let isFirst = length != nil || local == event.start.local && zone == event.start.zone
            let shift = isFirst ? 0 : local - event.start.local
            let last = clock.answer(end.local + shift, in: end.zone)
            guard !isFirst, !event.start.isDate else {
                // An event that begins within an hour that the clock skips ends after it.
                let isSkipped = last.at + last.slack <= begin.at && end.zone == zone && end.local + shift > local
                return (isSkipped ? begin.at + end.local + shift - local : last.at, last.slack)
            }
            // RFC 5545 §3.8.5.3: exactly as long as the first. Over a change of the clock programs show the same local end:
            // the later of the two counts.
            let exact = begin.at + lasting(event, &clock)
            return end.zone == zone
                ? (max(last.at, exact), max(begin.slack, last.slack)) : (exact, begin.slack + last.slack)
        }
    }

    /// The most seconds that the first occurrence of an event lasts.
    private func lasting(_ event: ForeignEvent, _ clock: inout ZoneResolver) -> Int {
        let first = clock.answer(event.start.local, in: event.start.zone).at
        let last = end(of: event, from: event.start.local, in: event.start.zone, nil, &clock)
        // The uncertainty of one clock is not counted twice.
        if case .until(let end) = event.length, end.zone != event.start.zone { return last.at + last.slack - first }
        return last.at - first
    }

    private func isNear(_ event: ForeignEvent) -> Bool {
        let local = event.start.local
        return local <= window.upperBound + Self.margin && local + event.reach >= window.lowerBound - Self.margin
    }

    private mutating func note(_ event: ForeignEvent, isCertain: Bool, _ clock: inout ZoneResolver) {
        let starts = event.start.text
        if isOfUnknownClock || !clock.reading(of: event.start.zone).isKnown {
            unclear.insert(UncertainEvent(reason: .zone, uid: event.uid, starts: starts))
        }
        if !isCertain { unclear.insert(UncertainEvent(reason: .rule, uid: event.uid, starts: starts)) }
    }
}

extension ForeignEvent {
    /// How many seconds after its start any part of an occurrence may lie.
    var reach: Int {
        ([length] + adding.compactMap(\.length)).map { length in
            switch length {
            case .lasting(let days, let seconds): (days + 1) * 86_400 + seconds
            case .until(let end): max(0, end.local - start.local) + 2 * 86_400
            }
        }.max() ?? 0
    }
}
