import Foundation
import Rig
import Synchronization

/// What the writers were told.
final class Answers: Sendable {
    private struct State {
        var ids: Set<String> = []
        var refusals: [String: Int] = [:]
        var odd: [String] = []
        var isOver = false
        var slowest = 0.0
    }

    private let state = Mutex(State())

    var ids: Set<String> { state.withLock { $0.ids } }
    var acknowledged: Int { state.withLock { $0.ids.count } }
    var refused: Int { state.withLock { $0.refusals.values.reduce(0, +) } }
    var odd: [String] { state.withLock { Array($0.odd.prefix(5)) } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func everyoneWasRefused(_ count: Int) -> Bool { state.withLock { $0.refusals.values.count { $0 > 1 } == count } }
    /// Seconds that the slowest answer took since the last time that this was asked.
    var slowest: Double {
        state.withLock { state in
            defer { state.slowest = 0 }
            return state.slowest
        }
    }

    func noteTime(_ seconds: Double) { state.withLock { $0.slowest = max($0.slowest, seconds) } }

    func writersEnded() { state.withLock { $0.isOver = true } }

    func note(_ reply: Reply?, of patient: Patient) {
        state.withLock { state in
            if let reply, reply.status == 201, let id = (try? reply.decode(Made.self))?.id {
                state.ids.insert(id)
            } else if reply?.status == 503 {
                state.refusals[patient.account, default: 0] += 1
            } else {
                state.odd.append(reply.map { "\($0.status) \($0.problem ?? "")" } ?? "no answer")
            }
        }
    }
}
