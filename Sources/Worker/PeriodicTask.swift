import Logging
import ServiceLifecycle

/// Work that is repeated until the worker is told to stop. A round that fails is logged, and the next one tries again.
struct PeriodicTask: Sendable {
    private let name: String
    private let pause: Duration
    private let logger: Logger
    private let round: @Sendable () async throws -> Void

    init(_ name: String, every pause: Duration, logger: Logger, round: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.pause = pause
        self.logger = logger
        self.round = round
    }

    /// Returns after the round that is under way.
    func run() async {
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            do {
                try await round()
            } catch is CancellationError {
                return
            } catch {
                // Only the type: the error's text may quote data.
                logger.warning("a periodic task failed", metadata: ["task": "\(name)", "type": "\(type(of: error))"])
            }
            // Workers that started together drift apart.
            let pause = pause * Double.random(in: 0.8...1)
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: pause) }
        }
    }
}
