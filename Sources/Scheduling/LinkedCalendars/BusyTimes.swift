import ICalendar

/// When a specialist is busy by a foreign calendar.
///
/// What cannot be known for certain is never left out and never guessed: an event whose rule cannot be read takes every
/// time that it may have, and no more; one in a zone that nobody knows takes all that it could mean.
struct BusyTimes: Sendable, Equatable {
    /// In Unix seconds, earliest first; none touches another.
    private(set) var spans: [Range<Int>] = []
    /// What is not read for certain, each event once for a reason.
    private(set) var unclear: [UncertainEvent] = []

    /// How much of the rules of one calendar, and of one event, is gone through, as `EventRule.occurrences` counts: a
    /// second's work at most, and a hundred times what a person's calendar takes.
    private static let mostSteps = 5_000_000
    private static let mostStepsOfOne = 200_000

    /// - Parameter window: what matters, in Unix seconds.
    /// - Throws: `CalendarFault.tooMuch`.
    init(_ calendar: ForeignCalendar, by clock: inout WallClock, in window: Range<Int>) throws(CalendarFault) {
        var (found, steps) = ([Range<Int>](), Self.mostSteps)
        var unclear: Set<UncertainEvent> = []
        for series in calendar.series {
            var reader = SeriesReader(window: window, steps: min(steps, Self.mostStepsOfOne))
            let before = reader.steps
            reader.read(series, by: &clock)
            steps -= before - reader.steps
            found += reader.spans
            unclear.formUnion(reader.unclear)
            guard steps > 0 else { throw .tooMuch }
        }
        spans = Self.joined(found)
        guard spans.count <= LinkedCalendar.mostTimes else { throw .tooMuch }
        self.unclear =
            calendar.unreadable
            + unclear.sorted {
                ($0.starts ?? "", $0.uid, $0.reason.rawValue) < ($1.starts ?? "", $1.uid, $1.reason.rawValue)
            }
    }

    func count(of reason: UncertainEvent.Reason) -> Int { unclear.count { $0.reason == reason } }

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
