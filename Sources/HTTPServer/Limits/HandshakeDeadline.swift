import NIOCore
import NIOTLS

/// Closes a connection whose TLS handshake takes too long, or has not ended when the gateway shuts down. Once the
/// protocol is known it removes itself: HTTP/1.1 has `HeadDeadline`, and for HTTP/2 it adds `HTTP2IdleDeadline`.
///
/// It comes right after TLS, before the handler that chooses the protocol, and is used on its channel's event loop
/// alone.
final class HandshakeDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    struct Limits: Sendable {
        /// For the handshake, and then for the first request.
        let head: TimeAmount
        /// For silence between requests.
        let idle: TimeAmount
        /// For the requests in flight when the gateway shuts down.
        let leave: TimeAmount
    }

    private let limits: Limits
    private var timer: Scheduled<Void>?

    init(_ limits: Limits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: limits.head) { context.closeAtOnce() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { return context.closeAtOnce() }
        // The next handler adds those of the protocol that was agreed on.
        context.fireUserInboundEventTriggered(event)
        guard case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent else { return }
        do {
            let pipeline = context.pipeline.syncOperations
            if negotiated == "h2" {
                try pipeline.addHandlers([HTTP2IdleDeadline(limits), ShutdownDeadline(limits.leave)])
            }
            pipeline.removeHandler(context: context, promise: nil)
        } catch {
            context.fireErrorCaught(error)
        }
    }
}
