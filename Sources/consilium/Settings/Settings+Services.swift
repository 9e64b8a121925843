import Gateway
import Identity
import Matching
import Messaging
import Outbox
import Postgres
import Scheduling

extension Settings {
    /// Every service over one database.
    func services(over database: Database) async throws -> House {
        let vault = try vault()
        let outbox = Outbox(doorbell: Doorbell(database))
        return try await House(
            vault: vault, outbox: outbox,
            identity: Identity(database: database, vault: vault, outbox: outbox, settings: identity()),
            matching: Matching(vault: vault, outbox: outbox, offersLast: offersLast()),
            scheduler: Scheduler(
                vault: vault, outbox: outbox, database: database, rooms: rooms(),
                allowsPlainFeeds: boolean("calendars.private")),
            watch: ThreadWatch(database),
            fileLimit: gateway().uploadLimit)
    }
}
