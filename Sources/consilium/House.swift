import Cases
import Clinic
import Gateway
import Identity
import Matching
import Messaging
import Notifications
import Outbox
import Postgres
import Scheduling
import Vault

/// Every service of the house, over one database, and the routes over them.
struct House: Sendable {
    let vault: Vault
    let outbox: Outbox
    let identity: Identity
    let matching: Matching
    let scheduler: Scheduler

    init(_ settings: Settings, database: Database) async throws {
        vault = try settings.vault()
        outbox = Outbox(doorbell: Doorbell(database))
        identity = try Identity(database: database, vault: vault, outbox: outbox, settings: settings.identity())
        matching = try Matching(vault: vault, outbox: outbox, offersLast: settings.offersLast())
        scheduler = try await Scheduler(vault: vault, outbox: outbox, database: database, rooms: settings.rooms())
    }

    /// What the door needs of Identity.
    var identityDoor: IdentityDoor {
        IdentityDoor(
            resolve: { try await identity.sessions.authenticate($0) },
            record: { try await identity.auditReads.record($0) })
    }

    /// Every route there is.
    var endpoints: [Endpoint] {
        []
    }
}
