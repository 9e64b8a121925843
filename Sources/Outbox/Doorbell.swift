import Logging
package import Postgres
import Synchronization

/// Wakes the workers after a commit, outside of any transaction: a notification within halves throughput. Rings that
/// come while one is on its way become one. A ring may be lost: the workers look by themselves every second.
package final class JobNotifier: Sendable {
    package static let channel = "consilium_jobs"

    private enum State {
        case silent, ringing, ringingAgain
    }

    private let database: Database
    private let state = Mutex(State.silent)

    package init(_ database: Database) {
        self.database = database
    }

    /// Returns at once: whoever committed does not wait for it.
    package func ring() {
        let isFirst = state.withLock { state in
            defer { state = state == .silent ? .ringing : .ringingAgain }
            return state == .silent
        }
        guard isFirst else { return }
        Task {
            repeat {
                // Lost when the database is away, and then there is nobody to wake.
                try? await database.notify(Self.channel)
            } while mustRingAgain()
        }
    }

    private func mustRingAgain() -> Bool {
        state.withLock { state in
            state = state == .ringingAgain ? .ringing : .silent
            return state == .ringing
        }
    }
}
