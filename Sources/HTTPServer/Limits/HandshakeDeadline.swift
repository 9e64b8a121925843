import NIOCore
import NIOTLS

/// Cuts a connection whose TLS handshake takes too long, and one that is still at it when the gateway leaves. Once the
/// protocol is known it goes: HTTP/1.1 has its `HeadDeadline`, and on HTTP/2 it leaves `HTTP2IdleDeadline` behind.
///
/// It stands right behind TLS, before what chooses the protocol, and lives on its channel's event loop alone.
final class HandshakeDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    struct Limits: Sendable {
        /// For the handshake, and then for the first request.
        let head: TimeAmount
        /// For silence between requests.
        let idle: TimeAmount
        /// For what is under way when the gateway leaves.
        let leave: TimeAmount
    }

    private let limits: Limits
    private var timer: Scheduled<Void>?

    init(_ limits: Limits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: limits.head) { context.cut() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { return context.cut() }
        // What follows makes the handlers of the protocol that was agreed on.
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
