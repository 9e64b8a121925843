import Foundation
import Glibc
import Rig

/// P11's end: a process that is told to stop leaves nothing half done.
struct DrainProof {
    let size: Size

    private var rounds: Int { size.of(2, 20) }

    func show(_ report: Report) throws {
        report.title("SIGTERM under load: \(rounds) gateways, \(rounds) workers")
        let gate = Gate()
        var script = SMTPServer.Script()
        script.toContent = { _ in
            gate.pass()
            return nil
        }
        let server = try SMTPServer(script)
        defer { server.stop() }
        var plan = size.plan("drain")
        (plan.workers, plan.patients) = (2, 16)
        plan.settings = server.settings
        // The setting's default.
        plan.settings["CONSILIUM_GATEWAY_DRAIN_SECONDS"] = "3"
        try Rig.with(plan) { rig in
            let patients = try rig.patients()
            let gateways = try Gateways(rig, patients[0], Balancer(rig, patients))
            let workers = try Workers(rig, server, gate)
            let polite = try leave(rounds, by: SIGTERM, gateways, workers)
            show(polite, report)
            let rude = try leave(size.of(1, 2), by: SIGKILL, gateways, workers)
            let failed = rude.outcome.failed.count
            report.check("control: SIGKILL fails requests in flight", "\(failed) failed", failed > 0)
            let leases = rude.workers.map(\.leases).reduce(0, +)
            report.check("control: SIGKILL leaves leases", "\(leases) left", leases > 0)
        }
    }

    private struct Leaving {
        var outcome: Balancer.Outcome
        var gateways: [Gateways.Leave]
        var workers: [Workers.Leave]
    }

    private func leave(
        _ rounds: Int, by signal: Int32, _ gateways: Gateways, _ workers: Workers
    ) throws -> Leaving {
        let leaves = Leaves()
        let outcome = try gateways.balancer.load {
            for round in 0..<rounds {
                try ClientThreads.run(2) { kind in
                    if kind == 0 {
                        leaves.add(try workers.stop(round % 2, by: signal))
                    } else {
                        leaves.add(try gateways.stop(round % 2, by: signal))
                    }
                }
            }
        }
        return Leaving(outcome: outcome, gateways: leaves.gateways, workers: leaves.workers)
    }

    private func show(_ leaving: Leaving, _ report: Report) {
        let (outcome, gateways, workers) = (leaving.outcome, leaving.gateways, leaving.workers)
        report.check(
            "no request in flight fails",
            "\(outcome.failed.count) of \(outcome.answered) \(Dictionary(grouping: outcome.failed) { $0 }.mapValues(\.count))",
            outcome.failed.isEmpty && outcome.answered > 0)
        let parcels = gateways.count { $0.isParcelAnswered }
        report.check(
            "a request that is half sent when the listener closes is answered", "\(parcels) of \(rounds)",
            parcels == rounds)
        let first = gateways.count { $0.isReadyFirst }
        report.check(
            "ready says 503 while the listener still answers", "\(first) of \(rounds)", first == rounds)
        let clean = gateways.count { $0.code == 0 } + workers.count { $0.code == 0 }
        report.check("each exits with 0", "\(clean) of \(2 * rounds)", clean == 2 * rounds)
        let leases = workers.map(\.leases).reduce(0, +)
        report.check(
            "no lease is left", "\(leases) left; \(workers.map(\.held).reduce(0, +)) held at the signal",
            leases == 0 && workers.allSatisfy { $0.held > 0 })
        let slowest = (gateways.map(\.seconds) + workers.map(\.seconds)).max() ?? 0
        let told = String(format: "%.1f s at worst", slowest)
        if size == .full {
            report.check("exit within 30 s", told, slowest <= 30)
        } else {
            report.tell("exit after \(told)")
        }
    }
}
