import Glibc
import NIOCore
import NIOHTTPTypes

/// Closes a connection whose client reads too slowly: its unsent bytes have stayed above the channel's low water mark
/// for this long. An orderly close, as after the last reply when the gateway shuts down, waits for as long until that
/// reply has been sent, because closing drops unsent bytes.
///
/// `@unchecked Sendable`: a handler is used on its channel's event loop alone.
final class WriteDeadline: ChannelDuplexHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limit: TimeAmount
    private var timer: Scheduled<Void>?
    /// Replies that are written completely but not sent yet.
    private var unsent = 0
    /// The promise of a close that waits until they are sent.
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

    /// Restarts the timer if bytes or a close wait for the client.
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
        guard let socket = context.channel as? any SocketOptionProvider else { return context.closeAtOnce() }
        socket.unsafeSetSocketOption(level: .socket, name: .so_linger, value: now).assumeIsolated()
            .whenComplete { _ in context.closeAtOnce() }
    }
}
