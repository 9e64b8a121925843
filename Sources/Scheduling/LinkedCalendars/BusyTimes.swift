import ICalendar

/// When a specialist is busy by a foreign calendar.
///
/// What is uncertain is never left out and never guessed. An event whose rule cannot be read takes every time that it may
/// have, and no more; an event in an unknown zone takes all times that it could mean.
struct BusyTimes: Sendable, Equatable {
    /// In Unix seconds, earliest first; none touches another.
    private(set) var spans: [Range<Int>] = []
    /// The events that are uncertain, each once for a reason. Those that may lie in the time that matters come first.
    private(set) var unclear: [UncertainEvent] = []
    /// How many steps the rules took.
    private(set) var steps: Int

    /// How many steps the rules of one calendar may take, as `EventRule.occurrences` counts them: a second's work at most,
    /// and a hundred times what a person's calendar takes. Below it the same of one event.
    static let mostSteps = 5_000_000
    private static let mostStepsOfOne = 200_000
    /// The steps of a time that is added or left out: it is looked up by several names.
    private static let stepsOfTime = 10
    /// How many times are held before those that touch are joined.
    private static let mostUnjoined = 10 * LinkedCalendar.mostTimes
    /// For how many days a past event without readable times is listed: nobody corrects older ones.
    private static let past = 366

    /// - Parameter window: the time that matters, in Unix seconds.
    /// - Throws: `CalendarFault.tooMuch`.
    init(_ calendar: ForeignCalendar, by clock: inout ZoneResolver, in window: Range<Int>) throws(CalendarFault) {
        var (found, steps) = ([Range<Int>](), Self.mostSteps)
        var unclear: Set<UncertainEvent> = []
        for series in calendar.series {
            try Self.pay(for: series, &steps)
            var reader = SeriesReader(window: window, steps: min(steps, Self.mostStepsOfOne))
            let before = reader.steps
            reader.read(series, by: &clock)
            steps -= before - reader.steps
            found += reader.spans
            // Each series is bounded by itself; this bounds them together.
            if found.count > Self.mostUnjoined {
                found = Self.joined(found)
                guard found.count <= Self.mostUnjoined else { throw .tooMuch }
            }
            unclear.formUnion(reader.unclear)
            guard steps > 0, !reader.isTooMuch else { throw .tooMuch }
        }
        self.steps = Self.mostSteps - steps
        spans = Self.joined(found)
        guard spans.count <= LinkedCalendar.mostTimes else { throw .tooMuch }
        self.unclear = Self.sorted(calendar.unreadable + unclear, in: window)
    }

    func count(of reason: UncertainEvent.Reason) -> Int { unclear.count { $0.reason == reason } }

    /// Takes the steps of added and excluded times, which no rule bounds, before they are expanded.
    private static func pay(for series: ForeignSeries, _ steps: inout Int) throws(CalendarFault) {
        let events = series.events + series.overrides
        let added = events.reduce(0) { $0 + $1.adding.count }
        guard added <= LinkedCalendar.mostTimes else { throw .tooMuch }
        steps -= stepsOfTime * events.reduce(added) { $0 + $1.excluding.count }
        guard steps > 0 else { throw .tooMuch }
    }

    /// Leaves out what is long over and was never readable: it would hide what can be corrected.
    private static func sorted(_ events: [UncertainEvent], in window: Range<Int>) -> [UncertainEvent] {
        func text(_ instant: Int, daysBefore days: Int = 0) -> String {
            CalendarDateTime(day: instant / 86_400 - days, second: nil, zone: .utc).text
        }
        let (past, first, last) = (
            text(window.lowerBound, daysBefore: Self.past), text(window.lowerBound), text(window.upperBound)
        )
        func isOver(_ event: UncertainEvent) -> Bool {
            event.reason == .times && !event.repeats && event.starts.map { $0 < past } == true
        }
        func isElsewhere(_ event: UncertainEvent) -> Int {
            let isPlain = event.reason == .times && !event.repeats
            return isPlain && event.starts.map { $0 < first || last < $0 } == true ? 1 : 0
        }
        return events.filter { !isOver($0) }.map { (isElsewhere($0), $0.starts ?? "", $0) }
            .sorted { ($0.0, $0.1, $0.2.uid, $0.2.reason.rawValue) < ($1.0, $1.1, $1.2.uid, $1.2.reason.rawValue) }
            .map(\.2)
    }

    private static func joined(_ spans: [Range<Int>]) -> [Range<Int>] {
        spans.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { joined, span in
            if let last = joined.last, span.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
            } else {
                joined.append(span)
            }
        }
    }
}
