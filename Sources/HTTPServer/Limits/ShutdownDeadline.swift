import NIOCore

/// Closes connections that are still in use this long after the gateway was told to shut down. An upload or a download,
/// which can be resumed, could otherwise last as long as its client likes.
///
/// It comes before the server library's handler, which does not pass the event on, and before `WriteDeadline`, which
/// would wait for unsent bytes. On an HTTP/2 connection it comes last. It is used on its channel's event loop alone.
final class ShutdownDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let limit: TimeAmount
    private var timer: Scheduled<Void>?

    init(_ limit: TimeAmount) { self.limit = limit }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, timer == nil {
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { context.closeAtOnce() }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }
}
