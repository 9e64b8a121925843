/// What one client asked of one calendar, and what it was told: an interval of time in which it must have happened.
package struct CalendarOperation: Sendable {
    package enum Effect: Sendable, Hashable {
        /// Keeps a span under a name, in the same step in which what the other names keep is given back.
        case take(name: String, span: Range<Int>, insteadOf: [String])
        /// Gives back what a name keeps.
        case free(name: String)
    }

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
    /// Nanoseconds of one clock that all clients share: before it was sent, and after its answer was read.
    package var began: UInt64
    package var ended: UInt64

    package init(_ effect: Effect, _ outcome: Outcome, began: UInt64, ended: UInt64) {
        self.effect = effect
        self.outcome = outcome
        self.began = began
        self.ended = outcome == .unknown ? .max : ended
    }
}

/// Whether a calendar's history could have come from one that does a thing at a time (Herlihy and Wing 1990): whether
/// there is an order of its operations, each between its beginning and its end, in which every answer is right.
///
/// The search is Wing and Gong's with Lowe's memory of what was tried (2017). A refusal changes nothing, so it is put
/// in place as soon as it is right; only what changes the calendar is tried in several places.
package struct Linearizability {
    package enum Verdict: Equatable, Sendable {
        case linearizable
        /// No order explains the answers; the longest attempt explained so many operations.
        case broken(after: Int)
        /// The search was given up: the history is too wide.
        case undecided
    }

    private let operations: [CalendarOperation]
    private let patience: Int
    private var calendar: [String: Range<Int>] = [:]
    private var isPlaced: [Bool]
    /// The first operation that is not placed.
    private var first = 0
    /// Operations that were acknowledged or refused, and are not placed: when there are none, all is explained.
    private var open: Int
    private var trail: [Step] = []
    private var seen: Set<[UInt64]> = []

    /// One placed operation, and how to take it back.
    private struct Step {
        let index: Int
        let before: [(name: String, span: Range<Int>?)]
        /// Whether another could have been tried in its place.
        let isChoice: Bool
    }

    private init(_ history: [CalendarOperation], patience: Int) {
        operations = history.sorted { $0.began < $1.began }
        self.patience = patience
        isPlaced = Array(repeating: false, count: history.count)
        open = history.count { $0.outcome != .unknown }
    }

    /// - Parameter patience: how many states are tried before the search is given up.
    package static func verdict(on history: [CalendarOperation], patience: Int = 2_000_000) -> Verdict {
        var search = Linearizability(history, patience: patience)
        return search.run()
    }

    private mutating func run() -> Verdict {
        var longest = 0
        var from = 0
        while true {
            placeRefusals()
            longest = max(longest, trail.count)
            if open == 0 { return .linearizable }
            if seen.count > patience { return .undecided }
            if let next = candidate(from: from) {
                place(next, isChoice: true)
                // What was reached before, by another order, led nowhere.
                from = seen.insert(fingerprint()).inserted ? 0 : takeBack() ?? operations.count
            } else if let tried = takeBack() {
                from = tried
            } else {
                return .broken(after: longest)
            }
        }
    }

    /// The next operation at or after `from` that may come now and changes the calendar.
    private func candidate(from: Int) -> Int? {
        var deadline = UInt64.max
        for index in first..<operations.count where !isPlaced[index] {
            let operation = operations[index]
            guard operation.began <= deadline else { return nil }
            deadline = min(deadline, operation.ended)
            if index >= from, operation.outcome != .refused, isRight(operation) { return index }
        }
        return nil
    }

    /// Puts every refusal in place that may come now and is right.
    private mutating func placeRefusals() {
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            var deadline = UInt64.max
            for index in first..<operations.count where !isPlaced[index] {
                let operation = operations[index]
                guard operation.began <= deadline else { break }
                deadline = min(deadline, operation.ended)
                if operation.outcome == .refused, isRight(operation) {
                    place(index, isChoice: false)
                    isGrowing = true
                    break
                }
            }
        }
    }

    private func isRight(_ operation: CalendarOperation) -> Bool {
        switch operation.effect {
        case .take(let name, let span, let insteadOf):
            let isFree = calendar.allSatisfy {
                $0.key == name || insteadOf.contains($0.key) || !$0.value.overlaps(span)
            }
            return isFree != (operation.outcome == .refused)
        case .free(let name):
            return (calendar[name] != nil) != (operation.outcome == .refused)
        }
    }

    private mutating func place(_ index: Int, isChoice: Bool) {
        var before: [(name: String, span: Range<Int>?)] = []
        if operations[index].outcome != .refused {
            switch operations[index].effect {
            case .take(let name, let span, let insteadOf):
                for name in [name] + insteadOf { before.append((name, calendar[name])) }
                for name in insteadOf { calendar[name] = nil }
                calendar[name] = span
            case .free(let name):
                before.append((name, calendar[name]))
                calendar[name] = nil
            }
        }
        isPlaced[index] = true
        if operations[index].outcome != .unknown { open -= 1 }
        while first < operations.count, isPlaced[first] { first += 1 }
        trail.append(Step(index: index, before: before, isChoice: isChoice))
    }

    /// Takes back the last choice and what followed from it.
    /// - Returns: where to look for another; nil when there was no choice.
    private mutating func takeBack() -> Int? {
        while let step = trail.popLast() {
            for (name, span) in step.before.reversed() { calendar[name] = span }
            isPlaced[step.index] = false
            if operations[step.index].outcome != .unknown { open += 1 }
            first = min(first, step.index)
            if step.isChoice { return step.index + 1 }
        }
        return nil
    }

    /// Which operations are placed. The calendar follows from that: of one name only one client speaks, in turn.
    private func fingerprint() -> [UInt64] {
        var words = [UInt64](repeating: 0, count: (operations.count - first + 63) / 64 + 1)
        words[0] = UInt64(first)
        for index in first..<operations.count where isPlaced[index] {
            words[1 + (index - first) / 64] |= 1 << UInt64((index - first) % 64)
        }
        return words
    }
}
