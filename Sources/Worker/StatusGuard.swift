import NIOCore
import NIOHTTP1

/// Refuses an answer with a status below 100, which HTTP does not have (RFC 9110 §15). AsyncHTTPClient takes it for one
/// that is only informational, and ends the process at the body that follows.
final class StatusGuard: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private var isRefused = false

    /// Puts a guard between the decoder of a connection and its client.
    @Sendable static func stand(on channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(StatusGuard(), position: .after(decoder))
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
