package import Clinic
import FoundationEssentials
package import Postgres
import Synchronization

/// Wakes the streams of a gateway when their thread has news. All share one listening connection.
///
/// A wake-up carries no content, so that a lost or repeated one does no harm. Notifications of other gateways can be
/// lost, so the database is also asked which streams have news: for a part of the streams at a time, and for each of
/// them within `floor`. A stream without news costs no transaction.
package final class ThreadNotifier: Sendable {
    package static let channel = "consilium_events"

    /// The number of parts in which the streams are checked.
    private static let parts = 10
    /// The most streams that one statement checks.
    private static let mostAtOnce = 500

    /// What one stream waits for, and how much was delivered to its reader.
    struct Watcher: Sendable {
        let thread: WatchedThread
        /// The last number delivered; -1 before the first delivery.
        var after = -1
        /// The sum of all delivered marks: a mark only rises, and none is removed.
        var marks = -1
        let wake: AsyncStream<Void>.Continuation
    }

    private struct State {
        var watchers: [Int: Watcher] = [:]
        var byCase: [CaseID: Set<Int>] = [:]
        var lastID = 0
        var due: Set<CaseID> = []
        var isNotifying = false
    }

    private let database: Database
    private let floor: Duration
    /// The streams that have news share a quarter of the connections; the rest serve requests.
    let looks: AsyncSemaphore
    private let state = Mutex(State())

    /// - Parameter floor: the longest delay of news whose notification was lost.
    package init(_ database: Database, floor: Duration = .seconds(5)) {
        self.database = database
        self.floor = floor
        looks = AsyncSemaphore(max(1, database.settings.connections / 4))
    }

    /// Listens until the task is cancelled; once per gateway.
    package func run() async throws {
        let (connected, connection) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup { group in
            group.addTask { [self] in
                for await payload in database.listen(to: Self.channel) {
                    // Empty: the connection is new, and anything may have been missed.
                    if payload.isEmpty {
                        connection.yield()
                    } else {
                        for id in payload.split(separator: ",") { CaseID(String(id)).map(wake) }
                    }
                }
            }
            group.addTask { [self] in
                for await _ in connected {
                    for part in 0..<Self.parts { await look(at: part) }
                }
            }
            group.addTask { [self] in
                var turn = 0
                while (try? await Task.sleep(for: floor / Self.parts)) != nil {
                    await look(at: turn % Self.parts)
                    turn += 1
                }
            }
            await group.waitForAll()
        }
    }

    /// Asks which streams of a part have news, and wakes them; none while the database does not answer.
    private func look(at part: Int) async {
        let watchers = state.withLock { $0.watchers.filter { $0.key % Self.parts == part } }.map(\.value)
        for start in stride(from: 0, to: watchers.count, by: Self.mostAtOnce) {
            let asked = Array(watchers[start..<min(start + Self.mostAtOnce, watchers.count)])
            let rows = try? await database.withTransaction(as: .nobody) { tx in
                try await tx.last(ThreadSQL.news(for: asked)).map { try $0.decode(Int.self) }
            }
            for place in rows ?? [] { asked[place - 1].wake.yield() }
        }
    }

    /// Notifies all gateways after a commit. Cases that come while a notification is being sent go out together.
    package func notify(_ case: CaseID) {
        wake(`case`)
        let isFirst = state.withLock { state in
            state.due.insert(`case`)
            defer { state.isNotifying = true }
            return !state.isNotifying
        }
        guard isFirst else { return }
        Task {
            while let due = takeDue() {
                // A payload has at most 8,000 bytes. A lost one delays news by `floor`.
                try? await database.notify(Self.channel, payload: due.map(\.description).joined(separator: ","))
            }
        }
    }

    private func takeDue() -> [CaseID]? {
        state.withLock { state in
            let due = Array(state.due.prefix(200))
            state.due.subtract(due)
            state.isNotifying = !due.isEmpty
            return due.isEmpty ? nil : due
        }
    }

    /// A stream's registration. It ends when nobody keeps `wakes` any more.
    struct Place: Sendable {
        /// Several wake-ups before the next look are one.
        let wakes: AsyncStream<Void>
        fileprivate let id: Int
        fileprivate let notifier: ThreadNotifier

        /// Notes what was delivered to the reader.
        func told(after: Int, marks: Int) {
            notifier.state.withLock { state in
                state.watchers[id]?.after = after
                state.watchers[id]?.marks = marks
            }
        }

        /// The stream could not look: it counts as having news.
        func couldNotLook() { told(after: -1, marks: -1) }
    }

    func watch(_ thread: WatchedThread) -> Place {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.lastID += 1
            state.watchers[state.lastID] = Watcher(thread: thread, wake: continuation)
            state.byCase[thread.case, default: []].insert(state.lastID)
            return state.lastID
        }
        continuation.onTermination = { [weak self] _ in self?.forget(id, of: thread.case) }
        return Place(wakes: stream, id: id, notifier: self)
    }

    /// The number of watching streams.
    package var watching: Int { state.withLock { $0.watchers.count } }

    private func forget(_ id: Int, of case: CaseID) {
        state.withLock { state in
            state.watchers[id] = nil
            state.byCase[`case`]?.remove(id)
            if state.byCase[`case`]?.isEmpty == true { state.byCase[`case`] = nil }
        }
    }

    private func wake(_ case: CaseID) {
        let watchers = state.withLock { state in
            (state.byCase[`case`] ?? []).compactMap { state.watchers[$0]?.wake }
        }
        for watcher in watchers { watcher.yield() }
    }
}

/// A thread and who reads it.
struct WatchedThread: Sendable {
    let `case`: CaseID
    let kind: ThreadKind
    let reader: AccountID
}
