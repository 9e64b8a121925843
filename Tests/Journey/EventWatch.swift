import AsyncHTTPClient
import FoundationEssentials
import JSON
import NIOCore
import NIOHTTP1
import Rig

/// One event of a stream.
struct WatchedEvent: Sendable {
    let id: String?
    let data: JSONValue
}

/// A live event stream that somebody watches.
struct EventWatch: Sendable {
    private let events: AsyncThrowingStream<WatchedEvent, any Error>
    private let task: Task<Void, Never>

    /// Opens a stream, going on after the event with that id.
    /// - Throws: `BrokenPromise` when it is refused.
    static func open(_ path: Path, as person: Person, after lastEventID: String? = nil) async throws -> EventWatch {
        var request = Request(method: .get, path: path)
        request.headers["Accept"] = "text/event-stream"
        request.headers["Last-Event-ID"] = lastEventID
        let response = try await person.client.open(person.signed(request))
        guard response.status.code == 200 else {
            throw BrokenPromise("\(request.route) answered \(response.status.code) where a stream was promised")
        }
        let (events, continuation) = AsyncThrowingStream.makeStream(of: WatchedEvent.self)
        let task = Task {
            do {
                var parser = EventStreamParser()
                for try await piece in response.body {
                    for event in parser.take(Array(buffer: piece)) {
                        let data = (try? JSONValue.read(Array(event.data.utf8))) ?? .null
                        continuation.yield(WatchedEvent(id: event.id, data: data))
                    }
                }
                continuation.finish(throwing: BrokenPromise("\(request.route) ended"))
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return EventWatch(events: events, task: task)
    }

    /// The events up to and with the first that fits, which must come in time.
    func events(
        until sentence: String, within patience: Duration = .seconds(20),
        _ fits: @escaping @Sendable (WatchedEvent) -> Bool
    ) async throws -> [WatchedEvent] {
        try await withThrowingTaskGroup(of: [WatchedEvent].self) { group in
            group.addTask {
                var seen: [WatchedEvent] = []
                for try await event in events {
                    seen.append(event)
                    if fits(event) { return seen }
                }
                throw BrokenPromise("the event stream ended before \(sentence)")
            }
            group.addTask {
                try await Task.sleep(for: patience)
                throw BrokenPromise("the event stream did not show \(sentence) within \(patience)")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }

    /// Breaks the connection off, as a phone in a tunnel does.
    func close() { task.cancel() }
}
