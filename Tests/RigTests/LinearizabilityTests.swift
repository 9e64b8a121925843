import Rig
import Testing

@Suite("The check of a calendar's history")
struct LinearizabilityTests {
    private static func take(
        _ name: String, _ span: Range<Int>, _ outcome: CalendarOperation.Outcome = .done, at time: ClosedRange<UInt64>,
        insteadOf: [String] = [], on calendars: UInt32 = 1
    ) -> CalendarOperation {
        CalendarOperation(
            .take(name: name, span: span, insteadOf: insteadOf), outcome, on: calendars, began: time.lowerBound,
            ended: time.upperBound)
    }

    private static func free(_ name: String, at time: ClosedRange<UInt64>) -> CalendarOperation {
        CalendarOperation(.free(name: name), .done, began: time.lowerBound, ended: time.upperBound)
    }

    private static func other(
        _ effect: CalendarOperation.Effect, _ outcome: CalendarOperation.Outcome = .done, on calendars: UInt32 = 1,
        at time: ClosedRange<UInt64>
    ) -> CalendarOperation {
        CalendarOperation(effect, outcome, on: calendars, began: time.lowerBound, ended: time.upperBound)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let history: [CalendarOperation]
    }

    static let good = [
        Case(testDescription: "nothing", history: []),
        Case(
            testDescription: "taken, refused, given back, taken",
            history: [
                take("a", 0..<3, at: 1...2), take("b", 2..<4, .refused, at: 3...4), free("a", at: 5...6),
                take("b", 2..<4, at: 7...8),
            ]),
        Case(
            testDescription: "refused while the one that was in its way was still under way",
            history: [take("b", 0..<1, .refused, at: 1...4), take("a", 0..<1, at: 3...9)]),
        Case(
            testDescription: "refused by what was never acknowledged",
            history: [take("a", 0..<1, .unknown, at: 1...2), take("b", 0..<1, .refused, at: 8...9)]),
        Case(
            testDescription: "what was never acknowledged did not happen",
            history: [take("a", 0..<1, .unknown, at: 1...2), take("b", 0..<1, at: 8...9)]),
        Case(
            testDescription: "a new pick gives the old one back in the same step",
            history: [
                take("a", 0..<1, at: 1...2), take("a", 1..<2, at: 3...6, insteadOf: ["a"]),
                take("b", 0..<1, at: 4...9), take("c", 1..<2, .refused, at: 7...8),
            ]),
        Case(
            testDescription: "three at once, of whom the last to answer was the first to have it",
            history: [
                take("a", 0..<2, at: 1...9), take("b", 0..<1, .refused, at: 2...3), free("a", at: 10...12),
                take("c", 1..<2, at: 11...14),
            ]),
        Case(
            testDescription: "a panel takes two calendars, and another keeps the third",
            history: [
                take("a", 0..<2, at: 1...2, on: 0b011), take("b", 0..<2, at: 3...4, on: 0b100),
                take("c", 1..<3, .refused, at: 5...6, on: 0b110), free("b", at: 7...8),
                take("c", 1..<3, .refused, at: 9...10, on: 0b110), free("a", at: 11...12),
                take("c", 1..<3, at: 13...14, on: 0b110),
            ]),
        Case(
            testDescription: "a hold lapsed at its time, and the next took what it had kept",
            history: [
                take("h", 0..<2, at: 1...2), take("b", 0..<2, .refused, at: 3...4), other(.lapse(name: "h"), at: 5...6),
                take("b", 0..<2, at: 5...8), other(.pass(name: "x", from: "h"), .refused, at: 9...10),
            ]),
        Case(
            testDescription: "a hold that was booked keeps, though its time came",
            history: [
                take("h", 0..<2, at: 1...2), other(.pass(name: "x", from: "h"), at: 3...4),
                other(.lapse(name: "h"), at: 5...5), take("b", 0..<2, .refused, at: 6...7),
            ]),
        Case(
            testDescription: "a clearing gave back what lay in it, and not what ended at its beginning",
            history: [
                take("a", 0..<3, at: 1...2), take("b", 3..<6, at: 3...4),
                other(.clear(name: "ill", span: 2..<8), at: 5...6),
                other(.free(name: "b"), .refused, at: 7...8), take("c", 6..<8, .refused, at: 9...10),
                take("d", 0..<1, .refused, at: 9...10), free("ill", at: 11...12), take("c", 3..<8, at: 13...14),
            ]),
        Case(
            testDescription: "seen free, and taken by another before it was asked for",
            history: [
                other(.see(span: 0..<2), at: 1...2), take("a", 0..<2, at: 2...5), take("b", 0..<2, .refused, at: 3...6),
            ]),
    ]

