import Foundation
import Glibc
import Rig
import Synchronization

extension NoticesProof {
    /// P9: what a killed worker held is under way again at once, and not one after another.
    func showAllAreResumedTogether(_ report: Report) throws {
        let (gate, load) = (Gate(), Load())
        var script = SMTPServer.Script()
        script.toRecipient = { _ in
            gate.pass()
            return nil
        }
        script.toContent = { _ in
            load.carry { usleep(1_000_000) }
            return nil
        }
        let server = try SMTPServer(script)
        defer { server.stop() }
        var plan = size.plan("resume")
        (plan.gateways, plan.workers, plan.patients, plan.specialists) = (1, 1, 2, 2)
        plan.settings = server.settings
        try Rig.with(plan) { rig in
            let gateways = try rig.startGateways()
            let told = try ExpectedMail.write(8, rig, rig.patients(), from: 0) { true }
            for gateway in gateways { try gateway.murder() }
            // Reminders are for later.
            let notDone = "SELECT count(*) FROM consilium.job WHERE state <> 'done' AND run_at <= clock_timestamp()"
            gate.shut()
            let worker = try rig.launch("worker", 0)
            try until("the worker to hold all notices") {
                try rig.cluster.count("SELECT count(*) FROM consilium.job WHERE state = 'running'") == told.notices
            }
            try worker.murder()
            gate.open()
            if size == .small {
                try rig.cluster.sql(
                    "UPDATE consilium.job SET lease_until = clock_timestamp() WHERE state = 'running'")
            }
            let killed = ContinuousClock.now
            _ = try rig.launch("worker", 0)
            try until("all notices to be sent") { try rig.cluster.count(notDone) == 0 }
            let seconds = (ContinuousClock.now - killed) / .seconds(1)
            report.check(
                "what a killed worker held is under way together", "\(load.most) of \(told.notices) at once",
                load.most > told.notices / 2)
            let all = "all sent, at a second each, after the kill"
            if size == .full {
                report.check("\(all), within 15 s", String(format: "%.1f s", seconds), seconds <= 15)
            } else {
                report.tell("\(all) and the end of its leases: " + String(format: "%.1f s", seconds))
            }
        }
    }
}

/// How many mails a server takes over at once.
private final class Load: Sendable {
    private let state = Mutex((now: 0, most: 0))

    var most: Int { state.withLock { $0.most } }

    func carry(_ body: () -> Void) {
        state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        body()
        state.withLock { $0.now -= 1 }
    }
}
