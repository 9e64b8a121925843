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

    /// Puts a turnstile where it belongs, once that is there: behind the server library's own handler, which counts what
    /// is under way on the connection and stands behind all that the library is given. With TLS a first request may have
    /// passed before.
    final class Installer: ChannelDuplexHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPRequestPart
        typealias InboundOut = HTTPRequestPart
        typealias OutboundIn = HTTPResponsePart
        typealias OutboundOut = HTTPResponsePart

        private let responder: GatewayResponder
        private var unanswered = 0

        init(_ responder: GatewayResponder) { self.responder = responder }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .head = unwrapInboundIn(data) { unanswered += 1 }
            context.fireChannelRead(data)
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
            context.write(data, promise: promise)
        }

        func handlerAdded(context: ChannelHandlerContext) {
            context.eventLoop.assumeIsolated().execute { [self] in
                let pipeline = context.pipeline.syncOperations
                do {
                    let counter = try pipeline.handler(type: HTTPConnectionStateHandler.self)
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
