/// What one client asked of one calendar, or of several at once, and what it was told: an interval of time in which it must have happened.
package struct CalendarOperation: Sendable {
    package enum Effect: Sendable, Hashable {
        /// Keeps a span under a name, in the same step in which what the other names keep is given back.
        case take(name: String, span: Range<Int>, insteadOf: [String])
        /// Gives back what a name keeps.
        case free(name: String)
        /// Passes what one name keeps to another.
        case pass(name: String, from: String)
        /// Gives back what a name keeps, if it still does: a hold whose time is over, whatever became of it before.
        case lapse(name: String)
        /// Finds a span free, and changes nothing.
        case see(span: Range<Int>)
        /// Keeps a span, and gives back whatever is kept in it; a span's last quarter is a buffer, which may lie in it.
        case clear(name: String, span: Range<Int>)
    }

    /// What it keeps, gives back or passes on.
    package var name: String? {
        switch effect {
        case .take(let name, _, _), .free(let name), .pass(let name, _), .lapse(let name), .clear(let name, _): name
        case .see: nil
        }
    }

    /// Whether its name keeps something when it is done.
    package var keeps: Bool {
        switch effect {
        case .take, .pass, .clear: true
        case .free, .lapse, .see: false
        }
    }

    /// Whether it only looks.
    package var isSight: Bool { if case .see = effect { true } else { false } }

    package enum Outcome: Sendable {
        /// It was acknowledged.
        case done
        /// It was refused because somebody else had the time.
        case refused
        /// No answer came: it may have happened, at any time since.
        case unknown
    }

    package var effect: Effect
    package var outcome: Outcome
    /// A bit for each of the calendars in which a span is kept or seen: in all or in none.
    package var calendars: UInt32
    /// Nanoseconds of one clock that all clients share: before it was sent, and after its answer was read.
    package var began: UInt64
    package var ended: UInt64
    /// When it most likely happened: what is tried first.
    package var likely: UInt64

    /// - Parameter likely: just before its answer where nil, for an answer follows the commit at once.
    package init(
        _ effect: Effect, _ outcome: Outcome, on calendars: UInt32 = 1, began: UInt64, ended: UInt64,
        likely: UInt64? = nil
    ) {
        self.likely = likely ?? ended
        self.effect = effect
        self.outcome = outcome
        self.calendars = calendars
        self.began = began
        self.ended = outcome == .unknown ? .max : ended
    }
}
