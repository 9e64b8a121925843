import NIOCore
import NIOHTTP1

/// Refuses a response with a status below 100, which HTTP does not have (RFC 9110 §15). AsyncHTTPClient takes it for an
/// informational one, and crashes at the body that follows.
final class StatusCodeGuard: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private var isRefused = false

    /// Installs a guard between a connection's decoder and its client.
    @Sendable static func install(on channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(StatusCodeGuard(), position: .after(decoder))
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data), head.status.code < 100 {
            isRefused = true
            context.fireErrorCaught(FeedFailure(word: "status_\(head.status.code)"))
            context.close(promise: nil)
        }
        if !isRefused { context.fireChannelRead(data) }
    }
}
