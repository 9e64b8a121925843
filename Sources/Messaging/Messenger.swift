package import Outbox
package import Vault

/// The conversations of a case: messages in a gapless sequence, how far each has read, and the live stream of both.
package struct Messenger: Sendable {
    let vault: Vault
    let outbox: Outbox
    /// Told after each commit that somebody who watches may want to see.
    package let watch: ThreadNotifier

    package init(vault: Vault, outbox: Outbox, watch: ThreadNotifier) {
        self.vault = vault
        self.outbox = outbox
        self.watch = watch
    }

    /// What every reader of a thread is told: it is not watched around the clock.
    package static let emergencyNotice =
        "Messages are not for emergencies. If you may be in danger, call your local emergency number."
}
