import Clinic
import HummingbirdCore
import Logging
import NIOCore

/// Connections within their limit: one that is too many is closed before a byte of it is read, so that none is left to
/// be accepted without a file descriptor, which the database needs as well.
struct BoundedChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let limiter: ConcurrencyLimiter
    let proxies: TrustedProxies
    let meters: GatewayMeters

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        do {
            let permit = try limiter.take(network: network(of: channel))
            channel.closeFuture.whenComplete { _ in permit.release() }
            return base.setup(channel: channel, logger: logger)
        } catch {
            meters.refuse(.connections, error)
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    func handle(value: Base.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }

    /// Whose it is; a trusted proxy's are of many.
    private func network(of channel: any Channel) -> [UInt8]? {
        guard let address = channel.remoteAddress?.ipAddress, !proxies.isTrusted(address) else { return nil }
        return ClientNetwork(address: address).bytes
    }
}
