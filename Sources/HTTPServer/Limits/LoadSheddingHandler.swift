import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// Refuses requests on the event loop while too many wait for the database, so that a flood of them costs little: no
/// task is started for them. The responder refuses four kinds of request instead: one with a body, one that follows an
/// unfinished answer, the last one on its connection, and one from a client that does not read its answers. The
/// responder stops reading from a client that sends without reading.
///
/// It is used on its channel's event loop alone.
final class LoadSheddingHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let responder: GatewayResponder
    /// Requests that were passed on and whose reply has not been written completely.
    private var unanswered: Int
    /// Whether the rest of a refused request is still to come.
    private var isRefusing = false

    private init(_ responder: GatewayResponder, unanswered: Int) {
        (self.responder, self.unanswered) = (responder, unanswered)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if unanswered == 0, context.channel.isWritable,
                let refusal = responder.shed(head, on: context.channel)
            {
                isRefusing = true
                context.write(wrapOutboundOut(.head(refusal.head)), promise: nil)
                if !refusal.body.isEmpty {
                    context.write(wrapOutboundOut(.body(ByteBuffer(bytes: refusal.body))), promise: nil)
                }
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
                return
            }
            unanswered += 1
        case .body:
            if isRefusing { return }
        case .end:
            if isRefusing {
                isRefusing = false
                return
            }
        }
        context.fireChannelRead(data)
    }

    /// The connection has ended. The server library's handler does not pass the close on.
    func handlerRemoved(context: ChannelHandlerContext) { responder.admission.leave(context.channel) }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
    }

    /// Adds the handler right after the server library's own, which counts the requests of the connection. The library
    /// adds that one last, so this waits for it. With TLS a first request may have passed before.
    final class Installer: ChannelDuplexHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPRequestPart
        typealias InboundOut = HTTPRequestPart
        typealias OutboundIn = HTTPResponsePart
        typealias OutboundOut = HTTPResponsePart

        private let responder: GatewayResponder
        private let check: PipelineCheck
        private var unanswered = 0
        private var isRemoved = false

        init(_ responder: GatewayResponder, _ check: PipelineCheck) {
            (self.responder, self.check) = (responder, check)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .head = unwrapInboundIn(data) { unanswered += 1 }
            context.fireChannelRead(data)
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
            context.write(data, promise: promise)
        }

        func handlerRemoved(context: ChannelHandlerContext) { isRemoved = true }

        func handlerAdded(context: ChannelHandlerContext) {
            context.eventLoop.assumeIsolated().execute { [self] in
                // A connection that is over by now has no handlers.
                guard !isRemoved, let counter = check.require(HTTPConnectionStateHandler.self, in: context.channel)
                else { return }
                let pipeline = context.pipeline.syncOperations
                do {
                    try pipeline.addHandler(
                        LoadSheddingHandler(responder, unanswered: unanswered), position: .after(counter))
                    pipeline.removeHandler(context: context, promise: nil)
                } catch {
                    context.fireErrorCaught(error)
                }
            }
        }
    }
}
