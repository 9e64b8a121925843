import Foundation
import Rig

/// P1 under fire: many clients hold, book, move and cancel among few specialists, through two gateways.
struct RaceProof {
    let seed: UInt64
    let size: Size

    /// Attempts of each client.
    private var rounds: Int { size.of(10, 875) }
    /// Attempts a second, and how many seconds: times are judged where they do not depend on what came before.
    private var bookings: (rate: Double, seconds: Double) { size.of((40, 4), (120, 170)) }
    private var everything: (rate: Double, seconds: Double) { size.of((40, 4), (120, 125)) }

    func show(_ report: Report) throws {
        report.title(
            "Races for time: 64 clients, four specialists, two gateways, a worker, holds of three seconds")
        try showTimes(.bookings, bookings, "to hold, to book and to cancel", report)
        try showTimes(.everything, everything, "panels and moves as well, beside specialists who fall ill", report)
        report.tell("\(rounds) attempts of each at everything, one after the other:")
        try withRace("race", tearDown: nil, workers: 1) { race in
            let outcome = try show(race, .everything, .rounds(rounds), report)
            if size == .full {
                report.check("50,000 requests at least", "\(outcome.requests)", outcome.requests >= 50_000)
            }
        }
        let careless = Sabotage.withoutLocks + Sabotage.withoutExclusion + Sabotage.dawdling(seconds: 0.1)
        try withRace("race-unwalled", tearDown: careless) { race in
            _ = try race.run(.everything, .rounds(size.of(6, 62)), seed: seed)
            let overlaps = try race.overlaps()
            report.check(
                "control: without locks and exclusion constraint there are overlaps", "\(overlaps)", overlaps > 0)
        }
        try withRace("race-unlocked", tearDown: Sabotage.withoutLocks + Race.inStep) { race in
            _ = try race.run(.moves, .rounds(size.of(6, 62)), seed: seed)
            let refusals = try race.refusalsByConstraint()
            report.check(
                "control: without locks panels deadlock, or the exclusion constraint must refuse",
                "\(try race.deadlocks()) deadlocks, \(refusals) refused by the exclusion constraint", refusals > 0)
            if size == .full {
                try report.check("control: without locks panels deadlock", "\(race.deadlocks())", race.deadlocks() > 0)
            }
        }
    }

    private func show(_ race: Race, _ mix: Race.Mix, _ loop: Loop, _ report: Report) throws -> Race.Outcome {
        let outcome = try race.run(mix, loop, seed: seed)
        report.tell(outcome.summary)
        report.check("nobody is in two consults", "\(try race.overlaps()) overlaps", try race.overlaps() == 0)
        report.check("no deadlock", "\(try race.deadlocks())", try race.deadlocks() == 0)
        report.check(
            "the exclusion constraint has nothing to refuse", "\(try race.refusalsByConstraint())",
            try race.refusalsByConstraint() == 0)
        report.check("no server error", "\(outcome.serverErrors)", outcome.serverErrors == 0)
        report.check(
            "who loses is told so, and nobody hears anything unexpected",
            "\(outcome.taken) lost, \(outcome.odd.count) odd", outcome.odd.isEmpty && outcome.taken > 0)
        // A hold's time may end between the question's two halves; what is lost stays lost.
        var lost = try race.lostOpenings()
        for _ in 0..<3 where lost != 0 { lost = try race.lostOpenings() }
        report.check("no opening is lost", "\(lost) differ", lost == 0)
        checkHistory(outcome, report)
        return outcome
    }

    private func showTimes(
        _ mix: Race.Mix, _ timetable: (rate: Double, seconds: Double), _ what: String, _ report: Report
    ) throws {
        let (rate, seconds) = timetable
        let pace = String(format: "%.0f attempts, %.0f a second whatever becomes of those before", rate * seconds, rate)
        report.tell("\(pace), \(what):")
        try withRace("race-open", tearDown: nil, workers: 1) { race in
            let outcome = try show(race, mix, .open(rate: rate, seconds: seconds), report)
            guard size == .full else { return }
            let p99 = outcome.latencies.percentile(99)
            report.check(
                "p99 of a request at most 250 ms, from the sixth second on",
                String(format: "%.0f ms from when it was due", p99), p99 <= 250)
        }
    }

    private func withRace(
        _ name: String, tearDown: String?, workers: Int = 0, _ body: (Race) throws -> Void
    ) throws {
        var plan = Rig.Plan(name)
        plan.workers = workers
        // A debug build beside other work is slow; whom that refuses is another proof's matter.
        if size == .small { plan.settings["CONSILIUM_DATABASE_WAIT_MILLISECONDS"] = "30000" }
        try Rig.with(plan) { rig in
            let race = try Race(rig)
            if let tearDown { try rig.cluster.sql("SET search_path = consilium; \(tearDown)") }
            let programs =
                try (0..<2).map { try rig.startGateway($0) } + (0..<workers).map { try rig.launch("worker", $0) }
            try body(race)
            for program in programs { program.signal(SIGTERM) }
            for program in programs { try program.wait() }
        }
    }

