import Gateway
import HTTPServer
import Identity
import JSON
import Matching
import Messaging
import Outbox
import Postgres
import Scheduling
import ServiceAPI

extension Settings {
    /// Every service of the house over one database.
    func house(over database: Database) async throws -> Services {
        let vault = try vault()
        let outbox = Outbox(doorbell: JobNotifier(database))
        return try await Services(
            vault: vault, outbox: outbox,
            identity: Identity(database: database, vault: vault, outbox: outbox, settings: identity()),
            matching: Matching(vault: vault, outbox: outbox, offersLast: offersLast()),
            scheduler: Scheduler(
                vault: vault, outbox: outbox, database: database, rooms: rooms(),
                allowsPlainFeeds: boolean("calendars.private")),
            watch: ThreadNotifier(database),
            fileLimit: gateway().uploadLimit)
    }
}
