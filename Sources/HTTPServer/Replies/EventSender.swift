import HTTPTypes
import Hummingbird
import HummingbirdCore
import JSON
import Logging
import NIOCore
import Synchronization

/// One event of a stream (HTML §9.2.6).
package struct ServerEvent: Sendable, Equatable {
    /// What a client sends as `Last-Event-ID` to continue from here.
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

    /// The field `retry`: when an `EventSource` that lost its stream reconnects. It is random, so that not all
    /// reconnect at the same moment.
    static func retry(after seconds: ClosedRange<Double>) -> String {
        "retry: \(Int(Double.random(in: seconds) * 1000))\n"
    }

    /// The event `problem`: why a stream is refused or ends.
    static func problem(_ problem: Problem, requestID: String) -> ServerEvent {
        ServerEvent(id: nil, name: "problem", bytes: problem.json(requestID: requestID).bytes)
    }

    /// The whole stream that stands for a refusal: the problem, and when the client is to reconnect.
    static func refusal(_ problem: Problem, requestID: String, retryAfter seconds: Int) -> [UInt8] {
        let event = Self.problem(problem, requestID: requestID)
        return Array(retry(after: Double(seconds)...Double(2 * seconds)).utf8) + Array(buffer: event.bytes)
    }

    private init(id: String?, name: String?, bytes: [UInt8]) { (self.id, self.name, data) = (id, name, bytes) }

    private static func oneLine(_ text: String) -> String { text.filter { !$0.isNewline } }
}

/// The source of a stream's events, with its type erased. One task at a time asks it for one event after another.
struct EventSource: Sendable {
    let makeNext: @Sendable () -> EventIterator
    /// What the reader's right depends on.
    let access: OpenAccess?
    /// The permit that counts it among the open streams.
    let permit: ConcurrencyLimiter.Permit

    init<Events: AsyncSequence & Sendable>(
        _ events: Events, access: OpenAccess?, permit: ConcurrencyLimiter.Permit
    ) where Events.Element == ServerEvent {
        makeNext = { EventIterator(events) }
        (self.access, self.permit) = (access, permit)
    }
}

/// The position in a running stream.
final class EventIterator: @unchecked Sendable {
    // Asked by one task at a time: EventSender asks again only when the last answer has come.
    private let advance: () async throws -> ServerEvent?

    init<Events: AsyncSequence>(_ events: Events) where Events.Element == ServerEvent {
        var iterator = events.makeAsyncIterator()
        advance = { try await iterator.next() }
    }

    func next() async throws -> ServerEvent? { try await advance() }
}

/// Sends a stream of events until it ends, its client disconnects, stops reading or loses its right, or the gateway
/// drains.
struct EventSender: Sendable {
    let body: HummingbirdCore.RequestBody
    let channel: any Channel
    let heartbeat: Duration
    let drain: Drain
    let requestID: String

    /// Seconds until a client whose stream broke reconnects.
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
            // A client that does not read cannot be sent the reason.
            if !channel.isWritable { channel.close(promise: nil) }
        }
        try await body.consumeWithCancellationOnInboundClose { _ in
            // The client learns at once that it is connected.
            try await out.write(ByteBuffer(string: ": connected\n\(ServerEvent.retry(after: Self.retry))\n"))
            try await pump(source.makeNext(), ends: ends, to: &out)
            try await out.finish(nil)
        }
        channel.close(promise: nil)
    }

    private func pump(
        _ iterator: EventIterator, ends: AsyncStream<Problem>, to writer: inout any ResponseBodyWriter
    ) async throws {
        try await withThrowingTaskGroup(of: Turn.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                for await problem in ends { return .end(problem) }
                throw CancellationError()
            }
            group.addTask { try await next(iterator) }
            group.addTask { try await silence() }
            group.addTask {
                await drain.waitUntilLeaving()
                return .drain
            }
            while let turn = try await group.next() {
                switch turn {
                case .event(let event?):
                    try await writer.write(event.bytes)
                    group.addTask { try await next(iterator) }
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

    /// The next event. An error of the source ends the stream and is sent as its reason: the source may find that a
    /// right has ended before `AccessMonitor` does.
    private func next(_ iterator: EventIterator) async throws -> Turn {
        do {
            return .event(try await iterator.next())
        } catch let error where !(error is CancellationError) {
            return .end(Problem(mapping: error))
        }
    }

    private func silence() async throws -> Turn {
        // Streams that were opened together send their comments at different moments.
        try await Task.sleep(for: heartbeat * Double.random(in: 0.8...1))
        return .silence
    }
}
