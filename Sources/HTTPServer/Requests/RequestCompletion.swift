import Clinic
import HTTPTypes
import Logging
import Synchronization

/// The end of a request: counted out, measured and logged, once, when its connection has taken the reply, but for what
/// the channel buffers, or broke.
final class RequestCompletion: Sendable {
    private let metadata: RequestMetadata
    private let status: Int
    private let started: ContinuousClock.Instant
    private let meters: GatewayMeters
    /// Its place among the requests in flight; nil when it got none.
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
        var told: Logger.Metadata = [
            "method": .string(metadata.method.rawValue), "route": .string(metadata.route),
            "status": .stringConvertible(status),
            "ms": .stringConvertible((milliseconds * 100).rounded() / 100),
        ]
        if let refused = metadata.refused { told["refused"] = .string(refused) }
        if let caller = metadata.caller { told["account"] = .stringConvertible(caller) }
        metadata.logger.info("request", metadata: told)
    }
}