    static let bad = [
        Case(
            testDescription: "a panel of which one calendar was kept",
            history: [take("a", 0..<2, at: 1...2, on: 0b001), take("c", 1..<3, at: 3...4, on: 0b011)]),
        Case(
            testDescription: "a panel refused that suited everybody",
            history: [take("a", 0..<2, at: 1...2, on: 0b100), take("c", 1..<3, .refused, at: 3...4, on: 0b011)]),
        Case(
            testDescription: "a hold that outlived itself",
            history: [
                take("h", 0..<2, at: 1...2), other(.lapse(name: "h"), at: 3...4), take("b", 0..<2, .refused, at: 5...6),
            ]),
        Case(
            testDescription: "a hold that was booked after its time",
            history: [
                take("h", 0..<2, at: 1...2), other(.lapse(name: "h"), at: 3...4),
                other(.pass(name: "x", from: "h"), at: 5...6),
            ]),
        Case(
            testDescription: "a consult left standing where all was cleared",
            history: [
                take("a", 0..<3, at: 1...2), other(.clear(name: "ill", span: 0..<8), at: 3...4), free("a", at: 5...6),
            ]),
        Case(
            testDescription: "seen free while it was kept",
            history: [take("a", 0..<2, at: 1...2), other(.see(span: 1..<3), at: 3...4), free("a", at: 5...6)]),
        Case(
            testDescription: "two have one span",
            history: [take("a", 0..<2, at: 1...9), take("b", 1..<3, at: 2...8)]),
        Case(testDescription: "refused by nobody", history: [take("b", 0..<1, .refused, at: 1...4)]),
        Case(
            testDescription: "refused by what came later",
            history: [take("b", 0..<1, .refused, at: 1...2), take("a", 0..<1, at: 3...4)]),
        Case(
            testDescription: "refused by what had been given back",
            history: [take("a", 0..<1, at: 1...2), free("a", at: 3...4), take("b", 0..<1, .refused, at: 5...6)]),
        Case(
            testDescription: "taken before it was given back",
            history: [take("a", 0..<1, at: 1...2), take("b", 0..<1, at: 3...4), free("a", at: 5...6)]),
        Case(testDescription: "given back what nobody had", history: [free("a", at: 1...2)]),
        Case(
            testDescription: "the old span was free while the new one was not yet asked for",
            history: [
                take("a", 0..<1, at: 1...2), take("b", 0..<1, at: 3...4),
                take("a", 1..<2, at: 5...6, insteadOf: ["a"]),
            ]),
    ]

