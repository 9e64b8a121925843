import Foundation
import Rig
import Synchronization

/// What came of one workload, at each scale.
struct Result {
    let workload: Workload
    var scales: [Scale] = []

    struct Scale {
        let scale: Int
        let specialists: Int
        /// Units a second, a round each.
        var gateway: [Double] = []
        var pgbench: [Double] = []
        /// Milliseconds of processor time a unit, of clients and servers, a round each: what other processes on the
        /// machine do does not change them much.
        var gatewayWork: [Double] = []
        var pgbenchWork: [Double] = []
        /// Of the open loop, in milliseconds.
        var openRate = 0.0, p50 = 0.0, p99 = 0.0

        var rate: Double { gateway.median }
        var ratio: Double { gateway.median / pgbench.median }
        /// What the ratio were if both sides did nothing but work.
        var workRatio: Double { pgbenchWork.median / gatewayWork.median }
    }

    /// How much slower it is at the largest scale.
    var growth: Double { (scales.first?.rate ?? 0) / (scales.last?.rate ?? 0) }
}

extension [Double] {
    var median: Double {
        let sorted = sorted()
        return isEmpty ? 0 : (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}

/// Measures workloads: both sides by turns, at all scales by turns.
struct Measurement {
    let stages: [SystemUnderLoad]
    let seconds: Int
    let connections: Int
    let report: Report

    /// By which both sides take turns.
    private var rounds: Int { min(seconds, 3) }

    /// Seconds until each connection of pgbench has done what makes it warm: PostgreSQL plans a statement anew five times
    /// before it keeps a plan, and the gateway's connections have long been warm.
    private func warmUp(_ rate: Double) -> Int { max(1, Int((8 * Double(connections) / rate).rounded(.up))) }

    private func tellRefusals(_ outcome: Clients.Outcome, _ system: SystemUnderLoad) {
        if outcome.refused > 0 { report.tell("×\(system.scale): \(outcome.refused) refused with 503") }
    }

    func measure(_ workload: Workload) throws -> Result {
        report.title(workload.title)
        var result = Result(workload: workload)
        var benches: [Pgbench] = []
        for system in stages {
            try system.setHours(workload.hours)
            benches.append(try prepare(workload, system))
            result.scales.append(.init(scale: system.scale, specialists: system.people.count * system.scale))
        }
        for _ in 0..<rounds {
            for (index, system) in stages.enumerated() {
                let began = try processorTime(system)
                let outcome = try clients(workload, system).run(.closed(seconds: Double(seconds) / Double(rounds)))
                guard outcome.units > 0 else { throw RigFailure.waited("a unit of \(workload.rawValue)") }
                result.scales[index].gateway.append(outcome.rate)
                tellRefusals(outcome, system)
                result.scales[index].gatewayWork.append(
                    1000 * (try processorTime(system) - began) / Double(outcome.units))
                let before = try trace(workload, system)
                let warm = Mutex(0.0)
                let (units, rate) = try benches[index].run(
                    seconds: seconds / rounds, warmUp: warmUp(outcome.rate)
                ) { pgbench in
                    // What it has used so far comes into the sum when it has ended.
                    warm.withLock { $0 = ((try? processorTime(system)) ?? 0) + pgbench.processorTime }
                }
                result.scales[index].pgbench.append(rate)
                result.scales[index].pgbenchWork.append(
                    1000 * (try processorTime(system) - warm.withLock { $0 }) / (rate * Double(seconds / rounds)))
                if let before, let after = try trace(workload, system) {
                    checkTrace(workload, units: units, traces: after - before, group: benches[index].group)
                }
            }
        }
        // One rate for all scales: the promised one, or half of what the smallest can do.
        let rate = workload.promptness?.rate ?? max(1, (result.scales[0].rate / 2).rounded())
        let length = workload.promptness == nil ? Double(seconds) / 3 : Double(seconds)
        for (index, system) in stages.enumerated() {
            let outcome = try clients(workload, system).run(.open(rate: rate, seconds: length))
            tellRefusals(outcome, system)
            result.scales[index].openRate = rate
            result.scales[index].p50 = outcome.latencies.percentile(50)
            result.scales[index].p99 = outcome.latencies.percentile(99)
        }
        for scale in result.scales {
            report.tell(
                String(
                    format: "×%d: %.0f a second, %.2f of pgbench; %.2f ms of processor, %.2f of pgbench", scale.scale,
                    scale.rate, scale.ratio, scale.gatewayWork.median, scale.workRatio))
        }
        if workload == .booking {
            for system in stages {
                let isTrue = try system.isIndexTrue()
                report.check(
                    "×\(system.scale): the stored index after all bookings", isTrue ? "true" : "not true", isTrue)
            }
        }
        return result
    }

    /// Of PostgreSQL, the gateway, this process and what it has run, in seconds.
    private func processorTime(_ system: SystemUnderLoad) throws -> Double {
        try system.rig.cluster.processorTime() + system.gateway.processorTime + Proc.ownTime
    }

    private func clients(_ workload: Workload, _ system: SystemUnderLoad) -> Clients {
        Clients(system: system, workload: workload, count: connections)
    }

    /// Records, counts, and writes the script.
    private func prepare(_ workload: Workload, _ system: SystemUnderLoad) throws -> Pgbench {
        let units = try Recorder(system: system, workload: workload).record()
        let requests = units.first.transactions.joined().count { $0.calls("session_caller") }
        let clients = clients(workload, system)
        let length = Double(seconds) / Double(rounds)
        let habits = try LoadProfile(of: clients, seconds: length, requests: requests)
        let group = max(1, Int(habits.unitsPerAudit.rounded()))
        let script = try Script(units, habits, workload, of: system, connections: connections)
        report.tell(
            String(
                format: "×%d: %.2f statements a unit of the gateway, %.2f of pgbench; audited by %d",
                system.scale, habits.statements, script.statements, group))
        let bench = try Pgbench(script, workload, of: system, connections: connections, group: group)
        if let function = workload.counted {
            let cluster = system.rig.cluster
            let ours = try LoadProfile.rows(of: function, in: cluster) { _ = try clients.run(.closed(seconds: 1)) }
            let theirs = try LoadProfile.rows(of: function, in: cluster) { _ = try bench.run(seconds: 1, warmUp: 1) }
            checkRows(workload, ours, theirs)
        }
        return bench
    }

    private func trace(_ workload: Workload, _ system: SystemUnderLoad) throws -> Int? {
        try workload.trace.map { try system.rig.cluster.count($0) }
    }

    /// That pgbench did the work: what it leaves, within one audit group for each connection.
    private func checkTrace(_ workload: Workload, units: Int, traces: Int, group: Int) {
        let slack = workload == .point ? group * connections : 0
        if abs(traces - units) > slack {
            report.check("pgbench did \(units) units of \(workload.rawValue)", "\(traces) are there", false)
        }
    }

    /// That pgbench got what the gateway got, within what tells people apart.
    private func checkRows(_ workload: Workload, _ ours: Double, _ theirs: Double) {
        if ours == 0 || abs(ours - theirs) > ours / 10 {
            report.check(
                "pgbench got as many \(workload.rawValue) a call as the gateway",
                String(format: "%.1f and %.1f", theirs, ours), false)
        }
    }
}
