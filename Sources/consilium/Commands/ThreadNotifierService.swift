import Messaging
import ServiceLifecycle

/// What wakes the event streams, as a service.
struct ThreadNotifierService: Service {
    let notifier: ThreadNotifier

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await notifier.run() }
    }
}
