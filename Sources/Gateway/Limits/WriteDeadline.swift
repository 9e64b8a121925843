import Glibc
import NIOCore
import NIOHTTPTypes

/// Cuts a connection whose reader takes too little: when what waits to be sent to it has stayed above the channel's
/// low water mark (32 KiB) for so long.
///
/// `@unchecked Sendable`: a handler is used on its channel's event loop alone.
final class WriteDeadline: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private let limit: TimeAmount
    private var timer: Scheduled<Void>?

    init(_ limit: Duration) { self.limit = TimeAmount(limit) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        if !context.channel.isWritable {
            let channel = context.channel
            timer = channel.eventLoop.scheduleTask(in: limit) { Self.reset(channel) }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    /// Closes with a reset, so that neither kernel keeps what nobody will read.
    private static func reset(_ channel: any Channel) {
        let now = linger(l_onoff: 1, l_linger: 0)
        guard let socket = channel as? any SocketOptionProvider else { return channel.close(promise: nil) }
        socket.unsafeSetSocketOption(level: .socket, name: .so_linger, value: now).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}
