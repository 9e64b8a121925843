import Synchronization

/// Whether the task that sends a mail was cancelled. Read from the connection's own thread.
final class CancellationFlag: Sendable {
    private let state = Atomic(false)

    var isSet: Bool { state.load(ordering: .relaxed) }
    func set() { state.store(true, ordering: .relaxed) }
}
