import ArgumentParser
import Foundation
import Rig

/// The fault tests: real processes, real signals, and a ledger that the clients keep of what was acknowledged.
@main
struct Faults: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults", abstract: "Shows that what was acknowledged stays.",
        discussion: "Each proof makes a PostgreSQL, gateways and workers of its own, and takes them away afterwards.")

    @Option(name: .long, help: "The same seed draws the same random numbers, for the proofs that draw any.") var seed:
        UInt64 = 1
    @Option(name: .long, help: "small or full.") var size = Size.small
    @Argument(help: "Which proofs; all of them when none is named.") var proofs: [Proof] = []

    // For the process that FuzzProof runs a reader in.
    @Option(name: .long, help: .hidden) var reader: FuzzReader?
    @Option(name: .long, help: .hidden) var seconds = 0.0
    @Option(name: .long, help: .hidden) var trace = ""

    func run() throws {
        if let reader { return try FuzzChild(reader: reader, seed: seed, seconds: seconds, trace: trace).runToTheEnd() }
        stopChildrenOnSignals()
        let report = Report()
        let proofs = proofs.isEmpty ? Proof.allCases : proofs
        for proof in proofs { try proof.show(seed: seed, size: size, report: report) }
        let seed = proofs.contains(where: \.isRandom) ? ", with seed \(self.seed)" : ""
        guard report.missed == 0 else {
            report.say("\n\(report.missed) missed\(seed)")
            throw ExitCode.failure
        }
        report.say("\nEverything held\(seed).")
    }
}

/// How much is asked: enough that a proof cannot rot, or enough to believe it.
enum Size: String, ExpressibleByArgument, CaseIterable, Sendable {
    case small, full

    func of<Value>(_ small: Value, _ full: Value) -> Value { self == .small ? small : full }

    /// For a proof that no crash of the machine belongs to: its small size does not wait for the disk.
    func plan(_ name: String) -> Rig.Plan {
        var plan = Rig.Plan(name)
        if self == .small { plan.postgres = ["fsync=off"] }
        return plan
    }
}

/// What is shown, by the name that the command line calls it.
enum Proof: String, ExpressibleByArgument, CaseIterable, Sendable {
    case race, crash, keys, notices, freeze, killer, drain, overload, streams, slow, disk, clock, failover, fuzz

    /// Whether the seed makes a difference to it.
    var isRandom: Bool { [.race, .crash, .notices, .streams, .fuzz].contains(self) }

    func show(seed: UInt64, size: Size, report: Report) throws {
        switch self {
        case .race: try RaceProof(seed: seed, size: size).show(report)
        case .crash: try CrashProof(seed: seed, size: size).show(report)
        case .failover: try FailoverProof(size: size).show(report)
        case .keys: try KeysProof(size: size).show(report)
        case .notices: try NoticesProof(seed: seed, size: size).show(report)
        case .freeze: try FreezeProof(size: size).show(report)
        case .killer: try KillerProof(size: size).show(report)
        case .drain: try DrainProof(size: size).show(report)
        case .overload: try OverloadProof(size: size).show(report)
        case .streams: try StreamsProof(seed: seed, size: size).show(report)
        case .disk: try DiskProof(size: size).show(report)
        case .slow: try SlowProof(size: size).show(report)
        case .clock: try ClockProof(size: size).show(report)
        case .fuzz: try FuzzProof(seed: seed, size: size).show(report)
        }
    }
}
