import Synchronization

extension Database {
    /// When everything that a task does with the database must be over: every wait for a connection, every statement and the
    /// commit.
    ///
    /// A frozen server, or a network that drops everything, neither answers nor breaks the connection. Without a common
    /// deadline, each step of a request would wait for as long as a single step may.
    package final class Deadline: Sendable {
        /// The deadline of this task and of those that it starts; nil by default.
        @TaskLocal package static var current: Deadline?

        private let latest: Mutex<ContinuousClock.Instant?>

        package init(in duration: Duration) { latest = Mutex(.now + duration) }

        /// Runs `body` with this much time.
        nonisolated(nonsending)
            package static func within<Value: Sendable>(
                _ duration: Duration, _ body: nonisolated(nonsending) () async throws -> Value
            ) async throws -> Value
        {
            let deadline = Deadline(in: duration)
            defer { deadline.lift() }
            return try await $current.withValue(deadline) { try await body() }
        }

        /// When it is; nil when it no longer holds.
        package var instant: ContinuousClock.Instant? { latest.withLock { $0 } }

        /// Moves it, to either side.
        package func move(to instant: ContinuousClock.Instant) { latest.withLock { $0 = instant } }

        /// Removes it, also for the tasks that were started under it and still run.
        package func lift() { latest.withLock { $0 = nil } }
    }
}

extension Batch {
    /// How long to wait for an answer to a cancellation. It is longer than the two seconds after which the server's own limit
    /// applies, so that a late commit gets a definite answer.
    static let patience = Duration.seconds(3)

    /// How long a rollback, or the answer to a cancellation, may take however late it is.
    static let least = Duration.milliseconds(250)

    /// When the answer is due. After that a statement is cancelled; for a commit or a rollback, which cannot be cancelled, the
    /// connection is closed.
    /// - Parameter latest: when everything must be over.
    func due(at now: ContinuousClock.Instant, latest: ContinuousClock.Instant?) -> ContinuousClock.Instant? {
        let own = deadline.map { now + $0 + (end == .commit ? Self.patience : .zero) }
        guard let latest else { return own }
        let bound =
            switch end {
            // What is left is shared with the wait for the cancellation.
            case .open: max(now, latest - min(Self.patience, max(.zero, latest - now) / 2))
            case .commit: latest
            case .rollback: max(latest, now + Self.least)
            }
        return min(own ?? bound, bound)
    }
}

extension Exchange {
    /// When a cancellation that is sent now is given up, with the connection.
    func abandonment(at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        min(now + Batch.patience, max(latest ?? now + Batch.patience, now + Batch.least))
    }
}
