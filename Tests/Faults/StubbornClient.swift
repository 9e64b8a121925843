import Foundation
import Rig

/// A client that never takes silence for a no: it sends a write again, by turns through each gateway, until somebody
/// says what became of it.
final class StubbornClient {
    /// What it does about the `Idempotency-Key`.
    enum Key: Sendable {
        /// Every attempt of a write carries the write's key, which the service keeps in the transaction of the write.
        case withTheWrite
        /// The control: as if the key were kept in a second transaction, after the write's. The client plays that
        /// second transaction: the write goes out without a key, and only an answer makes the client remember that
        /// it was done. A crash between the two leaves a write that nobody knows of, and the next attempt repeats it.
        case afterTheWrite
    }

    private let wires: [Wire]
    private let key: Key
    private var turn: Int
    /// Attempts that no definite answer came to.
    private(set) var retries = 0
    /// Writes that were done at an earlier attempt, as the kept reply showed.
    private(set) var replays = 0
    /// Answers that admit a fault of the service.
    private(set) var faults: [String] = []

    init(ports: [Int], key: Key = .withTheWrite, turn: Int = 0) {
        wires = ports.map { Wire(port: $0) }
        self.key = key
        self.turn = turn
    }

    /// - Throws: `RigFailure.waited` after a minute without a definite answer.
    func send(_ write: Write) throws -> Reply {
        let ask = Ask(write, key: key == .withTheWrite ? UUID().uuidString : nil)
        let end = ContinuousClock.now + .seconds(60)
        while .now < end {
            turn += 1
            if let reply = try? wires[turn % wires.count].send(ask), isDefinite(reply) {
                if reply.headers["idempotency-replayed"] == "true" { replays += 1 }
                return reply
            }
            retries += 1
            // A person would wait longer; this one wants to hit the moment when the service is back.
            usleep(10_000)
        }
        throw RigFailure.waited("a definite answer to \(write.path)")
    }

    /// 503 says nothing of the outcome, and neither does a lost race.
    private func isDefinite(_ reply: Reply) -> Bool {
        if reply.status >= 500, reply.status != 503 { faults.append("\(reply.status) \(reply.problem ?? "")") }
        return reply.status < 500 && reply.status != 429 && reply.problem != "conflict"
    }
}
