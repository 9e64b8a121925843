import Cases
import Clinic
@testable import HTTPServer
import Identity
@testable import JSON
import Matching
import Messaging
import Outbox
import Postgres
import Scheduling
@testable import ServiceAPI
import TestSupport
import Vault

@testable import Gateway

/// The whole service over the suite's database, put together as the executable does.
struct TestServices: Sendable {
    let all: Services
    let vault: Vault
    let database: Database

    static func make(
        vault: Vault = Vault(.generate()), database: Database = TestDatabase.current.app
    ) async throws -> TestServices {
        let outbox = Outbox()
        let rooms = await VideoRooms(
            form: .jitsi, url: "https://rooms.example.org", app: "consilium", secret: Array(repeating: 1, count: 32))
        var identity = IdentitySettings(
            blocklist: PasswordBlocklist(["correct horse battery staple"]), requireSecondFactorForStaff: false)
        identity.scrypt = ScryptCost(checking: 4, 1, 1) ?? .standard
        let all = Services(
            vault: vault, outbox: outbox,
            identity: IdentityService(database: database, vault: vault, outbox: outbox, settings: identity),
            cases: CaseService(vault: vault, outbox: outbox, fileLimit: GatewaySettings().uploadLimit),
            matching: MatchingService(vault: vault, outbox: outbox, offersLast: .seconds(86_400)),
            scheduler: Scheduler(
                vault: vault, outbox: outbox, database: database, rooms: rooms, allowsPlainFeeds: false),
            notifier: ThreadNotifier(database))
        return TestServices(all: all, vault: vault, database: database)
    }

    /// Somebody who may call every route.
    func everybody() async throws -> TestPerson {
        let id = try await Seed.account(vault, roles: Role.allCases)
        let caller = Caller(
            account: id, session: .random(), roles: Set(Role.allCases), showedSecondFactor: true, provedLately: true)
        return TestPerson(token: "all-\(id)", caller: caller)
    }

    /// Runs a gateway over all routes, with limits that no test reaches.
    func run(people: [TestPerson] = [], _ body: @Sendable (TestGateway) async throws -> Void) async throws {
        try await run(people: people, identity: nil, body)
    }

    /// As the executable does: who signs in over a route has a session, and what is read is in the audit log. These
    /// people have sessions from the start.
    func open(to people: [TestPerson], _ body: @Sendable (TestGateway) async throws -> Void) async throws {
        try await run(people: people, identity: identity(of: people), body)
    }

    /// Who a token stands for: one of these people, or whoever signed in over a route.
    func identity(of people: [TestPerson]) -> Authenticator {
        let callers = Dictionary(uniqueKeysWithValues: people.map { ($0.token, $0.caller) })
        let authenticator = Authenticator(all.identity)
        return Authenticator(
            resolve: { token, isActivity in
                if let caller = callers[token] { return caller }
                return try await authenticator.resolve(token, isActivity)
            }, locate: authenticator.locate, record: authenticator.record,
            // These people's sessions are in no table.
            ended: { held in
                try await authenticator.ended(held).filter { ended in
                    !callers.values.contains { $0.session == ended.session }
                }
            })
    }

    private func run(
        people: [TestPerson], identity: Authenticator?, _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        try await TestGateway.with(
            all.endpoints, people: people,
            settings: {
                $0.accountRate = .init(capacity: 100_000, perSecond: 100_000)
                $0.handlerDeadline = .seconds(60)
            }, database: database,
            identity: identity, body)
    }
}
