import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Cuts a connection whose request head does not arrive whole in time: counted from the connection's opening, and then
/// from the first byte of each further request. A client that sends a byte now and then is never idle, so the timeout
/// on silence does not see it.
///
/// It stands behind the HTTP decoder, where a head is seen when it is whole, and puts `FirstByte` before it.
/// `@unchecked Sendable`: a handler is used on its channel's event loop alone.
final class HeadDeadline: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private let limit: TimeAmount
    private var timer: Scheduled<Void>?
    /// Whether the part that comes next begins a request.
    private var isBetweenRequests = true

    init(_ limit: Duration) { self.limit = TimeAmount(limit) }

    func handlerAdded(context: ChannelHandlerContext) {
        start(context.channel)
        do {
            try context.pipeline.syncOperations.addHandler(FirstByte(deadline: self), position: .first)
        } catch {
            context.fireErrorCaught(error)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            isBetweenRequests = false
            stop()
        case .body: break
        case .end: isBetweenRequests = true
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    fileprivate func sawBytes(_ channel: any Channel) {
        if isBetweenRequests, timer == nil { start(channel) }
    }

    private func start(_ channel: any Channel) {
        timer = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    private func stop() {
        timer?.cancel()
        timer = nil
    }

    /// Sees the bytes before the decoder does.
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
