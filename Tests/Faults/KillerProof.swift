import Foundation
import Glibc
import Rig
import Synchronization

/// P9: a job that kills whoever takes it kills two workers and no third, and everybody else's mail arrives.
struct KillerProof {
    let size: Size

    private var notices: Int { size.of(24, 400) }

    func show(_ report: Report) throws {
        report.title("A job that kills its workers, among \(notices) that do not")
        let victim = Victim()
        var script = SMTPServer.Script()
        script.toRecipient = { _ in
            // Neighbours are under way when it kills.
            usleep(20_000)
            return nil
        }
        script.toMessage = { victim.isKilled(by: $0) ? "451 nobody hears this" : nil }
        let server = try SMTPServer(script)
        defer { server.stop() }
        var plan = size.plan("killer")
        (plan.gateways, plan.workers, plan.patients, plan.specialists) = (1, 1, 8, 8)
        plan.settings = server.settings
        try Rig.with(plan) { rig in
            let gateways = try rig.startGateways()
            let told = try ExpectedMail.write(notices, rig, rig.patients(), from: 0) { true }
            for gateway in gateways { try gateway.murder() }
            let killer = try chooseKiller(rig)
            victim.isKilledByNow(killer)
            try until("everybody else to be told, and the job to be let go", patience: .seconds(240)) {
                if !victim.isAlive {
                    if size == .small { try rig.cluster.sql(Self.endLeases) }
                    // As systemd does, without end.
                    victim.become(try rig.launch("worker", 0))
                }
                // The second worker's lease may outlast everybody else's mails.
                return try rig.cluster.count(
                    "SELECT count(*) FROM consilium.job WHERE state = 'done' OR id = '\(killer)' AND not_before = 'infinity'"
                )
                    == told.notices
            }
            let state =
                try rig.cluster.sql(
                    "SELECT state, not_before, deaths, last_error FROM consilium.job WHERE id = '\(killer)'"
                ).first ?? []
            report.check("two workers die of it, and no third", "\(victim.deaths)", victim.deaths == 2)
            report.check(
                "it is set aside with its cause", state.joined(separator: " "),
                state == ["ready", "infinity", "2", "killed_workers"])
            report.check(
                "the log tells operators", "worker-0.log", victim.said.contains("two workers died of a job"))
            // Its cause is mended.
            victim.isKilledByNow(nil)
            try rig.run("jobs", "revive", killer)
            try until("the revived mail") {
                try rig.cluster.count("SELECT count(*) FROM consilium.job WHERE state = 'done'") == told.notices
            }
            let mails = Mails(server)
            report.check(
                "revived, it is told under its old id", "\(mails.distinct) mails", mails.distinct == told.notices)
        }
    }

    /// Makes one the next, and forgets what is not due in this run.
    private func chooseKiller(_ rig: Rig) throws -> String {
        try rig.cluster.sql(
            """
            DELETE FROM consilium.job WHERE run_at > clock_timestamp();
            UPDATE consilium.job SET run_at = run_at - interval '1 minute'
            WHERE id = (SELECT id FROM consilium.job ORDER BY run_at, id LIMIT 1) RETURNING id
            """
        ).first?.first ?? ""
    }

    private static let endLeases =
        "UPDATE consilium.job SET lease_until = clock_timestamp() WHERE state = 'running'"
}

/// The worker that a mail of a certain id kills, life after life.
private final class Victim: Sendable {
    private let program = Mutex<Program?>(nil)
    private let killer = Mutex<String?>(nil)
    private let count = Atomic(0)

    var deaths: Int { count.load(ordering: .relaxed) }
    var isAlive: Bool { program.withLock { $0?.isRunning ?? false } }
    var said: String { program.withLock { $0?.said ?? "" } }

    func become(_ next: Program) {
        let last = program.withLock { program in
            defer { program = next }
            return program
        }
        _ = try? last?.wait()
    }

    func isKilledByNow(_ id: String?) { killer.withLock { $0 = id } }

    /// Kills it when the message is the one.
    func isKilled(by message: String) -> Bool {
        guard let id = killer.withLock({ $0 }), message.contains("Message-ID: <\(id)@") else { return false }
        count.add(1, ordering: .relaxed)
        program.withLock { $0?.signal(SIGKILL) }
        return true
    }
}
