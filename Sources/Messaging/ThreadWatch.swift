package import Clinic
import FoundationEssentials
package import Postgres
import Synchronization

/// Wakes the streams of a gateway when something happened in their case, over one listening connection for all.
///
/// A wake says "look yourself" and carries nothing, so that a lost or doubled one does no harm; every stream is also
/// woken every few seconds.
package final class ThreadWatch: Sendable {
    package static let channel = "consilium_events"

    private struct State {
        var watchers: [CaseID: [UUID: AsyncStream<Void>.Continuation]] = [:]
        var due: Set<CaseID> = []
        var isRinging = false
    }

    private let database: Database
    private let floor: Duration
    private let state = Mutex(State())

    /// - Parameter floor: how long a stream waits at most before it looks by itself.
    package init(_ database: Database, floor: Duration = .seconds(5)) {
        self.database = database
        self.floor = floor
    }

    /// Listens until the task is cancelled: one a gateway.
    package func run() async throws {
        await withTaskGroup { group in
            group.addTask { [self] in
                for await payload in database.listen(to: Self.channel) {
                    // Empty: the connection was just made, and anything may have been missed.
                    if payload.isEmpty {
                        wakeAll()
                    } else {
                        for id in payload.split(separator: ",") { CaseID(String(id)).map(wake) }
                    }
                }
            }
            group.addTask { [self] in
                while (try? await Task.sleep(for: floor)) != nil { wakeAll() }
            }
            await group.waitForAll()
        }
    }

    /// Tells all gateways after a commit. Rings that come while one is on its way go out together.
    package func ring(_ case: CaseID) {
        wake(`case`)
        let isFirst = state.withLock { state in
            state.due.insert(`case`)
            defer { state.isRinging = true }
            return !state.isRinging
        }
        guard isFirst else { return }
        Task {
            while let due = takeDue() {
                // A payload has room for 8,000 bytes. One that is lost costs the floor's seconds.
                try? await database.notify(Self.channel, payload: due.map(\.description).joined(separator: ","))
            }
        }
    }

    private func takeDue() -> [CaseID]? {
        state.withLock { state in
            let due = Array(state.due.prefix(200))
            state.due.subtract(due)
            state.isRinging = !due.isEmpty
            return due.isEmpty ? nil : due
        }
    }

    /// Wakes for as long as the stream is kept; several while nobody looks are one.
    func wakes(for case: CaseID) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = UUID()
        continuation.onTermination = { [weak self] _ in self?.forget(id, of: `case`) }
        state.withLock { $0.watchers[`case`, default: [:]][id] = continuation }
        return stream
    }

    /// How many streams are watching.
    package var watching: Int { state.withLock { $0.watchers.values.reduce(0) { $0 + $1.count } } }

    private func forget(_ id: UUID, of case: CaseID) {
        state.withLock { state in
            state.watchers[`case`]?[id] = nil
            if state.watchers[`case`]?.isEmpty == true { state.watchers[`case`] = nil }
        }
    }

    private func wake(_ case: CaseID) {
        let continuations = state.withLock { $0.watchers[`case`].map { Array($0.values) } ?? [] }
        for continuation in continuations { continuation.yield() }
    }

    private func wakeAll() {
        let continuations = state.withLock { $0.watchers.values.flatMap(\.values) }
        for continuation in continuations { continuation.yield() }
    }
}
