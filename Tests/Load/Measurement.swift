import Foundation
import Rig
import Synchronization

/// What came of one workload, at each scale.
struct Result {
    let workload: Workload
    var scales: [Scale] = []

    struct Scale {
        let scale: Int
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
    let stages: [Stage]
    let seconds: Int
    let connections: Int
    let report: Report

    func measure(_ workload: Workload) throws -> Result {
        report.title(workload.title)
        var result = Result(workload: workload)
        var benches: [Pgbench] = []
        for stage in stages {
            try stage.setHours(workload.hours)
            benches.append(try prepare(workload, stage))
            result.scales.append(.init(scale: stage.scale))
        }
        let rounds = min(seconds, 3)
        for _ in 0..<rounds {
            for (index, stage) in stages.enumerated() {
                let began = try processorTime(stage)
                let outcome = try clients(workload, stage).closedLoop(seconds: Double(seconds) / Double(rounds))
                result.scales[index].gateway.append(outcome.rate)
                if outcome.refused > 0 { report.tell("×\(stage.scale): \(outcome.refused) refused with 503") }
                result.scales[index].gatewayWork.append(
                    1000 * (try processorTime(stage) - began) / Double(outcome.units))
                let before = try trace(workload, stage)
                let warm = Mutex(0.0)
                let (units, rate) = try benches[index].run(seconds: seconds / rounds) {
                    warm.withLock { $0 = (try? processorTime(stage)) ?? 0 }
                }
                result.scales[index].pgbench.append(rate)
                result.scales[index].pgbenchWork.append(
                    1000 * (try processorTime(stage) - warm.withLock { $0 }) / (rate * Double(seconds / rounds)))
                if let before, let after = try trace(workload, stage) {
                    checkTrace(workload, units: units, traces: after - before)
                }
            }
        }
        // One rate for all scales: half of what the smallest can do.
        let rate = max(1, (result.scales[0].rate / 2).rounded())
        for (index, stage) in stages.enumerated() {
            let outcome = try clients(workload, stage).openLoop(rate: rate, seconds: Double(seconds) / 3)
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
        return result
    }

    /// Of PostgreSQL, the gateway, this process and what it has run, in seconds.
    private func processorTime(_ stage: Stage) throws -> Double {
        try stage.rig.cluster.processorTime() + stage.gateway.processorTime + Rig.ownProcessorTime
    }

    private func clients(_ workload: Workload, _ stage: Stage) -> Clients {
        Clients(stage: stage, workload: workload, count: connections)
    }

    /// Records, counts, and writes the script.
    private func prepare(_ workload: Workload, _ stage: Stage) throws -> Pgbench {
        let tape = try Recorder(stage: stage, workload: workload).record()
        let requests = tape.first.transactions.joined().count { $0.calls("session_caller") }
        let habits = try Habits(of: clients(workload, stage), requests: requests)
        let group = max(1, Int(habits.unitsPerAudit.rounded()))
        let script = try Script(tape, habits, workload, of: stage, connections: connections)
        report.tell(
            String(
                format: "×%d: %.2f statements a unit of the gateway, %.2f of pgbench; audited by %d",
                stage.scale, habits.statements, script.statements, group))
        return try Pgbench(script, workload, of: stage, connections: connections, group: group)
    }

    private func trace(_ workload: Workload, _ stage: Stage) throws -> Int? {
        try workload.trace.map { try stage.rig.cluster.count($0) }
    }

    /// That pgbench did the work: what it leaves, within one audit group for each connection.
    private func checkTrace(_ workload: Workload, units: Int, traces: Int) {
        let slack = workload == .point ? 32 * connections : 0
        if abs(traces - units) > slack {
            report.check("pgbench did \(units) units of \(workload.rawValue)", "\(traces) are there", false)
        }
    }
}
