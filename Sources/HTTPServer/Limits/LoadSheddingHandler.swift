import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// Refuses at the connection what would only make the line longer, so that a flood of requests costs little: no task
/// wakes for them. What has a body, follows an answer that is still being written, is the last on its connection, or
/// comes from a client that does not read its answers, goes the long way and is refused at the responder: there a client that
/// sends without reading is no longer read from.
///
/// It is used on its channel's event loop alone.
final class LoadSheddingHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let responder: GatewayResponder
    /// Requests that went on and whose reply has not been written to its end.
    private var unanswered: Int
    /// Whether the rest of a request follows that was refused.
    private var isRefusing = false

    private init(_ responder: GatewayResponder, unanswered: Int) {
        (self.responder, self.unanswered) = (responder, unanswered)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if unanswered == 0, context.channel.isWritable,
                let refusal = responder.refuseInLine(head, on: context.channel)
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

    /// The connection is over; the server library's handler does not pass on that it closed.
    func handlerRemoved(context: ChannelHandlerContext) { responder.admission.leave(context.channel) }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
    }

    /// Puts the handler behind the server library's own, which counts what is under way on the connection. The library
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
