import Foundation
import Glibc
import Rig
import Synchronization

/// P2 and P3 under fire: PostgreSQL and gateways are killed while clients write who retry by their keys.
struct CrashProof {
    let seed: UInt64
    let size: Size

    private var rounds: (postgres: Int, gateway: Int) { (size.of(1, 10), size.of(2, 20)) }
    private var wanted: Int { size.of(300, 50_000) }

    func show(_ report: Report) throws {
        report.title(
            "kill -9: \(rounds.postgres) times PostgreSQL, \(rounds.gateway) times a gateway, "
                + "\(FailureRun.writers) writers, \(wanted) writes")
        var plan = Rig.Plan("crash")
        plan.patients = FailureRun.writers
        try Rig.with(plan) { rig in
            let run = try FailureRun(rig)
            try showNothingIsLost(rig, run, report)
            try showKeyAfterwardsDoubles(rig, run, report)
            try showUnflushedCommitsAreLost(rig, run, report)
        }
    }

    private func showNothingIsLost(_ rig: Rig, _ run: FailureRun, _ report: Report) throws {
        var generator = SeededGenerator(seed: seed)
        var victims = [FailureRun.Victim](repeating: .postgres, count: rounds.postgres)
        victims += (0..<rounds.gateway).map { .gateway($0 % rig.plan.gateways) }
        victims.shuffle(using: &generator)
        // How many acknowledged writes lie between two kills, and by how much each misses that moment.
        let share = wanted / (victims.count + 1)
        let moments = victims.map { victim in
            (
                victim, Int.random(in: share / 2...share * 3 / 2, using: &generator),
                Int.random(in: 0..<20_000, using: &generator)
            )
        }
        let (wanted, times) = (wanted, Times())
        let ledger = try run.write(seed: seed) {
            for (victim, writes, delay) in moments {
                try run.wait(until: run.total + writes)
                usleep(UInt32(delay))
                let (ready, own) = try run.strike(victim)
                times.add(ready, for: victim == .postgres ? "PostgreSQL" : "a gateway")
                if victim == .postgres { times.add(own, for: Times.recovery) }
            }
            try run.wait(until: wanted)
        }
        let store = try Store(rig.cluster)
        report.tell(
            "\(ledger.messages.count) messages, \(ledger.holds.count) holds, \(ledger.appointments.count) bookings, "
                + "\(ledger.cancelled.count) cancelled; \(ledger.retries) attempts without an answer, "
                + "\(ledger.replays) of which had been done")
        report.check("acknowledged writes", "\(ledger.count)", ledger.count >= wanted)
        report.check("none of them is lost", "\(ledger.lost(in: store)) lost", ledger.lost(in: store) == 0)
        let doubled = ledger.doubled(in: store, since: Store()) + ledger.repeated
        report.check("none is done twice", "\(doubled) doubled", doubled == 0)
        let keys = try Store.keys(rig.cluster)
        report.check("one row a key", "\(keys) keys", keys == ledger.count)
        let gaps = try Store.gaps(rig.cluster)
        report.check("messages are numbered without gaps", "\(gaps) threads with gaps", gaps == 0)
        report.check(
            "no odd answer", "\(Dictionary(grouping: ledger.odd) { $0 }.mapValues(\.count))", ledger.odd.isEmpty)
        for name in ["PostgreSQL", "a gateway"] {
            let worst = times.worst(name)
            let told = String(format: "%.2f s at worst", worst)
            if size == .full {
                report.check("ready again within 5 s of the start of \(name)", told, worst <= 5)
            } else {
                report.tell("ready again after the start of \(name): \(told)")
            }
        }
        report.tell(String(format: "PostgreSQL's own recovery: %.2f s at worst", times.worst(Times.recovery)))
    }

    /// Killed while commits that are on the disk wait for a standby that never comes: what they did was not answered.
    private func showKeyAfterwardsDoubles(_ rig: Rig, _ run: FailureRun, _ report: Report) throws {
        let before = try Store(rig.cluster)
        let ledger = try run.write(seed: seed &+ 1, key: .afterTheWrite) {
            try run.wait(until: run.total + FailureRun.writers)
            try rig.cluster.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'; SELECT pg_reload_conf()")
            // One for each two writers, who share a thread.
            try until("writes to wait for a standby") {
                try rig.cluster.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                    >= FailureRun.writers / 2
            }
            try rig.cluster.sql("ALTER SYSTEM RESET synchronous_standby_names")
            try run.strike(.postgres)
        }
        let doubled = ledger.doubled(in: try Store(rig.cluster), since: before)
        report.check("control: a key in a second transaction doubles some", "\(doubled) doubled", doubled > 0)
    }

    /// Killed while nobody writes down what was committed; it would lie in memory for as long as it likes.
    private func showUnflushedCommitsAreLost(_ rig: Rig, _ run: FailureRun, _ report: Report) throws {
        try rig.cluster.sql("ALTER SYSTEM SET synchronous_commit = off; SELECT pg_reload_conf()")
        let ledger = try run.write(seed: seed &+ 2) {
            try run.wait(until: run.total + FailureRun.writers)
            let writer = try rig.cluster.count("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")
            guard writer > 0 else { throw RigFailure.waited("PostgreSQL's writer of WAL") }
            kill(pid_t(writer), SIGSTOP)
            try run.wait(until: run.total + 2 * FailureRun.writers)
            try run.strike(.postgres)
        }
        let lost = ledger.lost(in: try Store(rig.cluster))
        report.check("control: synchronous_commit=off loses some", "\(lost) lost", lost > 0)
    }
}

/// How long recoveries took, by what was killed.
private final class Times: Sendable {
    private let seconds = Mutex<[String: Double]>([:])

    func add(_ duration: Duration, for name: String) {
        let new = duration / .seconds(1)
        seconds.withLock { $0[name] = max($0[name] ?? 0, new) }
    }

    /// The longest.
    func worst(_ name: String) -> Double { seconds.withLock { $0[name] ?? 0 } }

    static let recovery = "recovery"
}
