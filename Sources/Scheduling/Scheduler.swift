package import Outbox
package import Postgres
package import Vault

/// Everything about time: a specialist's availability, openings, holds, appointments, and joining them.
///
/// All calendars are written by one rule (P1): lock the party's calendar, then the specialists'; read the clock; look;
/// write. Each is a statement of its own. The exclusion constraint on `busy` refuses whatever breaks the rule.
package struct Scheduler: Sendable {
    let vault: Vault
    let outbox: Outbox
    let database: Database
    let rooms: VideoRooms
    let allowsPlainFeeds: Bool

    /// - Parameters:
    ///   - database: where a refused lane check is stored, which must outlive the transaction that it refused.
    ///   - allowsPlainFeeds: whether a calendar may be linked over plain HTTP and at a private address, as on the
    ///     operator's own network.
    package init(
        vault: Vault, outbox: Outbox, database: Database, rooms: VideoRooms, allowsPlainFeeds: Bool
    ) {
        self.vault = vault
        self.outbox = outbox
        self.database = database
        self.rooms = rooms
        self.allowsPlainFeeds = allowsPlainFeeds
    }
}
