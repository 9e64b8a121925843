import Logging
package import Postgres
import Synchronization

/// Wakes the workers after a commit. It works outside of any transaction, because NOTIFY inside one halves throughput.
/// Requests that come while a notification is on its way become one. A notification may be lost: the workers also look by
/// themselves every second.
package final class JobNotifier: Sendable {
    package static let channel = "consilium_jobs"

    private enum State {
        case idle, notifying, notifyingAgain
    }

    private let database: Database
    private let state = Mutex(State.idle)

    package init(_ database: Database) {
        self.database = database
    }

    /// Returns at once: the committing task does not wait.
    package func notify() {
        let isFirst = state.withLock { state in
            defer { state = state == .idle ? .notifying : .notifyingAgain }
            return state == .idle
        }
        guard isFirst else { return }
        Task {
            repeat {
                // It is lost when the database is away, and then there is nobody to wake.
                try? await database.notify(Self.channel)
            } while mustNotifyAgain()
        }
    }

    private func mustNotifyAgain() -> Bool {
        state.withLock { state in
            state = state == .notifyingAgain ? .notifying : .idle
            return state == .notifying
        }
    }
}
