import NIOCore
import NIOPosix
import NIOSSL

/// A connection to this machine that says nothing by itself.
func dial(_ port: Int, _ handlers: @escaping @Sendable (any Channel) throws -> Void = { _ in }) async throws
    -> any Channel
{
    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try handlers(channel) } }
        .connect(host: "127.0.0.1", port: port).get()
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
