/// Whether the history of calendars could have come from ones that do a thing at a time (Herlihy and Wing 1990): whether
/// there is an order of its operations, each between its beginning and its end, in which every answer is right.
///
/// The search is Wing and Gong's with Lowe's memory of what was tried (2017), the likeliest order first. What changes
/// nothing is put in place as soon as it is right; only what changes a calendar is tried in several places. Where
/// nothing can come next it first goes back at once to what stands in the way of whatever must (Gaschnig's
/// backjumping, 1979), past all that has to do with other times; only when that finds no order does it try everything.
package struct Linearizability {
    package enum Verdict: Equatable, Sendable {
        case linearizable
        /// No order explains the answers; the longest attempt explained so many operations.
        case broken(after: Int)
        /// The search was given up: the history is too wide.
        case undecided
    }

    private let operations: [CalendarOperation]
    /// Of each operation, its place in the order in which they are tried.
    private let rank: [Int]
    private let patience: Int
    private var kept: [String: Kept] = [:]
    /// What was ever kept: nothing lapses before it began.
    private var begun: Set<String> = []
    /// Of what is kept, in any order.
    private var keptHash: UInt64 = 0
    private var isPlaced: [Bool]
    /// The first operation that is not placed.
    private var first = 0
    /// Operations that were acknowledged or refused, and are not placed: when there are none, all is explained.
    private var open: Int
    private var trail: [Step] = []
    private var seen: Set<[UInt64]> = []
    /// Whether it goes back past what has nothing to do with a dead end, and may so miss an order.
    private var isHasty = true

    /// A span that a name keeps in some calendars.
    private struct Kept: Hashable {
        let span: Range<Int>
        let calendars: UInt32
        /// Whether a later clearing gives it back.
        let isConsult: Bool
    }

    /// One placed operation, and how to take it back.
    private struct Step {
        let index: Int
        let before: [(name: String, kept: Kept?, new: Kept?)]
        /// The name that was kept for the first time.
        let begins: String?
        /// Whether another could have been tried in its place.
        let isChoice: Bool
    }

    private init(_ history: [CalendarOperation], patience: Int) {
        let operations = history.sorted { $0.began < $1.began }
        self.operations = operations
        var rank = Array(repeating: 0, count: history.count)
        for (place, index) in operations.indices.sorted(by: { operations[$0].likely < operations[$1].likely })
            .enumerated()
        {
            rank[index] = place
        }
        self.rank = rank
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
            } else if let tried = takeBack(because: isHasty && from == 0 ? mostUrgent : nil) {
                from = tried
            } else if isHasty {
                isHasty = false
                seen = []
                from = 0
            } else {
                return .broken(after: longest)
            }
        }
    }

    /// The likeliest operation of this rank or a later one that may come now and changes the calendar.
    private func candidate(from: Int) -> Int? {
        var deadline = UInt64.max
        var possible: [Int] = []
        for index in first..<operations.count where !isPlaced[index] {
            let operation = operations[index]
            guard operation.began <= deadline else { break }
            deadline = min(deadline, operation.ended)
            if rank[index] >= from, !changesNothing(operation) { possible.append(index) }
        }
        return possible.sorted { rank[$0] < rank[$1] }.first { isRight(operations[$0]) }
    }

    /// The open operation that must come before all that begins after its end.
    private var mostUrgent: Int? {
        var urgent: Int?
        for index in first..<operations.count where !isPlaced[index] {
            guard operations[index].began <= urgent.map({ operations[$0].ended }) ?? .max else { break }
            if operations[index].ended < urgent.map({ operations[$0].ended }) ?? .max { urgent = index }
        }
        return urgent
    }

    /// Whether what a step changed makes a difference to an operation.
    private func matters(_ step: Step, to operation: CalendarOperation) -> Bool {
        func touches(_ span: Range<Int>) -> Bool {
            step.before.contains { change in
                [change.kept, change.new].contains { kept in
                    kept.map { $0.calendars & operation.calendars != 0 && $0.span.overlaps(span) } ?? false
                }
            }
        }
        return switch operation.effect {
        case .take(_, let span, _), .see(let span), .clear(_, let span): touches(span)
        case .free(let name), .pass(_, let name), .lapse(let name): step.before.contains { $0.name == name }
        }
    }

    /// Whether it leaves everything as it is: then it is in place as soon as it is right.
    private func changesNothing(_ operation: CalendarOperation) -> Bool {
        switch operation.effect {
        case .see: true
        case .lapse(let name): kept[name] == nil
        case .take, .free, .pass, .clear: operation.outcome == .refused
        }
    }

    /// Puts everything in place that may come now, is right, and changes nothing.
    private mutating func placeRefusals() {
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            var deadline = UInt64.max
            for index in first..<operations.count where !isPlaced[index] {
                let operation = operations[index]
                guard operation.began <= deadline else { break }
                deadline = min(deadline, operation.ended)
                if changesNothing(operation), isRight(operation) {
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
            let isFree = isFree(span, operation.calendars) { $0 == name || insteadOf.contains($0) }
            return isFree != (operation.outcome == .refused)
        case .free(let name), .pass(_, let name):
            return (kept[name] != nil) != (operation.outcome == .refused)
        case .see(let span):
            return isFree(span, operation.calendars) { _ in false }
        case .lapse(let name):
            return begun.contains(name)
        case .clear:
            return true
        }
    }

    private func isFree(_ span: Range<Int>, _ calendars: UInt32, besides: (String) -> Bool) -> Bool {
        kept.allSatisfy {
            $0.value.calendars & calendars == 0 || !$0.value.span.overlaps(span) || besides($0.key)
        }
    }

    private mutating func place(_ index: Int, isChoice: Bool) {
        var before: [(name: String, kept: Kept?, new: Kept?)] = []
        func set(_ name: String, _ new: Kept?) {
            before.append((name, kept[name], new))
            keep(new, as: name)
        }
        let operation = operations[index]
        var begins: String?
        if operation.outcome != .refused {
            if case .take(let name, _, _) = operation.effect, begun.insert(name).inserted { begins = name }
            switch operation.effect {
            case .take(let name, let span, let insteadOf):
                for name in insteadOf { set(name, nil) }
                set(name, Kept(span: span, calendars: operation.calendars, isConsult: true))
            case .free(let name), .lapse(let name): set(name, nil)
            case .pass(let name, let from):
                let passed = kept[from]
                set(from, nil)
                set(name, passed)
            case .see: break
            case .clear(let name, let span):
                for (other, it) in kept
                where it.isConsult && it.calendars & operation.calendars != 0
                    && (it.span.lowerBound..<(it.span.upperBound - 1)).overlaps(span)
                {
                    set(other, nil)
                }
                set(name, Kept(span: span, calendars: operation.calendars, isConsult: false))
            }
        }
        isPlaced[index] = true
        if operations[index].outcome != .unknown { open -= 1 }
        while first < operations.count, isPlaced[first] { first += 1 }
        trail.append(Step(index: index, before: before, begins: begins, isChoice: isChoice))
    }

    private mutating func keep(_ new: Kept?, as name: String) {
        for kept in [kept[name], new] {
            guard let kept else { continue }
            var hasher = Hasher()
            hasher.combine(name)
            hasher.combine(kept)
            keptHash ^= UInt64(bitPattern: Int64(hasher.finalize()))
        }
        kept[name] = new
    }

    /// Takes back the last choice and what followed from it.
    /// - Parameter blocked: an operation that cannot come, if there is one: the last choice that matters to it.
    /// - Returns: from which rank on to look for another; nil when there was no choice.
    private mutating func takeBack(because blocked: Int? = nil) -> Int? {
        while let step = trail.popLast() {
            for (name, old, _) in step.before.reversed() { keep(old, as: name) }
            isPlaced[step.index] = false
            if operations[step.index].outcome != .unknown { open += 1 }
            first = min(first, step.index)
            if let begins = step.begins { begun.remove(begins) }
            if step.isChoice, blocked.map({ matters(step, to: operations[$0]) }) ?? true {
                return rank[step.index] + 1
            }
        }
        return nil
    }

    /// Which operations are placed, and what is kept after them: with clearings the one does not follow from the other.
    private func fingerprint() -> [UInt64] {
        var words = [UInt64](repeating: 0, count: (operations.count - first + 63) / 64 + 2)
        (words[0], words[1]) = (UInt64(first), keptHash)
        for index in first..<operations.count where isPlaced[index] {
            words[2 + (index - first) / 64] |= 1 << UInt64((index - first) % 64)
        }
        return words
    }
}
