import NIOCore

/// Cuts an HTTP/2 connection on which no request has been under way for too long: in the time of a head before the
/// first, and beyond the idle timeout between two. At the idle timeout, and when the gateway leaves, the server library
/// says goodbye and asks for a sign of life (RFC 9113 §6.8), but waits for it without end.
///
/// It lives on its channel's event loop alone, and so do the streams that tell it of themselves.
final class HTTP2IdleDeadline: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private let limits: HandshakeDeadline.Limits
    private var streams = 0
    private var isLeaving = false
    private var timer: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    init(_ limits: HandshakeDeadline.Limits) { self.limits = limits }

    /// - Returns: the deadline of the connection that a stream is of. Nil for a channel that is no stream of HTTP/2: the
    ///   parent of a connection is the listener, which may live on another event loop.
    static func watching(_ stream: any Channel) -> HTTP2IdleDeadline? {
        guard let connection = stream.parent, connection.eventLoop.inEventLoop else { return nil }
        return try? connection.pipeline.syncOperations.handler(type: HTTP2IdleDeadline.self)
    }

    /// Counts a stream in, and out when it closes. Called while the stream is made.
    func count(_ stream: any Channel) {
        streams += 1
        timer?.cancel()
        stream.closeFuture.assumeIsolated().whenComplete { _ in
            self.streams -= 1
            if self.streams == 0 { self.allow(self.isLeaving ? self.limits.head : self.limits.idle + self.limits.head) }
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
            isLeaving = true
            if streams == 0 { allow(limits.head) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func allow(_ time: TimeAmount) {
        timer?.cancel()
        timer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { self.context?.cut() }
    }
}
