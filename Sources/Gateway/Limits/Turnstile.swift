import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// Refuses at the connection what would only make the line longer, so that a flood of requests costs little: no task
/// wakes for them. What has a body, follows an answer that is still being written, or is the last on its connection,
/// goes the long way and is refused at the door.
///
/// It is used on its channel's event loop alone.
final class Turnstile: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let door: Door
    /// Requests that went on and whose reply has not been written to its end.
    private var unanswered = 0
    /// Whether the rest of a request follows that was refused.
    private var isRefusing = false

    private init(_ door: Door) { self.door = door }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if unanswered == 0, let refusal = door.refuseInLine(head, on: context.channel) {
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

    func channelInactive(context: ChannelHandlerContext) {
        door.line.leave(context.channel)
        context.fireChannelInactive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
    }

    /// Puts a turnstile where it belongs, once that is there: behind the server library's own handler, which counts what
    /// is under way on the connection and stands behind all that the library is given.
    final class Usher: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPRequestPart

        private let door: Door

        init(_ door: Door) { self.door = door }

        func handlerAdded(context: ChannelHandlerContext) {
            context.eventLoop.assumeIsolated().execute { [door] in
                let pipeline = context.pipeline.syncOperations
                do {
                    let counter = try pipeline.handler(type: HTTPConnectionStateHandler.self)
                    try pipeline.addHandler(Turnstile(door), position: .after(counter))
                    pipeline.removeHandler(context: context, promise: nil)
                } catch {
                    context.fireErrorCaught(error)
                }
            }
        }
    }
}