    /// All calendars together, because a panel binds them; and the same with one booking forged into a taken span. What
    /// was shown and tried at once is part of it: a refusal must have its cause, and a hold must end at its time.
    private func checkHistory(_ outcome: Race.Outcome, _ report: Report) {
        let verdict = Linearizability.verdict(on: outcome.history)
        let shown = outcome.counts["shown and tried", default: 0]
        report.check(
            "the history of the calendars is linearizable",
            "\(verdict): \(outcome.history.count) operations, \(shown) openings tried as they were shown",
            verdict == .linearizable)
        if verdict != .linearizable { tellUnexplained(outcome.history, report) }
        guard let forged = Self.forge(outcome.history) else {
            return report.check("control: with one double booking forged it is not", "nothing to forge into", false)
        }
        // What happened around one span, for to find that no order explains all of it takes too long.
        let (before, after) = (forged.dropLast(), forged)
        let verdicts = [Array(before), after].map { Linearizability.verdict(on: $0) }
        report.check(
            "control: with one double booking forged it is not", "\(verdicts[1]), of \(after.count)",
            verdicts[0] == .linearizable && verdicts[1] != .linearizable && verdicts[1] != .undecided)
    }

    /// Says which answers are wrong even beside nothing but what was done around their own span.
    private func tellUnexplained(_ history: [CalendarOperation], _ report: Report) {
        let wrong = history.lazy.filter { operation in
            switch operation.effect {
            case .take(_, let span, _), .see(let span), .clear(_, let span):
                let others = Self.around(span, operation.calendars, in: history)
                let isThere = operation.outcome == .done && !operation.isSight
                return Linearizability.verdict(on: isThere ? others : others + [operation], patience: 20_000)
                    != .linearizable
            case .free, .lapse, .pass: return false
            }
        }
        for operation in wrong.prefix(3) {
            report.tell("unexplained: \(operation)")
            if case .take(_, let span, _) = operation.effect {
                for other in Self.around(span, operation.calendars, in: history).sorted(by: { $0.ended < $1.ended }) {
                    report.tell("    beside: \(other)")
                }
            }
        }
    }

    /// Somebody else takes what was taken and never given back, later.
    private static func forge(_ history: [CalendarOperation]) -> [CalendarOperation]? {
        var kept: [String: (Range<Int>, UInt32, UInt64)] = [:]
        for operation in history.sorted(by: { $0.likely < $1.likely }) where operation.outcome == .done {
            switch operation.effect {
            case .take(let name, let span, let insteadOf):
                for name in insteadOf { kept[name] = nil }
                kept[name] = (span, operation.calendars, operation.ended)
            case .free(let name), .lapse(let name): kept[name] = nil
            case .pass(let name, let from):
                kept[name] = kept[from]
                kept[from] = nil
            case .see: break
            // What lay there may be gone.
            case .clear: kept = kept.filter { $0.value.1 & operation.calendars == 0 }
            }
        }
        guard let (span, calendars, _) = kept.values.max(by: { $0.2 < $1.2 }) else { return nil }
        let late = (history.map(\.ended).max() ?? 0) + 1
        let forged = CalendarOperation(
            .take(name: "forged", span: span, insteadOf: []), .done, on: calendars, began: late, ended: late + 1)
        return (around(span, calendars, in: history) + [forged])
    }

    /// All that was done with whatever was ever kept in a span: a part of the history that must be explained by itself.
    /// Of each name that is in it, everything is that gives its time back: what moved it, what came after it, and whoever
    /// of its panel fell ill.
    private static func around(
        _ span: Range<Int>, _ calendars: UInt32, in history: [CalendarOperation]
    ) -> [CalendarOperation] {
        let done = history.filter { $0.outcome == .done }
        var names: Set<String> = []
        /// Where they ever were.
        var places = [(span: span, calendars: calendars)]
        var isGrowing = true
        while isGrowing {
            let count = names.count
            for operation in done {
                switch operation.effect {
                case .take(let name, let taken, let insteadOf):
                    if operation.calendars & calendars != 0 && taken.overlaps(span)
                        || !names.isDisjoint(with: insteadOf)
                    {
                        names.insert(name)
                    }
                    if names.contains(name) { places.append((taken, operation.calendars)) }
                case .pass(let name, let from):
                    if names.contains(name) || names.contains(from) { names.formUnion([name, from]) }
                case .clear(let name, let cleared):
                    if places.contains(where: { $0.calendars & operation.calendars != 0 && $0.span.overlaps(cleared) })
                    {
                        names.insert(name)
                    }
                case .free, .lapse, .see: break
                }
            }
            isGrowing = names.count > count
        }
        return done.filter { $0.name.map(names.contains) ?? false }
    }
}
