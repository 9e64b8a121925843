import HummingbirdCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// One event of a stream (HTML §9.2.6).
package struct ServerEvent: Sendable, Equatable {
    /// What a reader gives back as `Last-Event-ID` to go on from here.
    package let id: String?
    /// The kind of event.
    package let name: String?
    /// One JSON text.
    package let data: [UInt8]

    /// An event whose data is a value in the gateway's JSON.
    package init(id: String? = nil, name: String? = nil, data: some Encodable) throws {
        self.id = id
        self.name = name
        self.data = try JSONBody.encode(data)
    }

    var bytes: ByteBuffer {
        var buffer = ByteBuffer()
        if let id { buffer.writeString("id: \(Self.oneLine(id))\n") }
        if let name { buffer.writeString("event: \(Self.oneLine(name))\n") }
        buffer.writeString("data: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        return buffer
    }

    private static func oneLine(_ text: String) -> String { text.filter { !$0.isNewline } }
}

/// Where a stream's events come from, with its type forgotten. It is asked for one event after another, by one task at
/// a time.
struct EventSource: Sendable {
    let makeNext: @Sendable () -> EventCursor
    /// Held as long as the stream is open.
    private let seat: StreamSeats.Seat

    init<Events: AsyncSequence & Sendable>(_ events: Events, seat: StreamSeats.Seat)
    where Events.Element == ServerEvent {
        makeNext = { EventCursor(events) }
        self.seat = seat
    }
}

/// The place in a running stream.
final class EventCursor: @unchecked Sendable {
    // Asked by one task at a time: EventSender asks again only when the last answer has come.
    private let advance: () async throws -> ServerEvent?

    init<Events: AsyncSequence>(_ events: Events) where Events.Element == ServerEvent {
        var iterator = events.makeAsyncIterator()
        advance = { try await iterator.next() }
    }

    func next() async throws -> ServerEvent? { try await advance() }
}

/// Sends a stream of events until it ends, its reader leaves or stops reading, or the gateway drains.
struct EventSender: Sendable {
    let body: HummingbirdCore.RequestBody
    let channel: any Channel
    let heartbeat: Duration
    let drain: Drain

    private enum Turn: Sendable {
        case event(ServerEvent?)
        case silence
        case drain
    }

    func send(_ source: EventSource, to writer: inout any ResponseBodyWriter) async throws {
        var out = writer
        try await body.consumeWithCancellationOnInboundClose { _ in
            // The reader learns at once that it is connected.
            try await out.write(ByteBuffer(string: ": connected\n\n"))
            try await pump(source.makeNext(), to: &out)
            try await out.finish(nil)
        }
        channel.close(promise: nil)
    }

    private func pump(_ cursor: EventCursor, to writer: inout any ResponseBodyWriter) async throws {
        try await withThrowingTaskGroup(of: Turn.self) { group in
            defer { group.cancelAll() }
            group.addTask { .event(try await cursor.next()) }
            group.addTask { try await silence() }
            group.addTask {
                await drain.waitUntilLeaving()
                return .drain
            }
            while let turn = try await group.next() {
                switch turn {
                case .event(let event?):
                    try await writer.write(event.bytes)
                    group.addTask { .event(try await cursor.next()) }
                case .event(nil): return
                case .silence:
                    try await writer.write(ByteBuffer(string: ": alive\n\n"))
                    group.addTask { try await silence() }
                case .drain:
                    try Task.checkCancellation()
                    try await writer.write(ByteBuffer(string: "event: goodbye\ndata: {}\n\n"))
                    return
                }
            }
        }
    }

    private func silence() async throws -> Turn {
        try await Task.sleep(for: heartbeat)
        return .silence
    }
}
