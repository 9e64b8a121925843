import Clinic
package import Outbox
import Postgres
package import Vault

/// Conditions, the directory of specialists, matches with their reasons, and offers with a deadline.
package struct MatchingService: Sendable {
    let vault: Vault
    let outbox: Outbox
    /// How long a specialist has to answer an offer.
    let offersLast: Duration

    package init(vault: Vault, outbox: Outbox, offersLast: Duration) {
        self.vault = vault
        self.outbox = outbox
        self.offersLast = offersLast
    }
}
