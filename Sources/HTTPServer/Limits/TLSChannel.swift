import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOSSL

/// HTTPS. Until TLS is agreed and the protocol chosen, the server library has no handler that watches a connection, and
/// on HTTP/2 none that cuts a silent one: this adds both.
struct TLSChannel: ServerChildChannel {
    let base: HTTP2UpgradeChannel
    let limits: HandshakeDeadline.Limits
    let check: PipelineCheck

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP2UpgradeChannel.Value> {
        let ready = base.setup(channel: channel, logger: logger)
        guard let tls = check.require(NIOSSLServerHandler.self, in: channel) else {
            return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        do {
            try channel.pipeline.syncOperations.addHandler(HandshakeDeadline(limits), position: .after(tls))
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return ready
    }

    func handle(value: HTTP2UpgradeChannel.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}

extension ChannelHandlerContext {
    /// Closes at once, past TLS, which would wait for the goodbye of a client that says nothing.
    func cut() {
        let tls = try? pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
        (tls ?? self).close(promise: nil)
    }
}
