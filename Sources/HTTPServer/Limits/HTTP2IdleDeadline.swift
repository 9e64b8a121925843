import NIOCore

/// Closes an HTTP/2 connection that has had no request for too long: for the time of a head before the first request,
/// and for the idle timeout and that time between two. At the idle timeout, and when the gateway shuts down, the server
/// library sends GOAWAY and a PING (RFC 9113 §6.8), but waits for the answer without a limit.
///
/// It is used on its channel's event loop alone, as are the streams that it counts.
final class HTTP2IdleDeadline: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private let limits: HandshakeDeadline.Limits
    private var streams = 0
    private var isShuttingDown = false
    private var timer: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    init(_ limits: HandshakeDeadline.Limits) { self.limits = limits }

    /// - Returns: the deadline of the connection that a stream belongs to. Nil for a channel that is not a stream of
    ///   HTTP/2: the parent of a connection is the listener, which may live on another event loop.
    static func watching(_ stream: any Channel) -> HTTP2IdleDeadline? {
        guard let connection = stream.parent, connection.eventLoop.inEventLoop else { return nil }
        return try? connection.pipeline.syncOperations.handler(type: HTTP2IdleDeadline.self)
    }

    /// Counts a stream until it closes. Called while the stream is being created.
    func count(_ stream: any Channel) {
        streams += 1
        timer?.cancel()
        stream.closeFuture.assumeIsolated().whenComplete { _ in
            self.streams -= 1
            if self.streams == 0 {
                self.allow(self.isShuttingDown ? self.limits.head : self.limits.idle + self.limits.head)
            }
        }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        allow(limits.head)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isShuttingDown = true
            if streams == 0 { allow(limits.head) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func allow(_ time: TimeAmount) {
        timer?.cancel()
        timer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { self.context?.closeAtOnce() }
    }
}
