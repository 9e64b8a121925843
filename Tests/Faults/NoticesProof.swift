import Foundation
import Rig
import Synchronization

/// P9: everybody is told, whatever becomes of the workers and however often the mail server puts us off.
struct NoticesProof {
    let seed: UInt64
    let size: Size

    private static let patients = 8
    private var notices: Int { size.of(48, 2_000) }
    private var kills: Int { size.of(2, 20) }

    func show(_ report: Report) throws {
        report.title("Notices: \(notices), \(kills) times kill -9 of one of two workers, 451 to every third mail")
        try showAllAreResumedTogether(report)
        let (isControl, gate) = (Switch(), Gate())
        var script = SMTPServer.Script()
        // Before the content: what waits here was not sent when its worker is killed.
        script.toRecipient = { _ in
            gate.pass()
            return nil
        }
        script.toContent = { number in
            // A mail server is far away, so that there is always a mail under way.
            usleep(20_000)
            // The control need not wait for second attempts.
            return number % 3 == 2 && !isControl.isOn ? "451 try later" : nil
        }
        let server = try SMTPServer(script)
        defer { server.stop() }
        var plan = size.plan("notices")
        (plan.workers, plan.patients, plan.specialists) = (2, Self.patients, Self.patients)
        plan.settings = server.settings
        try Rig.with(plan) { rig in
            _ = try rig.startGateways()
            let patients = try rig.patients()
            let workers = try Workers(rig, server, gate)
            let told = try showAllAreTold(rig, workers, server, patients, report)
            isControl.turnOn()
            try showAcknowledgingFirstLoses(rig, workers, server, patients, from: told.nextSlot, report)
        }
    }

    private func showAllAreTold(
        _ rig: Rig, _ workers: Workers, _ server: SMTPServer, _ patients: [Patient], _ report: Report
    ) throws -> ExpectedMail {
        let told = try run(notices, kills: kills, rig, workers, patients, from: 0)
        let mails = Mails(server)
        report.tell(
            "\(told.bookings.count) bookings, \(told.messages.values.reduce(0, +)) urgent messages; \(mails.count) mails "
                + "taken, \(mails.count - mails.distinct) of them again under their old id")
        report.check("no odd answer", "\(told.odd)", told.odd.isEmpty)
        report.check("notices", "\(told.notices)", told.notices >= notices)
        report.check("none is missing", "\(told.missing(in: mails)) missing", told.missing(in: mails) == 0)
        report.check(
            "none comes under two Message-IDs", "\(told.surplus(in: mails)) too many", told.surplus(in: mails) == 0)
        let orphans = try workers.orphans()
        report.check(
            "jobs of killed workers are resumed", "\(orphans.resumed) of \(orphans.count)",
            orphans.count > 0 && orphans.resumed == orphans.count)
        if size == .full {
            report.check(
                "within 15 s, but for what seems to kill",
                String(format: "%.1f s at worst; %d set aside", orphans.worst, orphans.setAside), orphans.worst <= 15)
        }
        return told
    }

    /// As if a worker acknowledged a job when it takes it: what a killed worker held counts as done.
    private func showAcknowledgingFirstLoses(
        _ rig: Rig, _ workers: Workers, _ server: SMTPServer, _ patients: [Patient], from slot: Int, _ report: Report
    ) throws {
        workers.acknowledgeFirst()
        // The messages are of the same cases as before.
        let before = server.taken.count
        let told = try run(48, kills: 1, rig, workers, patients, from: slot)
        let missing = told.missing(in: Mails(server, after: before))
        report.check("control: acknowledging before sending loses some", "\(missing) missing", missing > 0)
    }

    /// Makes notices for as long as it takes to kill workers that tell them, and waits until nothing is left to be told.
    private func run(
        _ notices: Int, kills: Int, _ rig: Rig, _ workers: Workers, _ patients: [Patient], from slot: Int
    ) throws -> ExpectedMail {
        let (seed, waits) = (seed, size == .full)
        let areKilled = Switch()
        let parts = try ClientThreads.collect(2) { number in
            guard number == 0 else {
                return try ExpectedMail.write(notices, rig, patients, from: slot) { areKilled.isOn }
            }
            defer { areKilled.turnOn() }
            var generator = SeededGenerator(seed: seed)
            let share = notices / (kills + 1)
            for _ in 0..<kills {
                try workers.kill(
                    Int.random(in: 0..<2, using: &generator),
                    afterMails: Int.random(in: share / 4...share * 3 / 4, using: &generator), waitsForLeases: waits)
            }
            return ExpectedMail()
        }
        try until("everybody to be told", patience: .seconds(240)) {
            // A job that was put off seven times waits for minutes; nothing is shown by waiting with it, nor, in the
            // small size, with any.
            try rig.cluster.sql(
                """
                UPDATE consilium.job SET run_at = clock_timestamp() WHERE state = 'ready' AND run_at BETWEEN
                    clock_timestamp() + interval '\(size.of(0, 5)) seconds' AND clock_timestamp() + interval '1 day'
                """)
            // What two kills hit is set aside, as if it had killed: we know better, as an operator would.
            if try rig.cluster.count("SELECT set_aside FROM consilium.job_backlog()") > 0 {
                try rig.run("jobs", "revive", "--all")
            }
            return try rig.cluster.count(
                """
                SELECT count(*) FROM consilium.job
                WHERE state IN ('ready', 'running') AND run_at < clock_timestamp() + interval '1 day'
                """) == 0
        }
        return parts.reduce(into: ExpectedMail()) { $0.add($1) }
    }
}

/// Whether something has begun.
private final class Switch: Sendable {
    private let state = Atomic(false)

    var isOn: Bool { state.load(ordering: .relaxed) }

    func turnOn() { state.store(true, ordering: .relaxed) }
}
