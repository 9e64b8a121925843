import Foundation
import Glibc
import Rig

/// No input from outside ends a process: each reader is given seeded variations of good inputs for a while, and a
/// gateway requests that nobody should send.
struct FuzzProof {
    let seed: UInt64
    let size: Size

    /// Of each reader: `FUZZ_SECONDS`, or ten, or an hour.
    private var seconds: Double {
        ProcessInfo.processInfo.environment["FUZZ_SECONDS"].flatMap(Double.init) ?? size.of(10, 3600)
    }

    /// How long one input may take: what takes longer does not end.
    private static let patience = Duration.seconds(30)

    func show(_ report: Report) throws {
        report.title("Fuzz: each reader for \(seconds) s of seed \(seed)")
        var plan = size.plan("fuzz")
        (plan.gateways, plan.patients, plan.specialists) = (1, 16, 4)
        plan.settings = RequestFuzz.settings
        try Rig.with(plan) { rig in
            let requests = try RequestFuzz(rig, seed: seed)
            try linkCalendar(rig)
            let planted = try run(.planted, rig)
            report.check(
                "control: a reader with a trap of its own is found", planted.told, planted.end == .died)
            let work = FuzzReader.readers.map(Work.reader) + RequestFuzz.Part.allCases.map(Work.requests)
            // Two at a time: one waits where the other works. The large size takes an hour for all of them at once.
            let width = size.of(2, work.count)
            for first in stride(from: 0, to: work.count, by: width) {
                let batch = Array(work[first..<min(first + width, work.count)])
                let results = try ClientThreads.collect(batch.count) { number in
                    switch batch[number] {
                    case .reader(let reader): Outcome.reader(reader, try run(reader, rig))
                    case .requests(let part): Outcome.requests(part, try requests.run(part, seconds: seconds))
                    }
                }
                for result in results {
                    switch result {
                    case .reader(let reader, let result):
                        report.check("\(reader.rawValue) ends no process", result.told, result.end == .time)
                        if result.end != .time { report.tell(try keep(result, of: reader)) }
                    case .requests(let part, let tally): requests.judge(tally, of: part, report)
                    }
                }
                try requests.reviveGateway()
            }
        }
    }

    private enum Work: Sendable {
        case reader(FuzzReader)
        case requests(RequestFuzz.Part)
    }

    private enum Outcome: Sendable {
        case reader(FuzzReader, Result)
        case requests(RequestFuzz.Part, RequestFuzz.Tally)
    }

    /// How a reader's process ended.
    private struct Result: Sendable {
        enum End: Sendable, Equatable { case time, died, complained, stuck }

        let end: End
        let turns: UInt64
        let input: [UInt8]
        let said: String

        var told: String {
            switch end {
            case .time: "\(turns) inputs"
            case .died: "ended by input \(turns)"
            case .complained: "wrong at input \(turns)"
            case .stuck: "no end of input \(turns)"
            }
        }
    }

    private func run(_ reader: FuzzReader, _ rig: Rig) throws -> Result {
        let path = "\(rig.folder)/\(reader.rawValue).trace"
        let trace = try FuzzTrace(path)
        let program = try Program(
            "fuzz \(reader.rawValue)",
            [
                "/proc/self/exe", "--reader", reader.rawValue, "--seed", "\(seed)", "--seconds", "\(seconds)",
                "--trace", path,
            ],
            environment: [
                FuzzChild.conninfo: "host=\(rig.cluster.socket) dbname=consilium",
                FuzzChild.keyring: "\(rig.folder)/keyring.json", "SWIFT_BACKTRACE": "enable=no",
            ], log: "\(rig.folder)/\(reader.rawValue).log")
        var (turns, since) = (trace.turns, ContinuousClock.now)
        var isStuck = false
        while program.isRunning, !isStuck {
            usleep(20_000)
            if trace.turns != turns { (turns, since) = (trace.turns, .now) }
            isStuck = ContinuousClock.now - since > Self.patience
        }
        if isStuck { program.signal(SIGKILL) }
        let code = try program.wait()
        let end: Result.End = isStuck ? .stuck : code == 0 ? .time : code < 0 ? .died : .complained
        return Result(end: end, turns: trace.turns, input: trace.input, said: program.said)
    }

    /// Keeps the input, and says what it was.
    private func keep(_ result: Result, of reader: FuzzReader) throws -> String {
        let folder = "\(Cluster.repository)/.data/fuzz"
        let path = "\(folder)/\(reader.rawValue)-\(seed)-\(result.turns)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(result.input).write(to: URL(filePath: path))
        let text = String(decoding: result.input.prefix(2000), as: UTF8.self)
        return
            "seed \(seed), input \(result.turns), kept as \(path):\n\(text.debugDescription)\n\(result.said.suffix(2000))"
    }

    /// A calendar whose busy times can be kept.
    private func linkCalendar(_ rig: Rig) throws {
        let specialist = try rig.cluster.sql("SELECT id FROM consilium.specialist ORDER BY id LIMIT 1")[0][0]
        let token = try rig.sessions(of: [specialist])[0]
        let json = #"{"url":"https://calendar.example.com/x.ics"}"#
        let reply = try Wire(port: rig.ports[0]).send(
            Ask("POST", "/v1/specialists/\(specialist)/calendars", token: token, json: json))
        guard reply.status == 201 else { throw RigFailure.command("link a calendar", output: reply.text) }
    }
}
