import ArgumentParser
import Foundation
import Rig

/// The fault tests: real processes, real signals, and a ledger that the clients keep of what was acknowledged.
@main
struct Faults: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults", abstract: "Shows that what was acknowledged stays.",
        discussion: "Each proof makes a PostgreSQL, gateways and workers of its own, and takes them away afterwards.")

    @Option(name: .long, help: "The same seed asks for the same things.") var seed: UInt64 = 1
    @Option(name: .long, help: "small or full.") var size = Size.small
    @Argument(help: "Which proofs; all of them when none is named.") var proofs: [Proof] = []

    func run() throws {
        stopChildrenOnSignals()
        let report = Report()
        for proof in proofs.isEmpty ? Proof.allCases : proofs {
            try proof.show(seed: seed, size: size, report: report)
        }
        guard report.missed == 0 else {
            report.say("\n\(report.missed) missed, with seed \(seed)")
            throw ExitCode.failure
        }
        report.say("\nEverything held, with seed \(seed).")
    }
}

/// How much is asked: enough that a proof cannot rot, or enough to believe it.
enum Size: String, ExpressibleByArgument, CaseIterable, Sendable {
    case small, full

    func of(_ small: Int, _ full: Int) -> Int { self == .small ? small : full }

    /// For a proof that no crash of the machine belongs to: its small size does not wait for the disk.
    func plan(_ name: String) -> Rig.Plan {
        var plan = Rig.Plan(name)
        if self == .small { plan.postgres = ["fsync=off"] }
        return plan
    }
}

/// What is shown, by the name that the command line calls it.
enum Proof: String, ExpressibleByArgument, CaseIterable, Sendable {
    case race, crash, keys, notices, drain, overload, slow, disk

    func show(seed: UInt64, size: Size, report: Report) throws {
        switch self {
        case .race: try RaceProof(seed: seed, size: size).show(report)
        case .crash: try CrashProof(seed: seed, size: size).show(report)
        case .keys: try KeysProof(seed: seed, size: size).show(report)
        case .notices: try NoticesProof(seed: seed, size: size).show(report)
        case .drain: try DrainProof(seed: seed, size: size).show(report)
        case .overload: try OverloadProof(seed: seed, size: size).show(report)
        case .disk: try DiskProof(seed: seed, size: size).show(report)
        case .slow: try SlowProof(seed: seed, size: size).show(report)
        }
    }
}
