package import Clinic
import FoundationEssentials
package import Postgres
import Synchronization

/// Wakes the streams of a gateway when their thread has news. All share one listening connection.
///
/// A wake-up carries no content, so that a lost or repeated one does no harm. Notifications of other gateways can be
/// lost, so the database is also asked which streams have news: for a part of the streams at a time, and for each of
/// them within `longestDelay`. A stream without news costs no transaction.
package final class ThreadNotifier: Sendable {
    package static let channel = "consilium_events"

    /// The number of parts in which the streams are checked.
    private static let shards = 10
    /// The most streams that one statement checks.
    private static let mostAtOnce = 500

    /// What one stream waits for, and how much was delivered to its reader.
    struct ThreadSubscription: Sendable {
        let thread: ThreadReader
        /// The last number delivered; -1 before the first delivery.
        var after = -1
        /// The sum of all delivered marks: a mark only rises, and none is removed.
        var marks = -1
        let wake: AsyncStream<Void>.Continuation
    }

    private struct State {
        var subscriptions: [Int: ThreadSubscription] = [:]
        var byCase: [CaseID: Set<Int>] = [:]
        var lastID = 0
        var due: Set<CaseID> = []
        var isNotifying = false
    }

    private let database: Database
    private let longestDelay: Duration
    /// The streams that have news share a quarter of the connections; the rest serve requests.
    let readPermits: AsyncSemaphore
    private let state = Mutex(State())

    /// - Parameter longestDelay: the longest delay of news whose notification was lost.
    package init(_ database: Database, longestDelay: Duration = .seconds(5)) {
        self.database = database
        self.longestDelay = longestDelay
        readPermits = AsyncSemaphore(max(1, database.settings.connections / 4))
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
                    for shard in 0..<Self.shards { await wakeStale(in: shard) }
                }
            }
            group.addTask { [self] in
                var turn = 0
                while (try? await Task.sleep(for: longestDelay / Self.shards)) != nil {
                    await wakeStale(in: turn % Self.shards)
                    turn += 1
                }
            }
            await group.waitForAll()
        }
    }

    /// Asks which streams of a shard have news, and wakes them; none while the database does not answer.
    private func wakeStale(in shard: Int) async {
        let subscriptions = state.withLock { $0.subscriptions.filter { $0.key % Self.shards == shard } }.map(\.value)
        for start in stride(from: 0, to: subscriptions.count, by: Self.mostAtOnce) {
            let asked = Array(subscriptions[start..<min(start + Self.mostAtOnce, subscriptions.count)])
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
                // A payload has at most 8,000 bytes. A lost one delays news by `longestDelay`.
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
    struct Registration: Sendable {
        /// Several wake-ups before the next read are one.
        let wakes: AsyncStream<Void>
        fileprivate let id: Int
        fileprivate let notifier: ThreadNotifier

        /// Notes what was delivered to the reader.
        func markDelivered(after: Int, marks: Int) {
            notifier.state.withLock { state in
                state.subscriptions[id]?.after = after
                state.subscriptions[id]?.marks = marks
            }
        }

        /// The stream could not read: it counts as having news.
        func markUnknown() { markDelivered(after: -1, marks: -1) }
    }

    func subscribe(to thread: ThreadReader) -> Registration {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.lastID += 1
            state.subscriptions[state.lastID] = ThreadSubscription(thread: thread, wake: continuation)
            state.byCase[thread.case, default: []].insert(state.lastID)
            return state.lastID
        }
        continuation.onTermination = { [weak self] _ in self?.forget(id, of: thread.case) }
        return Registration(wakes: stream, id: id, notifier: self)
    }

    /// The number of streams that are registered.
    package var subscriptionCount: Int { state.withLock { $0.subscriptions.count } }

    private func forget(_ id: Int, of case: CaseID) {
        state.withLock { state in
            state.subscriptions[id] = nil
            state.byCase[`case`]?.remove(id)
            if state.byCase[`case`]?.isEmpty == true { state.byCase[`case`] = nil }
        }
    }

    private func wake(_ case: CaseID) {
        let subscriptions = state.withLock { state in
            (state.byCase[`case`] ?? []).compactMap { state.subscriptions[$0]?.wake }
        }
        for subscription in subscriptions { subscription.yield() }
    }
}

/// A thread and who reads it.
struct ThreadReader: Sendable {
    let `case`: CaseID
    let kind: ThreadKind
    let reader: AccountID
}
