import ICalendar

/// When a specialist is busy by a foreign calendar.
///
/// What cannot be known for certain is never left out and never guessed: an event whose rule cannot be read takes every
/// time that it may have, and no more; one in a zone that nobody knows takes all that it could mean.
struct BusyTimes: Sendable, Equatable {
    /// In Unix seconds, earliest first; none touches another.
    private(set) var spans: [Range<Int>] = []
    /// What is not read for certain, each event once for a reason: first what may be of the time that matters.
    private(set) var unclear: [UncertainEvent] = []
    /// How much of the rules was gone through.
    private(set) var steps: Int

    /// How much of the rules of one calendar, and of one event, is gone through, as `EventRule.occurrences` counts: a
    /// second's work at most, and a hundred times what a person's calendar takes.
    static let mostSteps = 5_000_000
    private static let mostStepsOfOne = 200_000
    /// What a time that is added or left out costs: it is looked up by several names.
    private static let stepsOfTime = 10
    /// How many times are held before those that touch are made one.
    private static let mostUnjoined = 10 * LinkedCalendar.mostTimes
    /// For how long an event without readable times that lies behind is told: nobody mends older ones.
    private static let past = 366

    /// - Parameter window: what matters, in Unix seconds.
    /// - Throws: `CalendarFault.tooMuch`.
    init(_ calendar: ForeignCalendar, by clock: inout WallClock, in window: Range<Int>) throws(CalendarFault) {
        var (found, steps) = ([Range<Int>](), Self.mostSteps)
        var unclear: Set<UncertainEvent> = []
        for series in calendar.series {
            try Self.pay(for: series, &steps)
            var reader = SeriesReader(window: window, steps: min(steps, Self.mostStepsOfOne))
            let before = reader.steps
            reader.read(series, by: &clock)
            steps -= before - reader.steps
            found += reader.spans
            // Each series is bounded, and so are they together.
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

    /// Before they are made into anything: no rule bounds them.
    private static func pay(for series: ForeignSeries, _ steps: inout Int) throws(CalendarFault) {
        let events = series.events + series.overrides
        let added = events.reduce(0) { $0 + $1.adding.count }
        guard added <= LinkedCalendar.mostTimes else { throw .tooMuch }
        steps -= stepsOfTime * events.reduce(added) { $0 + $1.excluding.count }
        guard steps > 0 else { throw .tooMuch }
    }

    /// Without what is long over and was never readable, which would hide what can be mended.
    private static func sorted(_ events: [UncertainEvent], in window: Range<Int>) -> [UncertainEvent] {
        func text(_ instant: Int, daysBefore days: Int = 0) -> String {
            WallMoment(day: instant / 86_400 - days, second: nil, zone: .utc).text
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
