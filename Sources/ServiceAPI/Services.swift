package import Cases
import HTTPServer
package import Identity
package import Matching
package import Messaging
package import Notifications
package import Outbox
package import Postgres
package import Scheduling
package import Vault

/// Every service, as the entry points over HTTP use them.
package struct Services: Sendable {
    package let vault: Vault
    package let outbox: Outbox
    package let identity: IdentityService
    package let cases: CaseService
    package let matching: MatchingService
    package let scheduler: Scheduler
    package let messenger: Messenger
    /// Wakes the event streams. Run it as long as the gateway serves.
    package let notifier: ThreadNotifier
    package let notifications = NotificationService()

    package init(
        vault: Vault, outbox: Outbox, identity: IdentityService, cases: CaseService, matching: MatchingService,
        scheduler: Scheduler, notifier: ThreadNotifier
    ) {
        self.vault = vault
        self.outbox = outbox
        self.identity = identity
        self.cases = cases
        self.matching = matching
        self.scheduler = scheduler
        self.notifier = notifier
        messenger = Messenger(vault: vault, outbox: outbox, notifier: notifier)
    }

    /// The statements that a new connection runs before it is used, so that the first request is as fast as the others:
    /// the first statements of the most frequent requests.
    package static var warmUp: [SQL] {
        Sessions.warmUp + GatewayServer.warmUp + AuditReads.warmUp + Scheduler.warmUp
            + Messenger.warmUp + [Scheduler.bookingWarmUp]
    }
}
