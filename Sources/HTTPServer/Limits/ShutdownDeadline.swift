import NIOCore

/// Cuts what is still under way so long after the gateway was told to leave: an upload or a download, which can be taken
/// up again, may otherwise last for as long as its client likes.
///
/// It stands before the server library's handler, which takes the word to leave and passes nothing on, and before
/// `WriteDeadline`, which would wait for what is not sent; on an HTTP/2 connection it stands last. It lives on its
/// channel's event loop alone.
final class ShutdownDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let limit: TimeAmount
    private var timer: Scheduled<Void>?

    init(_ limit: TimeAmount) { self.limit = limit }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, timer == nil {
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { context.cut() }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }
}
