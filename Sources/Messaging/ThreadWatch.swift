package import Clinic
import FoundationEssentials
package import Postgres
import Synchronization

/// Wakes the streams of a gateway when their thread has news, over one listening connection for all.
///
/// A wake says "look yourself" and carries nothing, so that a lost or doubled one does no harm. Rings of other gateways
/// can be lost: so the database is asked for all streams together which of them have news, a part of them at a time,
/// and each of them within the floor's seconds. A stream in whose thread nothing happens costs no transaction.
package final class ThreadNotifier: Sendable {
    package static let channel = "consilium_events"

    /// In how many parts the streams are asked about.
    private static let parts = 10
    /// The most streams that one statement asks about.
    private static let mostAtOnce = 500

    /// What one stream waits for, and how much its reader was told.
    struct Watcher: Sendable {
        let thread: WatchedThread
        /// The last number told; -1 before anything was.
        var after = -1
        /// The sum of all marks told: a mark only rises, and none goes away.
        var marks = -1
        let wake: AsyncStream<Void>.Continuation
    }

    private struct State {
        var watchers: [Int: Watcher] = [:]
        var byCase: [CaseID: Set<Int>] = [:]
        var lastID = 0
        var due: Set<CaseID> = []
        var isRinging = false
    }

    private let database: Database
    private let floor: Duration
    /// The streams that have news share a quarter of the connections; the others are for who asks.
    let looks: AsyncSemaphore
    private let state = Mutex(State())

    /// - Parameter floor: how long news stay untold at most whose ring was lost.
    package init(_ database: Database, floor: Duration = .seconds(5)) {
        self.database = database
        self.floor = floor
        looks = AsyncSemaphore(max(1, database.settings.connections / 4))
    }

    /// Listens until the task is cancelled: one a gateway.
    package func run() async throws {
        let (connected, connection) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup { group in
            group.addTask { [self] in
                for await payload in database.listen(to: Self.channel) {
                    // Empty: the connection was just made, and anything may have been missed.
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

    /// Asks which streams of a part have news, and wakes them. While the database does not answer there are none.
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

    /// A stream's place in the watch. It is given up when nobody keeps `wakes` any more.
    struct Place: Sendable {
        /// Several wakes while nobody looks are one.
        let wakes: AsyncStream<Void>
        fileprivate let id: Int
        fileprivate let watch: ThreadNotifier

        /// Says what the reader was told.
        func told(after: Int, marks: Int) {
            watch.state.withLock { state in
                state.watchers[id]?.after = after
                state.watchers[id]?.marks = marks
            }
        }

        /// The stream could not look: it has news, as far as anybody knows.
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
        return Place(wakes: stream, id: id, watch: self)
    }

    /// How many streams are watching.
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
