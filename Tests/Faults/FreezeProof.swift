import Foundation
import Glibc
import Rig
import Synchronization

/// P9: a worker that is frozen with mails before a slow server, and thaws when another has sent them, sends at most those
/// again that it was in the middle of.
struct FreezeProof {
    let size: Size

    private static let mails = 50
    /// So many connections the slow server talks on at once; the others wait for its greeting.
    private static let slots = 4

    func show(_ report: Report) throws {
        report.title(
            "Freeze and thaw: \(Self.mails) mails before a server that talks on \(Self.slots) connections at once")
        let (repeats, control) = (try repeats(looksAgain: true), try repeats(looksAgain: false))
        report.check(
            "sent again after the thaw: those that it was in the middle of", "\(repeats) of \(Self.mails)",
            repeats <= Self.slots)
        report.check(
            "control: without the second look more are", "\(control) of \(Self.mails)", control > Self.slots)
    }

    /// How many mails come twice.
    private func repeats(looksAgain: Bool) throws -> Int {
        let (talks, gate) = (Places(Self.slots), Gate())
        gate.shut()
        var script = SMTPServer.Script()
        script.greeting = {
            talks.enter()
            return nil
        }
        // The whole message has come, and the server does not say so.
        script.toContent = { _ in
            gate.pass()
            return nil
        }
        let (slow, quick) = (try SMTPServer(script), try SMTPServer())
        defer {
            for server in [slow, quick] { server.stop() }
        }
        var plan = size.plan("freeze")
        (plan.gateways, plan.workers, plan.patients, plan.specialists) = (1, 2, 10, 10)
        plan.settings["CONSILIUM_WORKER_JOBS"] = "\(Self.mails)"
        var again = 0
        try Rig.with(plan) { rig in
            let gateways = try rig.startGateways()
            // Bookings and messages, which make notices; and no more of them once the workers run.
            _ = try ExpectedMail.write(Self.mails, rig, rig.patients(), from: 0) { true }
            for gateway in gateways { try gateway.murder() }
            try rig.cluster.sql(
                """
                DELETE FROM consilium.job WHERE id NOT IN (
                    SELECT id FROM consilium.job WHERE run_at <= clock_timestamp() ORDER BY run_at LIMIT \(Self.mails))
                """)
            let frozen = try rig.launch("worker", 0, settings: slow.settings)
            try until("all mails to wait for the slow server") {
                gate.waiting == Self.slots && slow.connections == Self.mails
            }
            frozen.signal(SIGSTOP)
            try rig.cluster.sql("CREATE TABLE rig_held AS SELECT id, fence FROM consilium.job WHERE state = 'running'")
            // For as long as leases last the slow server's greeting is not waited for, whether or not it looks again.
            if size == .small || !looksAgain { try rig.cluster.sql(Self.endLeases) }
            let other = try rig.launch("worker", 1, settings: quick.settings)
            try until("the other worker to send them all") {
                try rig.cluster.count("SELECT count(*) FROM consilium.job WHERE state = 'done'") == Self.mails
            }
            try other.murder()
            if !looksAgain { try rig.cluster.sql(Self.showWhatItSawBefore) }
            frozen.signal(SIGCONT)
            talks.open()
            gate.open()
            try until("the thawed worker to have sent or left each of its mails") {
                slow.taken.count + slow.ended >= Self.mails
            }
            let mails = Mails(slow.taken + quick.taken)
            again = mails.count - mails.distinct
        }
        return again
    }

    private static let endLeases = """
        UPDATE consilium.job SET lease_until = clock_timestamp() WHERE state = 'running'
        """

    /// As if the worker did not look again: it finds the store as it was before it froze.
    private static let showWhatItSawBefore = """
        SET session_replication_role = replica;
        UPDATE consilium.job j SET state = 'running', fence = h.fence, lease_until = clock_timestamp() + interval '1 hour',
            finished_at = NULL FROM rig_held h WHERE h.id = j.id;
        UPDATE consilium.delivery SET state = 'pending';
        """
}

/// So many enter, and who is too many waits until it is opened to all.
private final class Places: Sendable {
    private let left: Atomic<Int>
    private let isOpen = Atomic(false)

    init(_ count: Int) { left = Atomic(count) }

    func enter() {
        guard left.subtract(1, ordering: .relaxed).newValue < 0 else { return }
        while !isOpen.load(ordering: .relaxed) { usleep(1_000) }
    }

    func open() { isOpen.store(true, ordering: .relaxed) }
}
