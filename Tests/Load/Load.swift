import ArgumentParser
import Foundation
import Rig

/// The load tests: what the gateway does in a second, beside what PostgreSQL does when `pgbench` sends it the very
/// statements that the gateway sent.
@main
struct Load: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Measures the service beside PostgreSQL itself.",
        discussion: """
            Each scale is a PostgreSQL and a gateway of its own; all stand side by side, and the measurements go around \
            them by turns, so that what else the machine does meets all alike. Rates come from a closed loop: each \
            connection asks again as soon as it was answered. Latencies come from an open loop: requests are due at \
            fixed instants, and a late one counts from when it was due. For pgbench the statements of one unit of work \
            are taken from PostgreSQL's own log, with authentication, actor, idempotency key and audit; what the \
            gateway does once for many requests, it does as rarely as was counted under load. Everybody has 160 \
            consults, and everything that is kept beside them: with 64 connections ×1 is 128 specialists, ×100 is \
            12,800 and two million consults. Targets are judged from 10 seconds on, at 64 connections; scheduling's at \
            the largest scale.
            """)

    @Option(name: .long, help: "What tells two runs apart; the same seed asks for the same things.")
    var seed: UInt64 = 1
    @Option(name: .long, help: "How long each workload is measured on each side, at each scale.")
    var seconds = 15
    @Option(name: .long, help: "Connections of the clients and, in turn, of pgbench.")
    var connections = 64
    @Option(name: .long, help: "How much data, as multiples such as 1,10,100.")
    var scale = Scales(all: [1, 10, 100])
    @Option(name: .long, parsing: .upToNextOption, help: "Which workloads; all of them when none is named.")
    var workload: [Workload] = Workload.allCases
    @Option(name: .long, help: "A file for the plot, as SVG.")
    var plot: String?

    func validate() throws {
        guard (1...600).contains(seconds), (1...400).contains(connections) else {
            throw ValidationError("1 to 600 seconds, 1 to 400 connections")
        }
    }

    func run() throws {
        stopChildrenOnSignals()
        let report = Report()
        report.say(
            "\(seconds) s a side, \(connections) connections, one gateway with \(SystemUnderLoad.databaseConnections) to the database;"
                + " fsync is on, shared_buffers 1 GB; clients, gateway, pgbench and PostgreSQL share \(ProcessInfo.processInfo.activeProcessorCount) cores"
        )
        try SystemUnderLoad.with(scale.all, people: 2 * connections, seed: seed, report) { stages in
            let measurement = Measurement(stages: stages, seconds: seconds, connections: connections, report: report)
            let results = try workload.map { try measurement.measure($0) }
            let table = Table(results: results, isJudged: seconds >= 10 && connections == 64)
            table.show(report)
            if let plot { try Plot(results: results).svg.write(toFile: plot, atomically: true, encoding: .utf8) }
        }
        if report.missed > 0 { throw ExitCode.failure }
    }
}

/// Sizes of the data, each against the first.
struct Scales: ExpressibleByArgument, Sendable {
    let all: [Int]

    init(all: [Int]) { self.all = all }

    init?(argument: String) {
        let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        all = numbers.compactMap { $0 }
        guard all.count == numbers.count, all.allSatisfy({ (1...1000).contains($0) }) else { return nil }
    }

    var defaultValueDescription: String { all.map(String.init).joined(separator: ",") }
}
