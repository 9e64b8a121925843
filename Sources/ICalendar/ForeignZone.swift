import Clinic

/// What a document says of a zone (VTIMEZONE, RFC 5545 §3.6.5).
package struct ForeignZone: Sendable, Equatable {
    /// STANDARD or DAYLIGHT: from when on the clock shows what, again and again.
    struct Observance: Sendable, Equatable {
        /// By the wall before.
        let start: WallMoment
        /// Seconds east of UTC, before and after.
        let from: Int
        let to: Int
        var rules: [EventRule] = []
        var adding: [WallMoment] = []
    }

    /// The IANA zone that some programs name beside it (X-LIC-LOCATION).
    package let location: String?
    /// Seconds east of UTC, from the least to the most that its clock ever has; nil where that cannot be read.
    package let offsets: ClosedRange<Int>?
    /// None where something of the definition cannot be read.
    let observances: [Observance]

    init(_ lines: [ContentLine], _ observances: [[ContentLine]]) {
        location = lines.first { $0.name == "X-LIC-LOCATION" }?.text
        let read = observances.map { Observance($0) }
        let known = observances.map { lines in
            lines.first { $0.name == "TZOFFSETTO" }.flatMap { UTCOffset.seconds($0.value.trimmed) }
        }
        let whole = known.compactMap(\.self)
        offsets = whole.count == known.count ? whole.min().flatMap { least in whole.max().map { least...$0 } } : nil
        self.observances = read.contains(nil) ? [] : read.compactMap(\.self)
    }

    /// Its clock, as far as the definition says; nil where it says nothing that can be read.
    /// - Parameters:
    ///   - last: the last time that matters, in Unix seconds.
    ///   - steps: how much of the rules of all zones may be gone through, as `EventRule.occurrences` counts; what was is taken
    ///     off.
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
            lines.first { $0.name == name }.flatMap { UTCOffset.seconds($0.value.trimmed) }
        }
        guard let start = lines.first(where: { $0.name == "DTSTART" }).flatMap({ WallMoment($0) }),
            let to = offset("TZOFFSETTO")
        else { return nil }
        self.start = start
        self.to = to
        from = offset("TZOFFSETFROM") ?? to
        rules = lines.filter { $0.name == "RRULE" }.map { EventRule($0.value) }
        for line in lines where line.name == "RDATE" {
            for text in line.value.split(separator: ",") {
                guard let moment = WallMoment(line, value: text.prefix { $0 != "/" }) else { return nil }
                adding.append(moment)
            }
        }
        guard !rules.contains(where: \.isUncertain) else { return nil }
    }
}

/// The clock of a zone as a table of its changes.
package struct ZoneClock: Sendable, Equatable {
    private struct Change: Sendable, Equatable {
        /// Unix seconds.
        let at: Int
        let from: Int
        let to: Int
    }

    private let changes: [Change]
    /// From when to when the definition says what the clock shows, rather than ending.
    private let covered: ClosedRange<Int>

    /// Seconds east of UTC, from the least to the most that it ever shows.
    package let offsets: ClosedRange<Int>

    private static let year = 366 * 86_400
    /// How far back changes are made: what lies before matters to nobody's calendar.
    private static let past = 20 * year
    /// How long what the clock showed last is taken to last where nothing says what follows: no half of a year with a summer
    /// time is shorter.
    private static let season = 120 * 86_400
    /// What is looked at for all rules of a zone, as `EventRule.occurrences` counts: thirty times what twenty years of two
    /// changes take.
    fileprivate static let mostSteps = 500_000
    /// Some fifty times as many changes as any zone had in all its history.
    private static let mostChanges = 10_000

    /// Nil for a rule that names other times than days of some years, and for more changes than any zone has.
    fileprivate init?(_ observances: [ForeignZone.Observance], through last: Int, _ steps: inout Int) {
        var changes: [Change] = []
        var isOpen = false
        for one in observances {
            func add(_ wall: Int) { changes.append(Change(at: wall - one.from, from: one.from, to: one.to)) }
            add(one.start.wall)
            for moment in one.adding { add(moment.zone == .utc ? moment.wall + one.from : moment.wall) }
            guard changes.count <= Self.mostChanges else { return nil }
            for rule in one.rules {
                let answer = rule.occurrences(
                    from: one.start.wall, isDate: false, in: (last - Self.past)...(last + Self.year), steps: &steps)
                guard case .walls(let walls) = answer.found, answer.isExact,
                    changes.count + walls.count <= Self.mostChanges
                else { return nil }
                // UTC as it must be; by the wall as some write it.
                let limit = rule.until.map { until in
                    until.zone == .utc ? until.wall + one.from : until.wall + (until.isDate ? 86_399 : 0)
                }
                for wall in walls where wall <= limit ?? .max { add(wall) }
                if rule.until == nil, rule.count == nil { isOpen = true }
            }
        }
        changes.sort { ($0.at, $0.to) < ($1.at, $1.to) }
        // One offset for ever needs no rule.
        if Set(observances.map(\.to)).count == 1 { isOpen = true }
        self.changes = changes
        let begin = changes.first?.at ?? 0
        covered = begin...(isOpen ? .max : max(begin, (changes.last?.at ?? 0) + Self.season))
        let shown = changes.flatMap { [$0.from, $0.to] }
        offsets = (shown.min() ?? 0)...(shown.max() ?? 0)
    }

    /// Whether the definition says what its clock shows at a time: some programs write out a year and leave it at that.
    package func covers(_ instant: Int) -> Bool { covered.contains(instant) }

    /// The instant at which the wall shows a time (RFC 5545 §3.3.5): the first of two, and by the offset before what is
    /// skipped; and whether it shows it at all.
    package func instant(of wall: Int) -> (at: Int, exists: Bool) {
        let before = offset(at: wall - 86_400)
        let first = wall - before
        if offset(at: first) == before { return (first, true) }
        let second = wall - offset(at: first)
        return offset(at: second) == wall - second ? (second, true) : (first, false)
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
