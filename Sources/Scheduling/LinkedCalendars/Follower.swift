import ICalendar

/// An override of all occurrences from one on (RFC 5545 §3.2.13).
struct Follower {
    let event: ForeignEvent
    /// Of the first: on the wall of the series, where that is sure; and as an instant.
    let wall: Int?
    let at: Int
    /// By which it is compared with occurrences.
    let position: Int
    /// Its wall as nearly as is known.
    let near: Int

    /// By which it moves them, more or less.
    var shift: Int { event.start.wall - near }

    /// Earliest first.
    static func all(
        of overrides: [ForeignEvent], in event: ForeignEvent, _ clock: inout WallClock
    ) -> [Follower] {
        let zone = event.start.zone
        var followers: [Follower] = []
        for override in overrides {
            guard let occurrence = override.occurrence, occurrence.isOfAllThatFollow else { continue }
            switch OccurrenceKey.identity(of: occurrence.moment, in: event, &clock) {
            case .day(let day):
                // A date stands for the occurrence of that date.
                let wall = day * 86_400 + (event.start.second ?? 0)
                let position = event.start.isDate ? day * 86_400 : clock.answer(day * 86_400, in: zone).at
                followers.append(
                    Follower(
                        event: override, wall: wall, at: clock.answer(wall, in: zone).at, position: position,
                        near: event.start.isDate ? wall : day * 86_400))
            case .instant(let at), .wall(let at):
                let moment = occurrence.moment
                let isOnWall = moment.zone == zone || moment.zone == .floating
                let (near, isSure) = isOnWall ? (moment.wall, true) : clock.wall(at: at, in: zone)
                followers.append(
                    Follower(event: override, wall: isSure ? near : nil, at: at, position: at, near: near))
            }
        }
        return followers.sorted { ($0.position, $0.near) < ($1.position, $1.near) }
    }

    /// Whether it repeats otherwise than the series, where it says how.
    func hasRuleOfItsOwn(in series: ForeignEvent) -> Bool { !event.rules.isEmpty && event.rules != series.rules }
}

extension [Follower] {
    /// How many of them are so, where those that are stand first.
    func partition(_ isSo: (Follower) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isSo(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The last that is so, where those that are stand first.
    func last(through isSo: (Follower) -> Bool) -> Follower? {
        let count = partition(isSo)
        return count > 0 ? self[count - 1] : nil
    }
}
