import Glibc
import NIOCore
import NIOHTTPTypes

/// Cuts a connection whose reader takes too little: when what waits to be sent to it has stayed above the channel's
/// low water mark for so long. A connection that is closed in good order, as after its last reply when the gateway
/// leaves, is closed when that reply has been sent, within the same time: closing drops what still waits.
///
/// `@unchecked Sendable`: a handler is used on its channel's event loop alone.
final class WriteDeadline: ChannelDuplexHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limit: TimeAmount
    private var timer: Scheduled<Void>?
    /// Replies whose end has been written and not sent.
    private var unsent = 0
    /// Who waits for the channel to close once they are sent.
    private var closing: EventLoopPromise<Void>?

    init(_ limit: Duration) { self.limit = TimeAmount(limit) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        watch(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        let sent = promise ?? context.eventLoop.makePromise()
        unsent += 1
        sent.futureResult.assumeIsolated().whenComplete { _ in
            self.unsent -= 1
            if self.unsent == 0, let closing = self.closing {
                self.timer?.cancel()
                context.close(promise: closing)
            }
        }
        context.write(data, promise: sent)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, unsent > 0 else { return context.close(mode: mode, promise: promise) }
        if let closing {
            closing.futureResult.cascade(to: promise)
        } else {
            closing = promise ?? context.eventLoop.makePromise()
            watch(context)
        }
    }

    /// Starts the time anew, if somebody is to take something.
    private func watch(_ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        if !context.channel.isWritable || closing != nil {
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { Self.reset(context) }
        }
    }

    /// Closes with a reset, so that neither kernel keeps what nobody will read.
    private static func reset(_ context: ChannelHandlerContext) {
        let now = linger(l_onoff: 1, l_linger: 0)
        guard let socket = context.channel as? any SocketOptionProvider else { return context.cut() }
        socket.unsafeSetSocketOption(level: .socket, name: .so_linger, value: now).assumeIsolated()
            .whenComplete { _ in context.cut() }
    }
}
