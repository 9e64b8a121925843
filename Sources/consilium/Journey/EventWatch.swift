import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// One event of a stream (HTML §9.2).
struct WatchedEvent: Sendable {
    var id: String?
    var name: String?
    var data: JSONValue = .null
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
                var reader = EventReader()
                for try await piece in response.body {
                    for event in reader.take(Array(buffer: piece)) { continuation.yield(event) }
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

/// Reads the lines of an event stream into events; comments are signs of life and no more.
struct EventReader {
    private var line: [UInt8] = []
    private var event = WatchedEvent()
    private var data = ""

    mutating func take(_ bytes: [UInt8]) -> [WatchedEvent] {
        var events: [WatchedEvent] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            if let event = end(String(decoding: line, as: UTF8.self)) { events.append(event) }
            line = []
        }
        return events
    }

    private mutating func end(_ line: String) -> WatchedEvent? {
        guard !line.isEmpty else {
            defer {
                event = WatchedEvent(id: event.id)
                data = ""
            }
            event.data = (try? JSONValue.read(Array(data.utf8))) ?? .null
            return data.isEmpty ? nil : event
        }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count == 2 ? String(parts[1].first == " " ? parts[1].dropFirst() : parts[1]) : ""
        switch parts[0] {
        case "id": event.id = value
        case "event": event.name = value
        case "data": data += value
        default: break
        }
        return nil
    }
}
