import Clinic

/// A document's definition of a zone (VTIMEZONE, RFC 5545 §3.6.5).
package struct ForeignZone: Sendable, Equatable {
    /// STANDARD or DAYLIGHT: when the clock changes, once or repeatedly, and to what.
    struct Observance: Sendable, Equatable {
        /// Local time by the offset before.
        let start: CalendarDateTime
        /// Seconds east of UTC, before and after.
        let from: Int
        let to: Int
        var rules: [EventRule] = []
        var adding: [CalendarDateTime] = []
    }

    /// The IANA zone that some programs add (X-LIC-LOCATION).
    package let location: String?
    /// Seconds east of UTC, from the least to the most of its clock; nil where one cannot be read.
    package let offsets: ClosedRange<Int>?
    /// Empty where part of the definition cannot be read.
    let observances: [Observance]

    init(_ lines: [ContentLine], _ observances: [[ContentLine]]) {
        location = lines.first { $0.name == "X-LIC-LOCATION" }?.text
        let read = observances.map { Observance($0) }
        let known = observances.map { lines in
            lines.first { $0.name == "TZOFFSETTO" }.flatMap { UTCOffset.seconds($0.value.unpadded) }
        }
        let whole = known.compactMap(\.self)
        offsets = whole.count == known.count ? whole.min().flatMap { least in whole.max().map { least...$0 } } : nil
        self.observances = read.contains(nil) ? [] : read.compactMap(\.self)
    }

    /// Its clock, as far as the definition reaches; nil where that cannot be read.
    /// - Parameters:
    ///   - last: the last time that matters, in Unix seconds.
    ///   - steps: how many steps the rules of all zones may take, as `EventRule.occurrences` counts them. Those that were
    ///     taken are subtracted.
    package func clock(through last: Int, steps: inout Int) -> ZoneClock? {
        guard !observances.isEmpty else { return nil }
        let given = max(0, min(steps, ZoneClock.mostSteps))
        var left = given
        defer { steps -= given - max(0, left) }
        return ZoneClock(observances, through: last, &left)
    }
}

extension ForeignZone.Observance {
    init?(_ lines: [ContentLine]) {
        func offset(_ name: String) -> Int? {
            lines.first { $0.name == name }.flatMap { UTCOffset.seconds($0.value.unpadded) }
        }
        guard let start = lines.first(where: { $0.name == "DTSTART" }).flatMap({ CalendarDateTime($0) }),
            let to = offset("TZOFFSETTO")
        else { return nil }
        self.start = start
        self.to = to
        from = offset("TZOFFSETFROM") ?? to
        rules = lines.filter { $0.name == "RRULE" }.map { EventRule($0.value) }
        for line in lines where line.name == "RDATE" {
            for text in line.value.split(separator: ",") {
                guard let moment = CalendarDateTime(line, value: text.prefix { $0 != "/" }) else { return nil }
                adding.append(moment)
            }
        }
        guard !rules.contains(where: \.isUncertain) else { return nil }
    }
}

/// The clock of a zone, as a table of its changes.
package struct ZoneClock: Sendable, Equatable {
    private struct Change: Sendable, Equatable {
        /// Unix seconds.
        let at: Int
        let from: Int
        let to: Int
    }

    private let changes: [Change]
    /// The time that the definition covers.
    private let covered: ClosedRange<Int>

    /// Seconds east of UTC, from the least to the most that the clock shows.
    package let offsets: ClosedRange<Int>

    private static let year = 366 * 86_400
    /// How far back changes are computed: no calendar needs earlier ones.
    private static let past = 20 * year
    /// How long the last change is taken to last where the definition ends: no season of a summer time is shorter.
    private static let season = 120 * 86_400
    /// The most steps for all rules of a zone, as `EventRule.occurrences` counts them: thirty times what twenty years of two
    /// changes a year take.
    fileprivate static let mostSteps = 500_000
    /// Some fifty times as many changes as any zone has had.
    private static let mostChanges = 10_000

    /// Nil for a rule of which the times are not exactly known, and for more changes than any zone has.
    fileprivate init?(_ observances: [ForeignZone.Observance], through last: Int, _ steps: inout Int) {
        var changes: [Change] = []
        var isOpen = false
        for one in observances {
            func add(_ local: Int) { changes.append(Change(at: local - one.from, from: one.from, to: one.to)) }
            add(one.start.local)
            for moment in one.adding { add(moment.zone == .utc ? moment.local + one.from : moment.local) }
            guard changes.count <= Self.mostChanges else { return nil }
            for rule in one.rules {
                let answer = rule.occurrences(
                    from: one.start.local, isDate: false, in: (last - Self.past)...(last + Self.year), steps: &steps)
                guard case .times(let localTimes) = answer.found, answer.isExact,
                    changes.count + localTimes.count <= Self.mostChanges
                else { return nil }
                // In UTC as it must be, or in local time as some programs write it.
                let limit = rule.until.map { until in
                    until.zone == .utc ? until.local + one.from : until.local + (until.isDate ? 86_399 : 0)
                }
                for local in localTimes where local <= limit ?? .max { add(local) }
                if rule.until == nil, rule.count == nil { isOpen = true }
            }
        }
        changes.sort { ($0.at, $0.to) < ($1.at, $1.to) }
        // A clock that never changes needs no rule.
        if Set(observances.map(\.to)).count == 1 { isOpen = true }
        self.changes = changes
        let begin = changes.first?.at ?? 0
        covered = begin...(isOpen ? .max : max(begin, (changes.last?.at ?? 0) + Self.season))
        let shown = changes.flatMap { [$0.from, $0.to] }
        offsets = (shown.min() ?? 0)...(shown.max() ?? 0)
    }

    /// Whether the definition covers a time: some programs write one year only.
    package func covers(_ instant: Int) -> Bool { covered.contains(instant) }

    /// The instant of a local time (RFC 5545 §3.3.5), and whether the clock shows that time. Of two instants it is the first;
    /// a time that the clock skips is read by the offset before.
    package func instant(of local: Int) -> (at: Int, exists: Bool) {
        let before = offset(at: local - 86_400)
        let first = local - before
        if offset(at: first) == before { return (first, true) }
        let second = local - offset(at: first)
        return offset(at: second) == local - second ? (second, true) : (first, false)
    }

    private func offset(at instant: Int) -> Int {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? changes[low - 1].to : changes.first?.from ?? 0
    }
}
