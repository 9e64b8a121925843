import HTTPServer
package import Identity
package import Matching
package import Messaging
import Notifications
package import Outbox
package import Postgres
package import Scheduling
package import Vault

/// Every service, as the entry points over HTTP use them.
package struct Services: Sendable {
    package let vault: Vault
    package let outbox: Outbox
    package let identity: Identity
    package let matching: Matching
    package let scheduler: Scheduler
    package let messenger: Messenger
    /// What wakes the event streams: to be run for as long as the gateway serves.
    package let watch: ThreadNotifier
    /// Bytes of an uploaded file.
    package let fileLimit: Int

    package init(
        vault: Vault, outbox: Outbox, identity: Identity, matching: Matching, scheduler: Scheduler,
        watch: ThreadNotifier, fileLimit: Int
    ) {
        self.vault = vault
        self.outbox = outbox
        self.identity = identity
        self.matching = matching
        self.scheduler = scheduler
        self.watch = watch
        messenger = Messenger(vault: vault, outbox: outbox, watch: watch)
        self.fileLimit = fileLimit
    }

    /// What a new connection runs before it is used, so that the first request is as fast as the others: of the most
    /// usual requests, what they ask first.
    package static var warmUp: [SQL] {
        Sessions.warmUp + Gateway.warmUp + AuditReads.warmUp + Scheduler.warmUp
            + Messenger.warmUp + [Scheduler.rehearsal]
    }
}
