import HTTPTypes
import Hummingbird
import HummingbirdCore
import JSON
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

    /// Seconds after which an EventSource that lost its stream comes back, as text: not all in the same moment.
    static func retry(after seconds: ClosedRange<Double>) -> String {
        "retry: \(Int(Double.random(in: seconds) * 1000))\n"
    }

    /// Why a stream is not given, or not any longer, as the event `problem`.
    static func problem(_ problem: Problem, requestID: String) -> ServerEvent {
        ServerEvent(id: nil, name: "problem", bytes: problem.json(requestID: requestID).bytes)
    }

    /// The whole stream that says why there is none, and that its reader is to come back.
    static func refusal(_ problem: Problem, requestID: String, retryAfter seconds: Int) -> [UInt8] {
        let event = Self.problem(problem, requestID: requestID)
        return Array(retry(after: Double(seconds)...Double(2 * seconds)).utf8) + Array(buffer: event.bytes)
    }

    private init(id: String?, name: String?, bytes: [UInt8]) { (self.id, self.name, data) = (id, name, bytes) }

    private static func oneLine(_ text: String) -> String { text.filter { !$0.isNewline } }
}

/// Where a stream's events come from, with its type forgotten. It is asked for one event after another, by one task at
/// a time.
struct EventSource: Sendable {
    let makeNext: @Sendable () -> EventCursor
    /// What the reader's right stands on.
    let access: OpenAccess?
    /// Its place among the streams.
    let permit: ConcurrencyLimiter.Permit

    init<Events: AsyncSequence & Sendable>(
        _ events: Events, access: OpenAccess?, permit: ConcurrencyLimiter.Permit
    ) where Events.Element == ServerEvent {
        makeNext = { EventCursor(events) }
        (self.access, self.permit) = (access, permit)
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

/// Sends a stream of events until it ends, its reader leaves, stops reading or may read no more, or the gateway drains.
struct EventSender: Sendable {
    let body: HummingbirdCore.RequestBody
    let channel: any Channel
    let heartbeat: Duration
    let drain: Drain
    let requestID: String

    /// Seconds until a reader comes back whose stream broke.
    private static let retry = 2.0...5.0

    private enum Turn: Sendable {
        case event(ServerEvent?)
        case silence
        case drain
        case end(Problem)
    }

    func send(_ source: EventSource, to writer: inout any ResponseBodyWriter) async throws {
        var out = writer
        let (ends, ending) = AsyncStream.makeStream(of: Problem.self)
        source.access?.onEnd { [channel] problem in
            ending.yield(problem)
            // A reader that does not read cannot be told.
            if !channel.isWritable { channel.close(promise: nil) }
        }
        try await body.consumeWithCancellationOnInboundClose { _ in
            // The reader learns at once that it is connected.
            try await out.write(ByteBuffer(string: ": connected\n\(ServerEvent.retry(after: Self.retry))\n"))
            try await pump(source.makeNext(), ends: ends, to: &out)
            try await out.finish(nil)
        }
        channel.close(promise: nil)
    }

    private func pump(
        _ cursor: EventCursor, ends: AsyncStream<Problem>, to writer: inout any ResponseBodyWriter
    ) async throws {
        try await withThrowingTaskGroup(of: Turn.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                for await problem in ends { return .end(problem) }
                throw CancellationError()
            }
            group.addTask { try await next(cursor) }
            group.addTask { try await silence() }
            group.addTask {
                await drain.waitUntilLeaving()
                return .drain
            }
            while let turn = try await group.next() {
                switch turn {
                case .event(let event?):
                    try await writer.write(event.bytes)
                    group.addTask { try await next(cursor) }
                case .event(nil): return
                case .silence:
                    try await writer.write(ByteBuffer(string: ": alive\n\n"))
                    group.addTask { try await silence() }
                case .drain:
                    try Task.checkCancellation()
                    try await writer.write(ByteBuffer(string: "event: goodbye\ndata: {}\n\n"))
                    return
                case .end(let problem):
                    try await writer.write(ServerEvent.problem(problem, requestID: requestID).bytes)
                    return
                }
            }
        }
    }

    /// The next event. What keeps the source from having one ends the stream, and is told: the look that finds a right
    /// gone may come before the one that watches for it.
    private func next(_ cursor: EventCursor) async throws -> Turn {
        do {
            return .event(try await cursor.next())
        } catch let error where !(error is CancellationError) {
            return .end(Problem(mapping: error))
        }
    }

    private func silence() async throws -> Turn {
        // Streams that were opened together do not show it together.
        try await Task.sleep(for: heartbeat * Double.random(in: 0.8...1))
        return .silence
    }
}
