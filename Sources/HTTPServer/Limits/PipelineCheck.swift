import Logging
import NIOCore
import NIOHTTP1

/// Fails loudly when the pipeline of a connection lacks a handler of the server library that one of ours stands beside.
/// An update can rename or replace such a handler. Without this check a limit would be gone and nobody would notice.
struct PipelineCheck: Sendable {
    let logger: Logger

    /// - Returns: the handler. Nil when it is missing: then the log says so, and the connection is closed.
    func require<Handler: ChannelHandler>(
        _ type: Handler.Type, in channel: any Channel
    ) -> Handler? {
        if let handler = try? channel.pipeline.syncOperations.handler(type: type) { return handler }
        refuse(channel, missing: type)
        return nil
    }

    /// - Returns: the decoder of HTTP/1.1. Nil on a stream of HTTP/2, and when it is missing.
    func requestDecoder(in channel: any Channel) -> ByteToMessageHandler<HTTPRequestDecoder>? {
        typealias Decoder = ByteToMessageHandler<HTTPRequestDecoder>
        if let decoder = try? channel.pipeline.syncOperations.handler(type: Decoder.self) { return decoder }
        if HTTP2IdleDeadline.watching(channel) == nil { refuse(channel, missing: Decoder.self) }
        return nil
    }

    private func refuse(_ channel: any Channel, missing type: Any.Type) {
        logger.critical(
            "The HTTP server's pipeline lacks a handler, and the connection is closed",
            metadata: ["handler": "\(type)"])
        // A stream of HTTP/2 stands below its connection, and the connection below the listener.
        let connection = channel.parent.flatMap { $0.parent == nil ? nil : $0 } ?? channel
        connection.close(promise: nil)
    }
}
