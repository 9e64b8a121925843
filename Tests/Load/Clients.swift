import Foundation
import Glibc
import Rig
import Synchronization

/// People at their keyboards, each a connection and a thread.
struct Clients: Sendable {
    let stage: Stage
    let workload: Workload
    let count: Int

    /// What a measurement brought.
    struct Outcome: Sendable {
        var units = 0
        /// What the house was too busy for, and said so.
        var refused = 0
        var seconds = 0.0
        /// Of a unit, from when it was due.
        var latencies = Latencies()

        var rate: Double { Double(units) / seconds }
    }

    /// Each asks again as soon as it was answered.
    func closedLoop(seconds: Double) throws -> Outcome {
        try run { _, began in
            var outcome = Outcome()
            let wire = Wire(port: stage.rig.ports[0])
            let end = began + .seconds(seconds)
            while ContinuousClock.now < end {
                let start = ContinuousClock.now
                try unit(over: wire, since: start, &outcome)
            }
            return outcome
        }
    }

    /// Requests are due so many a second, whatever becomes of the earlier ones.
    func openLoop(rate: Double, seconds: Double) throws -> Outcome {
        let timetable = Timetable()
        let all = Int(rate * seconds)
        return try run { _, began in
            var outcome = Outcome()
            let wire = Wire(port: stage.rig.ports[0])
            while true {
                let number = timetable.next.add(1, ordering: .relaxed).oldValue
                guard number < all else { return outcome }
                let due = began + .nanoseconds(Int64(Double(number) / rate * 1e9))
                Self.wait(until: due)
                try unit(over: wire, since: due, &outcome)
            }
        }
    }

    private final class Timetable: Sendable {
        let next = Atomic(0)
    }

    private func unit(over wire: Wire, since due: ContinuousClock.Instant, _ outcome: inout Outcome) throws {
        let number = stage.nextUnit()
        do {
            try workload.run(number, for: stage.people[number % stage.people.count], of: stage, over: wire)
        } catch let refusal as Refused where refusal.status == 503 {
            outcome.refused += 1
            return
        }
        outcome.latencies.add(.now - due)
        outcome.units += 1
    }

    private func run(_ work: @escaping @Sendable (Int, ContinuousClock.Instant) throws -> Outcome) throws -> Outcome {
        let began = ContinuousClock.now
        let parts = try Crew.collect(count) { try work($0, began) }
        let took = (ContinuousClock.now - began).components
        return parts.reduce(
            into: Outcome(seconds: Double(took.seconds) + Double(took.attoseconds) / 1e18)
        ) { sum, part in
            sum.units += part.units
            sum.refused += part.refused
            sum.latencies.add(part.latencies)
        }
    }

    /// Until an instant that a plan names: an open loop is a timetable.
    private static func wait(until due: ContinuousClock.Instant) {
        let (seconds, atto) = (due - .now).components
        guard seconds >= 0, atto >= 0 else { return }
        var pause = timespec(tv_sec: Int(seconds), tv_nsec: Int(atto / 1_000_000_000))
        nanosleep(&pause, nil)
    }
}
