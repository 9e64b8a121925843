import Foundation
import Glibc
import Rig

/// PostgreSQL without a gateway: the script of a workload, sent by `pgbench`.
final class Pgbench {
    let script: Script
    private let system: SystemUnderLoad
    /// How many requests share one commit of the audit of reads.
    let group: Int
    private let connections: Int
    private let file: String
    private var runs = 0
    /// Of each person's calendar, the next that is free for bookings.
    private var slot = SystemUnderLoad.slots / 2

    /// Writes the script and the people it works for.
    init(_ script: Script, _ workload: Workload, of system: SystemUnderLoad, connections: Int, group: Int) throws {
        self.script = script
        self.system = system
        self.connections = connections
        self.group = group
        file = "\(system.rig.folder)/\(workload.rawValue).pgbench"
        try script.text.write(toFile: file, atomically: true, encoding: .utf8)
        try loadPeople()
    }

    private func loadPeople() throws {
        func used(_ person: Person) -> [(name: String, value: String)] {
            person.columns.filter { script.uses($0.name) || script.uses("group_\($0.name)") }
        }
        let columns = used(system.people[0]).map(\.name)
        let rows = system.people.enumerated().map { nth, person in
            "(\(nth), \(used(person).map { PgbenchSQL.literal($0.value) }.joined(separator: ", ")))"
        }
        let count = system.people.count
        let grouped =
            columns.map { ("group_\($0)", $0) } + [
                ("group_case", "'case'::text"), ("group_1", "1"), ("group_readappointment", "'read.appointment'::text"),
            ]
        let groups = grouped.filter { script.uses($0.0) }.map { name, value in
            """
            , (SELECT array_agg(\(value)) FROM one q
                WHERE (q.nth - p.nth * \(group) % \(count) + \(count)) % \(count) < \(group)) AS \(name)
            """
        }
        try system.rig.cluster.sql(
            """
            DROP SCHEMA IF EXISTS load CASCADE;
            CREATE SCHEMA load;
            CREATE TEMPORARY TABLE one (nth, \(columns.joined(separator: ", "))) AS VALUES \(rows.joined(separator: ", "));
            CREATE TABLE load.person AS SELECT p.*\(groups.joined()) FROM one p;
            ALTER TABLE load.person ADD PRIMARY KEY (nth);
            ANALYZE load.person;
            GRANT USAGE ON SCHEMA load TO consilium_app;
            GRANT SELECT ON load.person TO consilium_app;
            """)
    }

    /// Runs it on so many connections.
    /// - Parameters:
    ///   - warmUp: seconds in which each connection reads the catalogue and plans its statements: not counted.
    ///   - onceWarm: called when the counting begins.
    /// - Returns: how many units in all, and how many a second once it was warm.
    func run(
        seconds: Int, warmUp: Int, onceWarm: @escaping @Sendable (Program) -> Void = { _ in }
    ) throws -> (units: Int, rate: Double) {
        runs += 1
        let program = try Program(
            "pgbench",
            [
                "/usr/bin/env", "pgbench", "-n", "-M", "prepared", "-c", "\(connections)", "-j", "2",
                "-T", "\(warmUp + seconds)", "-P", "1", "-D", "n=-1", "-D", "base=\(runs * 1_000_000_000)",
                "-D", "slot0=\(slot)", "-f", file, "-h", system.rig.cluster.socket, "-U", "consilium_app", "consilium",
            ], environment: ["PGOPTIONS": "-c TimeZone=UTC"], log: "\(file)-\(runs).log")
        let timer = DispatchSource.makeTimerSource()
        timer.schedule(deadline: .now() + .seconds(warmUp))
        timer.setEventHandler { onceWarm(program) }
        timer.activate()
        defer { timer.cancel() }
        let code = try program.wait(patience: .seconds(warmUp + seconds + 60))
        let output = program.said
        unlink(program.log)
        guard code == 0, let units = Self.number(after: "actually processed: ", in: output).map({ Int($0) }) else {
            throw RigFailure.command("pgbench", output: output)
        }
        let rates = output.split(separator: "\n").filter { $0.hasPrefix("progress: ") }
            .compactMap { Self.number(after: " s, ", in: String($0)) }
        // Some connections get on faster than others.
        slot += Script.block * (units / connections / Script.block + 1)
        let warm = rates.dropFirst(warmUp)
        return (units, warm.isEmpty ? rates.last ?? 0 : warm.reduce(0, +) / Double(warm.count))
    }

    private static func number(after words: String, in text: String) -> Double? {
        guard let start = text.range(of: words)?.upperBound else { return nil }
        return Double(text[start...].prefix { $0.isNumber || $0 == "." })
    }
}

extension Person {
    /// What a script has of the person, by the names of its variables.
    var columns: [(name: String, value: String)] {
        [
            ("account", patient.account), ("casefile", patient.case), ("specialist", patient.specialist),
            ("thread", thread), ("appointment", appointment), ("waiting", waiting), ("ranking", ranking),
            ("digest", digest),
        ]
    }
}
