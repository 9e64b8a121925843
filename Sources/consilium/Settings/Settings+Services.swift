import Cases
import Gateway
import HTTPServer
import Identity
import Matching
import Messaging
import Outbox
import Postgres
import Scheduling
import ServiceAPI

extension Settings {
    /// Every service over one database.
    func services(over database: Database) async throws -> Services {
        let vault = try vault()
        let outbox = Outbox(notifier: JobNotifier(database))
        return try await Services(
            vault: vault, outbox: outbox,
            identity: IdentityService(database: database, vault: vault, outbox: outbox, settings: identity()),
            cases: CaseService(vault: vault, outbox: outbox, fileLimit: gateway().uploadLimit),
            matching: MatchingService(vault: vault, outbox: outbox, offersLast: offersLast()),
            scheduler: Scheduler(
                vault: vault, outbox: outbox, database: database, rooms: rooms(),
                allowsPlainFeeds: boolean("calendars.private")),
            notifier: ThreadNotifier(database))
    }
}
