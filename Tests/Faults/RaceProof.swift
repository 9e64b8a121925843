import Foundation
import Rig
import Synchronization

/// P1 under fire: many clients hold, book, move and cancel among few specialists, through two gateways.
struct RaceProof {
    let seed: UInt64
    let size: Size

    private static let clients = 64
    private var attempts: Int { size.of(640, 20_000) }

    func show(_ report: Report) throws {
        report.title("Races for time: \(attempts) attempts, \(Self.clients) clients, two gateways, four specialists")
        try withRace("race", tearDown: nil) { race in
            let outcome = try race.run(attempts: attempts, seed: seed)
            report.tell(outcome.summary)
            report.check("nobody is in two consults", "\(try race.overlaps()) overlaps", try race.overlaps() == 0)
            report.check("no deadlock", "\(try race.deadlocks())", try race.deadlocks() == 0)
            report.check(
                "the wall has nothing to refuse", "\(try race.refusalsOfTheWall())", try race.refusalsOfTheWall() == 0)
            report.check("no server error", "\(outcome.serverErrors)", outcome.serverErrors == 0)
            report.check(
                "who loses gets 409 with the next openings", "\(outcome.taken) of \(outcome.taken + outcome.odd.count)",
                outcome.odd.isEmpty && outcome.taken > 0)
            let p99 = outcome.latencies.percentile(99)
            let told = String(format: "%.0f ms, worst %.0f ms", p99, outcome.latencies.worst)
            if size == .full {
                report.check("p99 of an attempt at most 250 ms", told, p99 <= 250)
            } else {
                report.tell("p99 of an attempt \(told)")
            }
            checkHistories(outcome.histories, report)
        }
        try withRace("race-unwalled", tearDown: Race.withoutLocks + Race.withoutWall + Race.dawdling) { race in
            _ = try race.run(attempts: size.of(384, 4_000), seed: seed)
            let overlaps = try race.overlaps()
            report.check("control: without locks and wall there are overlaps", "\(overlaps)", overlaps > 0)
        }
        try withRace("race-unlocked", tearDown: Race.withoutLocks + Race.inStep) { race in
            _ = try race.run(attempts: size.of(384, 4_000), seed: seed, restless: true)
            let refusals = try race.refusalsOfTheWall()
            report.check(
                "control: without locks there are deadlocks, or the wall must refuse",
                "\(try race.deadlocks()) deadlocks, \(refusals) refused by the wall", refusals > 0)
        }
    }

    private func withRace(_ name: String, tearDown: String?, _ body: (Race) throws -> Void) throws {
        var plan = Rig.Plan(name)
        // A debug build beside other work is slow; whom that refuses is another proof's matter.
        if size == .small { plan.settings["CONSILIUM_DATABASE_WAIT_MILLISECONDS"] = "30000" }
        try Rig.with(plan) { rig in
            if let tearDown { try rig.cluster.sql("SET search_path = consilium; \(tearDown)") }
            let gateways = try (0..<2).map { try rig.startGateway($0) }
            try body(try Race(rig))
            for gateway in gateways { gateway.signal(SIGTERM) }
            for gateway in gateways { try gateway.wait() }
        }
    }

    /// Each specialist's calendar by itself; and the same with one booking forged into a taken span.
    private func checkHistories(_ histories: [String: [CalendarOperation]], _ report: Report) {
        let verdicts = histories.values.map { Linearizability.verdict(on: $0) }
        report.check(
            "each calendar's history is linearizable",
            "\(verdicts.count { $0 == .linearizable }) of \(verdicts.count), \(histories.values.map(\.count).reduce(0, +)) operations",
            verdicts.allSatisfy { $0 == .linearizable })
        let forged = histories.values.compactMap(Self.forge).map { Linearizability.verdict(on: $0) }
        report.check(
            "control: with one double booking forged it is not",
            "\(forged.count { $0 != .linearizable }) of \(forged.count)",
            !forged.isEmpty && forged.allSatisfy { $0 != .linearizable && $0 != .undecided })
    }

    /// Somebody else takes what was taken and never given back, later.
    private static func forge(_ history: [CalendarOperation]) -> [CalendarOperation]? {
        var kept: [String: (Range<Int>, UInt64)] = [:]
        for operation in history.sorted(by: { $0.ended < $1.ended }) where operation.outcome == .done {
            switch operation.effect {
            case .take(let name, let span, let insteadOf):
                for name in insteadOf { kept[name] = nil }
                kept[name] = (span, operation.ended)
            case .free(let name): kept[name] = nil
            }
        }
        guard let (span, ended) = kept.values.max(by: { $0.1 < $1.1 }) else { return nil }
        let late = max(ended, history.map(\.ended).max() ?? 0) + 1
        return history
            + [CalendarOperation(.take(name: "forged", span: span, insteadOf: []), .done, began: late, ended: late + 1)]
    }
}
