import Foundation
import Rig
import Synchronization

/// Clients with a balancer's manners: nothing new goes to a gateway whose readiness does not say 200.
///
/// What counts: a request that was sent and got no whole answer, or a 5xx, has failed. Nobody sends anything twice. What
/// does not count: a kept connection that a gateway closes when no request is on it, which HTTP allows (RFC 9112 §9.5);
/// the clients drop theirs when the gateway leaves the rotation.
final class Balancer: Sendable {
    private struct Backend {
        var isIn = false
        /// Rises whenever the gateway leaves the rotation: connections of an earlier time are dropped.
        var epoch = 0
    }

    struct Outcome: Sendable {
        var answered = 0
        var failed: [String] = []
    }

    private static let clients = 16
    private let rig: Rig
    private let patients: [Patient]
    private let backends: Mutex<[Backend]>
    private let isOver = Atomic(false)

    init(_ rig: Rig, _ patients: [Patient]) {
        self.rig = rig
        self.patients = patients
        backends = Mutex(Array(repeating: Backend(), count: rig.plan.gateways))
    }

    /// Keeps every client busy until `body` has returned.
    func load(while body: @escaping @Sendable () throws -> Void) throws -> Outcome {
        isOver.store(false, ordering: .relaxed)
        let parts = try ClientThreads.collect(Self.clients + rig.plan.gateways + 1) { [self] number in
            switch number {
            case 0:
                defer { isOver.store(true, ordering: .relaxed) }
                try body()
                return Outcome()
            case 1...rig.plan.gateways:
                watch(number - 1)
                return Outcome()
            default:
                return ask(number)
            }
        }
        return parts.reduce(into: Outcome()) { sum, part in
            sum.answered += part.answered
            sum.failed += part.failed
        }
    }

    /// Waits until requests go to a gateway again.
    func waitFor(_ gateway: Int) throws {
        try until("gateway \(gateway) in the rotation") { backends.withLock { $0[gateway].isIn } }
    }

    /// Asks one gateway's readiness, fifty times a second.
    private func watch(_ gateway: Int) {
        while !isOver.load(ordering: .relaxed) {
            let isReady = rig.isReady(gateway)
            backends.withLock { backends in
                if backends[gateway].isIn, !isReady { backends[gateway].epoch += 1 }
                backends[gateway].isIn = isReady
            }
            usleep(20_000)
        }
    }

    private func pick(_ turn: Int) -> (gateway: Int, epoch: Int)? {
        backends.withLock { backends in
            let ready = backends.indices.filter { backends[$0].isIn }
            guard !ready.isEmpty else { return nil }
            let gateway = ready[turn % ready.count]
            return (gateway, backends[gateway].epoch)
        }
    }

    /// One client: messages, and pages of them.
    private func ask(_ number: Int) -> Outcome {
        var outcome = Outcome()
        var wires = rig.ports.map { (wire: Wire(port: $0), epoch: 0) }
        let patient = patients[number % patients.count]
        let path = "/v1/cases/\(patient.case)/messages"
        var turn = number
        while !isOver.load(ordering: .relaxed) {
            guard let (gateway, epoch) = pick(turn) else {
                usleep(1_000)
                continue
            }
            if wires[gateway].epoch != epoch { wires[gateway].wire.hangUp() }
            wires[gateway].epoch = epoch
            turn += 1
            let ask =
                turn % 3 == 0
                ? Ask("GET", "\(path)?limit=5", token: patient.token)
                : Ask(
                    .message("Message \(turn)", from: patient, urgent: turn % 10 == 1), key: UUID().uuidString)
            do {
                let reply = try wires[gateway].wire.send(ask)
                outcome.answered += 1
                if reply.status >= 300 { outcome.failed.append("\(reply.status) \(reply.problem ?? "")") }
            } catch {
                outcome.failed.append("no answer")
            }
        }
        return outcome
    }
}
