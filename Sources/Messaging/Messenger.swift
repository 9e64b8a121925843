package import Outbox
package import Vault

/// The conversations of a case: messages in a gapless sequence, the participants' read marks, and the live stream of
/// both.
///
/// Who may read a message is decided by the policy `app_select_reader` of the table `message`. The functions here read as
/// the caller and ask nothing beside it.
package struct Messenger: Sendable {
    let vault: Vault
    let outbox: Outbox
    /// Is notified after each commit that a stream may have to show.
    package let notifier: ThreadNotifier

    package init(vault: Vault, outbox: Outbox, notifier: ThreadNotifier) {
        self.vault = vault
        self.outbox = outbox
        self.notifier = notifier
    }

    /// What every reader of a thread is told, because nobody watches it around the clock.
    package static let emergencyNotice =
        "Messages are not for emergencies. If you may be in danger, call your local emergency number."
}
