import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Cuts a connection of HTTP/1.1 whose request head does not arrive whole in time: counted from the connection's
/// opening, and then from the first byte of each further request, or from the end of the reply before it, if that is
/// later: until then the gateway may not be reading. A client that sends a byte now and then is never idle, so the
/// timeout on silence does not see it.
///
/// It stands behind the HTTP decoder, where a head is seen when it is whole, and puts `FirstByte` before it. A stream of
/// HTTP/2 begins when its head is whole: it is counted, and the handler goes.
/// `@unchecked Sendable`: a handler is used on its channel's event loop alone.
final class HeadDeadline: ChannelDuplexHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limit: TimeAmount
    private let check: PipelineCheck
    private var timer: Scheduled<Void>?
    /// Whether the part that comes next begins a request.
    private var isBetweenRequests = true
    /// Whether the head is waited for that comes next.
    private var isAwaited = true
    /// Requests whose reply has not been written to its end.
    private var unanswered = 0

    init(_ limit: Duration, _ check: PipelineCheck) { (self.limit, self.check) = (TimeAmount(limit), check) }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        guard let decoder = check.requestDecoder(in: context.channel) else {
            HTTP2IdleDeadline.watching(context.channel)?.count(context.channel)
            pipeline.removeHandler(context: context, promise: nil)
            return
        }
        start(context.channel)
        do {
            try pipeline.addHandler(FirstByte(deadline: self), position: .before(decoder))
        } catch {
            context.fireErrorCaught(error)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            (isBetweenRequests, isAwaited) = (false, false)
            unanswered += 1
            stop()
        case .body: break
        case .end: isBetweenRequests = true
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data), unanswered > 0 {
            unanswered -= 1
            if unanswered == 0, isAwaited { start(context.channel) }
        }
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    fileprivate func sawBytes(_ channel: any Channel) {
        guard isBetweenRequests, !isAwaited else { return }
        isAwaited = true
        if unanswered == 0 { start(channel) }
    }

    private func start(_ channel: any Channel) {
        timer = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    private func stop() {
        timer?.cancel()
        timer = nil
    }

    /// Sees the bytes of requests before the decoder does: what TLS needs for itself it has taken out.
    private final class FirstByte: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let deadline: HeadDeadline

        init(deadline: HeadDeadline) { self.deadline = deadline }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            deadline.sawBytes(context.channel)
            context.fireChannelRead(data)
        }
    }
}
