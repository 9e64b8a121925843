import Foundation
import Glibc
import Rig
import Synchronization

/// P2 on a bad disk: what could not be written is not acknowledged, and nothing needs a hand but the disk.
struct DiskProof {
    let size: Size

    /// What the disk does, as strace makes PostgreSQL see it: a system call and its error.
    private enum Trouble: String, CaseIterable {
        case failedSync = "fdatasync:error=EIO"
        case fullDisk = "pwrite64:error=ENOSPC"

        var call: String { String(rawValue.prefix { $0 != ":" }) }
    }

    func show(_ report: Report) throws {
        var plan = Rig.Plan("disk")
        plan.gateways = 1
        plan.patients = 8
        try Rig.with(plan) { rig in
            _ = try rig.startGateway(0)
            let patients = try rig.patients()
            for trouble in Trouble.allCases { try show(trouble, rig, patients, report) }
        }
    }

    private func show(_ trouble: Trouble, _ rig: Rig, _ patients: [Patient], _ report: Report) throws {
        report.title(trouble == .failedSync ? "A disk that fails a sync" : "A full disk")
        let answers = Answers()
        let isOver = Atomic(false)
        let writers = Thread {
            try? ClientThreads.run(patients.count) { number in
                let wire = Wire(port: rig.ports[0], patience: 30)
                while !isOver.load(ordering: .relaxed) {
                    answers.note(try? wire.send(Self.message(from: patients[number])), of: patients[number])
                }
            }
            answers.writersEnded()
        }
        writers.start()
        try until("the first messages") { answers.acknowledged > size.of(50, 1_000) }

        let pids = try rig.cluster.processes().flatMap { ["-p", "\($0)"] }
        let bad = try Program(
            "strace",
            ["/usr/bin/strace", "-qq", "-f", "-e", "trace=\(trouble.call)", "-e", "inject=\(trouble.rawValue)"] + pids,
            log: "\(rig.folder)/strace.log")
        try until("the trouble to begin") {
            let isTracing = bad.isRunning
            if bad.said.contains("(INJECTED)") { return true }
            guard isTracing else { throw RigFailure.command("strace", output: bad.said) }
            return false
        }
        try until("a refusal") { answers.refused > 0 }
        let acknowledged = answers.acknowledged
        // Long enough for every writer to meet the trouble more than once.
        try until("all writers to be refused") { answers.everyoneWasRefused(patients.count) }
        bad.signal(SIGTERM)
        try bad.wait()
        let mended = ContinuousClock.now
        // A failed sync ends PostgreSQL on purpose; whoever watches over it starts it again.
        try rig.cluster.start()
        let before = answers.acknowledged
        try until("messages again") { answers.acknowledged > before }
        let back = (ContinuousClock.now - mended) / .seconds(1)
        isOver.store(true, ordering: .relaxed)
        try until("the writers' end") { answers.isOver }

        report.tell("\(acknowledged) acknowledged before, \(answers.acknowledged) in all, \(answers.refused) refused")
        let told = String(format: "%.1f s", back)
        if size == .full {
            report.check("back within 10 s of mending", told, back <= 10)
        } else {
            report.tell("back after \(told)")
        }
        report.check("what failed is 503, never 500", "odd: \(answers.odd)", answers.odd.isEmpty)
        let kept = try Set(rig.cluster.sql("SELECT id FROM consilium.message").compactMap(\.first))
        let lost = answers.ids.subtracting(kept)
        report.check("what was acknowledged is there", "\(lost.count) lost of \(answers.acknowledged)", lost.isEmpty)
    }

    private static func message(from patient: Patient) -> Ask {
        Ask(.message("Is there news?", from: patient), key: UUID().uuidString)
    }
}
