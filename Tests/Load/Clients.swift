import Rig

/// People at their keyboards, each a connection and a thread.
struct Clients: Sendable {
    let system: SystemUnderLoad
    let workload: Workload
    let count: Int

    /// What a measurement brought.
    struct Outcome: Sendable {
        var units = 0
        /// What the service was too busy for, and said so.
        var refused = 0
        var seconds = 0.0
        /// Of a unit, from when it was due.
        var latencies = Latencies()

        var rate: Double { Double(units) / seconds }
    }

    /// Each client works for two people of its own, by turns of a block, as a connection of `pgbench` does.
    func run(_ loop: Loop) throws -> Outcome {
        let (parts, seconds) = try loop.run(clients: count) { client, turns in
            var outcome = Outcome()
            let wire = Wire(port: system.rig.ports[0])
            for (number, due) in turns.enumerated() {
                do {
                    try workload.run(for: client + count * (number / Script.block % 2), of: system, over: wire)
                } catch let refusal as Refused where refusal.status == 503 {
                    outcome.refused += 1
                    continue
                }
                outcome.latencies.add(.now - due)
                outcome.units += 1
            }
            return outcome
        }
        return parts.reduce(into: Outcome(seconds: seconds)) { sum, part in
            sum.units += part.units
            sum.refused += part.refused
            sum.latencies.add(part.latencies)
        }
    }
}
