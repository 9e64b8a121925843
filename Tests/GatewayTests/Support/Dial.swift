import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport
import Testing

/// A connection to this machine that says nothing by itself.
func dial(_ port: Int, _ handlers: @escaping @Sendable (any Channel) throws -> Void = { _ in }) async throws
    -> any Channel
{
    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try handlers(channel) } }
        .connect(host: "127.0.0.1", port: port).get()
}

/// A connection on which a file of a thousand bytes has begun to come, and no more.
func beginUpload(_ port: Int, to path: String, as person: TestPerson) async throws -> any Channel {
    let channel = try await dial(port)
    let head = """
        PUT \(path) HTTP/1.1\r
        Host: localhost\r
        Authorization: Bearer \(person.token)\r
        Content-Type: application/pdf\r
        Content-Length: 1000\r
        \r
        begun
        """
    try await channel.writeAndFlush(ByteBuffer(string: head))
    return channel
}

/// A connection that agrees on TLS and on HTTP/2, and says nothing more.
func dialHTTP2(_ port: Int) async throws -> any Channel {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = .none
    configuration.applicationProtocols = ["h2"]
    let context = try NIOSSLContext(configuration: configuration)
    return try await dial(port) { channel in
        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
    }
}

extension EventLoopFuture where Value: Sendable {
    /// As `get`, which no cancellation ends.
    /// - Throws: `WaitedTooLong`
    func get(within limit: Duration) async throws -> Value {
        let promise = eventLoop.makePromise(of: Value.self)
        cascade(to: promise)
        let timer = eventLoop.scheduleTask(in: .init(limit)) { promise.fail(WaitedTooLong(for: "\(Value.self)")) }
        defer { timer.cancel() }
        return try await promise.futureResult.get()
    }
}

extension Channel {
    /// Returns when the other side, or this one, has closed it.
    func closed() async throws { try await closeFuture.get(within: patience) }
}

/// A client that asks, reads what comes first of the reply, and the rest when it is told to.
final class SlowReader: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let first = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
    private let read = Mutex(ByteBuffer())

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        read.withLock { _ = $0.writeBuffer(&bytes) }
        first.succeed()
    }

    /// Asks for a path, and returns when the reply has begun to come.
    func ask(_ port: Int, for path: String) async throws -> any Channel {
        let channel = try await dial(port) { try $0.pipeline.syncOperations.addHandler(self) }
        try await channel.setOption(.autoRead, value: false).get()
        try await channel.writeAndFlush(ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        channel.read()
        try await first.futureResult.get(within: patience)
        return channel
    }

    /// Reads until the connection ends.
    /// - Returns: how many bytes came behind the reply's head.
    func readToTheEnd(of channel: any Channel) async throws -> Int {
        try await channel.setOption(.autoRead, value: true).get()
        try await channel.closed()
        let all = read.withLock { $0.readableBytesView }
        let end = try #require(all.firstRange(of: Array("\r\n\r\n".utf8)))
        return all.distance(from: end.upperBound, to: all.endIndex)
    }
}
