import NIOCore
import Synchronization
import Testing

/// A connection on which a test writes bytes as they are, and reads what comes back byte for byte.
final class RawConnection: Sendable {
    private let channel: any Channel
    private let pieces: AsyncStream<ByteBuffer>
    private let read = Mutex("")

    init(to port: Int) async throws {
        let (pieces, arrival) = AsyncStream.makeStream(of: ByteBuffer.self)
        self.pieces = pieces
        channel = try await dial(port) { try $0.pipeline.syncOperations.addHandler(Collector(arrival)) }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let arrival: AsyncStream<ByteBuffer>.Continuation

        init(_ arrival: AsyncStream<ByteBuffer>.Continuation) { self.arrival = arrival }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { arrival.yield(unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { arrival.finish() }
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    /// Everything that has come, once the end of it is there or the connection is closed.
    /// - Throws: when neither is so within ten seconds.
    func read(until end: String) async throws -> String {
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { [self] in
                if let text = found(end) { return text }
                for await piece in pieces {
                    read.withLock { $0 += String(buffer: piece) }
                    if let text = found(end) { return text }
                }
                return read.withLock { $0 }
            }
            group.addTask { [self] in
                try await Task.sleep(for: .seconds(10))
                throw Silence(read: read.withLock { $0 })
            }
            defer { group.cancelAll() }
            return try #require(try await group.next())
        }
    }

    private func found(_ end: String) -> String? {
        read.withLock { $0.contains(end) ? $0 : nil }
    }

    private struct Silence: Error { let read: String }

    func close() async throws { try await channel.close() }
}

/// Sends one request on a connection of its own, and reads the answer until the connection closes.
func exchange(_ port: Int, _ head: [String], body: String = "") async throws -> String {
    let connection = try await RawConnection(to: port)
    try await connection.send((head + ["", ""]).joined(separator: "\r\n") + body)
    return try await connection.read(until: "\r\n\r\n\u{0}")
}
