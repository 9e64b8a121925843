import ICalendar

/// An override of one occurrence and all that follow (RFC 5545 §3.2.13).
struct ThisAndFutureOverride {
    let event: ForeignEvent
    /// The first of them, in the local time of the series where that is certain, and as an instant.
    let local: Int?
    let at: Int
    /// Compares it with occurrences.
    let position: Int
    /// Its local time as far as that is known.
    let near: Int

    /// By about how much it moves the occurrences.
    var shift: Int { event.start.local - near }

    /// Earliest first.
    static func all(
        of overrides: [ForeignEvent], in event: ForeignEvent, _ clock: inout ZoneResolver
    ) -> [ThisAndFutureOverride] {
        let zone = event.start.zone
        var followers: [ThisAndFutureOverride] = []
        for override in overrides {
            guard let occurrence = override.occurrence, occurrence.isOfAllThatFollow else { continue }
            switch OccurrenceKey.identity(of: occurrence.moment, in: event, &clock) {
            case .day(let day):
                // A date names the occurrence of that date.
                let local = day * 86_400 + (event.start.second ?? 0)
                let position = event.start.isDate ? day * 86_400 : clock.answer(day * 86_400, in: zone).at
                followers.append(
                    ThisAndFutureOverride(
                        event: override, local: local, at: clock.answer(local, in: zone).at, position: position,
                        near: event.start.isDate ? local : day * 86_400))
            case .instant(let at), .local(let at):
                let moment = occurrence.moment
                let isOwnZone = moment.zone == zone || moment.zone == .floating
                let (near, isSure) = isOwnZone ? (moment.local, true) : clock.local(at: at, in: zone)
                followers.append(
                    ThisAndFutureOverride(event: override, local: isSure ? near : nil, at: at, position: at, near: near)
                )
            }
        }
        return followers.sorted { ($0.position, $0.near) < ($1.position, $1.near) }
    }

    /// Whether it has a rule that differs from the series'.
    func hasRuleOfItsOwn(in series: ForeignEvent) -> Bool { !event.rules.isEmpty && event.rules != series.rules }
}

extension [ThisAndFutureOverride] {
    /// How many of them satisfy a condition, where those that do come first.
    func partition(_ isSo: (ThisAndFutureOverride) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isSo(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The last that satisfies a condition, where those that do come first.
    func last(through isSo: (ThisAndFutureOverride) -> Bool) -> ThisAndFutureOverride? {
        let count = partition(isSo)
        return count > 0 ? self[count - 1] : nil
    }
}
