import Clinic
import HTTPTypes
import Logging
import Synchronization

/// The end of a request. It comes when the connection has taken the reply, apart from what the channel buffers, or has
/// broken. Then the request releases its permit, and is measured and logged, once.
final class RequestCompletion: Sendable {
    private let metadata: RequestMetadata
    private let status: Int
    private let started: ContinuousClock.Instant
    private let meters: GatewayMeters
    /// The permit that counted it among the requests in flight; nil when it got none.
    private let permit: ConcurrencyLimiter.Permit?
    private let isOver = Atomic(false)

    init(
        metadata: RequestMetadata, status: Int, started: ContinuousClock.Instant, meters: GatewayMeters,
        permit: ConcurrencyLimiter.Permit? = nil
    ) {
        self.metadata = metadata
        self.status = status
        self.started = started
        self.meters = meters
        self.permit = permit
    }

    // A response whose head could not be written never runs its body.
    deinit { finish() }

    func finish() {
        guard isOver.exchange(true, ordering: .relaxed) == false else { return }
        permit?.release()
        let duration = ContinuousClock.now - started
        meters.count(route: metadata.index, method: metadata.method, status: status, duration: duration)
        let milliseconds = Double(duration.components.attoseconds) / 1e15 + Double(duration.components.seconds) * 1000
        var fields: Logger.Metadata = [
            "method": .string(metadata.method.rawValue), "route": .string(metadata.route),
            "status": .stringConvertible(status),
            "ms": .stringConvertible((milliseconds * 100).rounded() / 100),
        ]
        if let refused = metadata.refused { fields["refused"] = .string(refused) }
        if let caller = metadata.caller { fields["account"] = .stringConvertible(caller) }
        metadata.logger.info("request", metadata: fields)
    }
}
