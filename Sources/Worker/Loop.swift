import Logging
import ServiceLifecycle

/// Something that is done again and again until the worker is told to stop. A round that fails is logged, and the
/// next one tries again.
struct Loop: Sendable {
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

    /// A round that has begun ends before this returns.
    func run() async {
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            do {
                try await round()
            } catch is CancellationError {
                return
            } catch {
                // The type alone: an error from elsewhere may quote what it met.
                logger.warning("a round failed", metadata: ["loop": "\(name)", "type": "\(type(of: error))"])
            }
            // Workers that started together drift apart.
            let pause = pause * Double.random(in: 0.8...1)
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: pause) }
        }
    }
}