    @Test("A history that a calendar could have given is found so", arguments: good)
    func linearizable(good: Case) { #expect(Linearizability.verdict(on: good.history) == .linearizable) }

    @Test("A history that none could have given is found so", arguments: bad)
    func broken(bad: Case) {
        let verdict = Linearizability.verdict(on: bad.history)
        #expect(verdict != .linearizable && verdict != .undecided)
    }

    @Test("What a calendar gave to many at once passes, and with one booking forged it does not", arguments: 1...8)
    func drawn(seed: Int) throws {
        let history = Self.drawn(seed: UInt64(seed), count: 600, clients: 16)
        #expect(Linearizability.verdict(on: history) == .linearizable)
        // Acknowledged after all others had ended, in a span that somebody keeps.
        let kept = try #require(Self.kept(after: history).first)
        let end = (history.map(\.ended).max() ?? 0) + 1
        let forged = history + [Self.take("forged", kept, at: end...(end + 1))]
        let verdict = Linearizability.verdict(on: forged)
        #expect(verdict != .linearizable && verdict != .undecided)
    }

    @Test("Of short histories it finds what trying every order finds")
    func exhaustive() {
        var linearizable = 0
        for seed in 0..<4000 {
            let history = Self.scrambled(seed: UInt64(seed))
            let expected = Self.hasOrder(history)
            #expect((Linearizability.verdict(on: history) == .linearizable) == expected, "seed \(seed)")
            linearizable += expected ? 1 : 0
        }
        #expect((200...3800).contains(linearizable), "Both kinds are drawn.")
    }

    /// Six operations on one calendar with answers, times and guesses that nobody vouches for.
    private static func scrambled(seed: UInt64) -> [CalendarOperation] {
        var generator = SeededGenerator(seed: seed)
        return (0..<6).map { _ in
            let began = UInt64.random(in: 0..<20, using: &generator)
            let ended = began + UInt64.random(in: 1..<12, using: &generator)
            let name = generator.pick(["a", "b", "c"])
            let start = Int.random(in: 0..<3, using: &generator)
            let outcome: CalendarOperation.Outcome = Int.random(in: 0..<3, using: &generator) == 0 ? .refused : .done
            let span = start..<(start + 2)
            let effect: CalendarOperation.Effect =
                switch Int.random(in: 0..<6, using: &generator) {
                case 0, 1, 2: .take(name: name, span: span, insteadOf: [name])
                case 3, 4: .free(name: name)
                default: .see(span: span)
                }
            let isSight = if case .see = effect { true } else { false }
            return CalendarOperation(
                effect, isSight ? .done : outcome, began: began, ended: ended,
                likely: UInt64.random(in: 0..<32, using: &generator))
        }
    }

    /// Whether one of all orders that the times allow explains the answers.
    private static func hasOrder(_ history: [CalendarOperation], _ kept: [String: Range<Int>] = [:]) -> Bool {
        guard let deadline = history.map(\.ended).min() else { return true }
        return history.indices.contains { index in
            let operation = history[index]
            guard operation.began <= deadline else { return false }
            var (next, rest) = (kept, history)
            rest.remove(at: index)
            let isRefused = operation.outcome == .refused
            switch operation.effect {
            case .take(let name, let span, _):
                let isFree = kept.allSatisfy { $0.key == name || !$0.value.overlaps(span) }
                guard isFree != isRefused else { return false }
                if isFree { next[name] = span }
            case .free(let name):
                guard (kept[name] != nil) != isRefused else { return false }
                next[name] = nil
            case .see(let span): guard kept.values.allSatisfy({ !$0.overlaps(span) }) else { return false }
            case .pass, .lapse, .clear: return false
            }
            return hasOrder(rest, next)
        }
    }

    /// Answers of a calendar that did a thing at a time, each given somewhere within an interval that overlaps others'.
    private static func drawn(seed: UInt64, count: Int, clients: Int) -> [CalendarOperation] {
        var generator = SeededGenerator(seed: seed)
        var calendar: [String: Range<Int>] = [:]
        var free = Array(repeating: UInt64(0), count: clients)
        var history: [CalendarOperation] = []
        for step in 0..<count {
            let instant = UInt64(step + 1) * 100
            let client = Int.random(in: 0..<clients, using: &generator)
            let name = "\(client)-\(Int.random(in: 0..<3, using: &generator))"
            // A client asks one thing at a time.
            let began = max(free[client] + 1, instant - min(instant - 1, UInt64.random(in: 1...900, using: &generator)))
            guard began < instant else { continue }
            let ended = instant + UInt64.random(in: 1...900, using: &generator)
            free[client] = ended
            if calendar[name] != nil, Int.random(in: 0..<2, using: &generator) == 0 {
                calendar[name] = nil
                history.append(Self.free(name, at: began...ended))
            } else {
                let start = Int.random(in: 0..<40, using: &generator)
                let span = start..<(start + Int.random(in: 1...4, using: &generator))
                let isFree = calendar.allSatisfy { $0.key == name || !$0.value.overlaps(span) }
                if isFree { calendar[name] = span }
                history.append(take(name, span, isFree ? .done : .refused, at: began...ended, insteadOf: [name]))
            }
            // The next instant of this client lies after this answer.
            free[client] = max(free[client], ended)
        }
        return history
    }

    /// The spans that are kept when all has been answered, by the order of the drawing.
    private static func kept(after history: [CalendarOperation]) -> [Range<Int>] {
        var calendar: [String: Range<Int>] = [:]
        for operation in history where operation.outcome == .done {
            switch operation.effect {
            case .take(let name, let span, _): calendar[name] = span
            case .free(let name): calendar[name] = nil
            case .pass, .lapse, .see, .clear: break
            }
        }
        return Array(calendar.values)
    }
}
