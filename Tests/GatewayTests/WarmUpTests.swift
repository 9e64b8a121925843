import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
import Identity
@testable import JSON
import Messaging
import Outbox
import Postgres
import Scheduling
@testable import ServiceAPI
import Testing
import TestSupport
import Vault

@Suite("A gateway that has just started", .database, .serialized, .timeLimit(.minutes(5)))
struct WarmUpTests {
    private func pool(_ connections: Int) -> Database {
        var settings = TestDatabase.current.app.settings
        settings.connections = connections
        return Database(settings, logger: TestDatabase.current.logger)
    }

    @Test("What it runs to warm up is right, and changes nothing")
    func statements() async throws {
        for statement in Services.warmUp {
            await #expect(throws: TakenBack.self, "\(statement.text)") {
                try await TestDatabase.current.app.withTransaction(as: Actor(UUID())) { tx in
                    try await tx.execute(statement)
                    throw TakenBack()
                }
            }
        }
    }

    private struct TakenBack: Error {}

    @Test("It is ready once every connection is open and knows the usual statements")
    func fills() async throws {
        let database = pool(4)
        try await TestGateway.with(testEndpoints(), database: database, warmUp: Services.warmUp) { gateway in
            var said: Set<String> = []
            try await wait(for: "readiness") {
                said.insert(try await gateway.ops("/health/ready").text)
                return said.contains("ready\n")
            }
            #expect(said.isSubset(of: ["warming up\n", "ready\n"]))
            #expect(database.load.open == 4)
            // All at once, so that each is another connection.
            let known = try await everyConnection(of: database, 4)
            #expect(known.allSatisfy { $0.isSuperset(of: Services.warmUp.map(\.text)) })
        }
        await database.close()
    }

    private func everyConnection(of database: Database, _ count: Int, and known: [Set<String>] = []) async throws
        -> [Set<String>]
    {
        if known.count == count { return known }
        return try await database.withTransaction(as: .nobody) { tx in
            let here = try await Set(
                tx.query("SELECT statement FROM pg_prepared_statements").map { try $0.decode(String.self) })
            return try await everyConnection(of: database, count, and: known + [here])
        }
    }

    @Test("A connection that is opened later is warm as well")
    func later() async throws {
        let database = pool(1)
        await database.warmUp(by: Services.warmUp, patience: .seconds(10))
        let pid = try await database.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT pg_backend_pid()")?.decode(Int32.self) ?? 0
        }
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) { session in
            _ = try await session.query("SELECT pg_terminate_backend(\(pid)::int, 5000)")
        }
        try await wait(for: "the connection to close") { database.load.open == 0 }
        let known = try await everyConnection(of: database, 1)
        #expect(known[0].isSuperset(of: Services.warmUp.map(\.text)))
        await database.close()
    }

    @Test("A database that is not there, or that gives fewer connections, keeps it from being ready for a while alone")
    func isBounded() async throws {
        let nowhere = Database(
            .init(conninfo: "host=/nonexistent dbname=none", waitDeadline: .seconds(1)),
            logger: TestDatabase.current.logger)
        await nowhere.warmUp(by: Services.warmUp, patience: .milliseconds(300))
        #expect(nowhere.load.open == 0)
        await nowhere.close()
    }

    @Test("Each of the statements is one that a session, a booking or a message sends: none has been left behind")
    func areThoseThatAreSent() async throws {
        let vault = Vault(.generate())
        let database = pool(1)
        await database.warmUp(by: Services.warmUp, patience: .seconds(10))
        let specialist = try await Seed.specialist(vault, licensedIn: ["US-OH"])
        let patient = try await Seed.account(vault)
        let id = try await Seed.acceptedCase(of: patient, with: specialist, vault)
        let outbox = Outbox()
        let scheduler = Scheduler(
            vault: vault, outbox: outbox, database: database,
            rooms: await VideoRooms(
                form: .jitsi, url: "https://rooms.example.org", app: "consilium", secret: Array(repeating: 1, count: 32)
            ), allowsPlainFeeds: false)
        let messenger = Messenger(vault: vault, outbox: outbox, notifier: ThreadNotifier(database))
        let identity = IdentityService(
            database: database, vault: vault, outbox: outbox,
            settings: IdentitySettings(blocklist: PasswordBlocklist([]), requireSecondFactorForStaff: false))
        let authenticator = Authenticator(identity)
        let person = TestPerson(token: "p-\(patient)", caller: Seed.caller(patient))
        let endpoints =
            openingRoutes(scheduler) + holdRoutes(scheduler) + appointmentRoutes(scheduler) + messageRoutes(messenger)
        let resolve: @Sendable (String, Bool) async throws -> Caller? = { token, isActivity in
            let unknown = try await authenticator.resolve(token, isActivity)
            return unknown ?? person.caller
        }
        try await TestGateway.with(
            endpoints, database: database,
            identity: Authenticator(resolve: resolve, record: authenticator.record, ended: { _ in [] })
        ) { gateway in
            let from = RFC3339.format(Date(timeIntervalSinceNow: 3 * 86_400))
            let openings = try await gateway.send(.get, "/v1/openings?case=\(id)&from=\(from)", as: person)
            let start = try #require(openings.json["openings"]?.firstElement?["startsAt"]?.asString)
            let hold = try await gateway.send(
                .post, "/v1/holds", as: person,
                json: #"{"case":"\#(id)","startsAt":"\#(start)","visitType":"consult-45"}"#,
                headers: ["Idempotency-Key": "warm"])
            let token = try #require(hold.json["token"]?.asString)
            let held = try #require(hold.json["id"]?.asString)
            let booked = try await gateway.send(
                .post, "/v1/appointments", as: person, json: #"{"hold":"\#(held)","token":"\#(token)"}"#)
            #expect(booked.status == 201)
            // The key's row was written by the first; to read it is the second's.
            let again = try await gateway.send(
                .post, "/v1/holds", as: person,
                json: #"{"case":"\#(id)","startsAt":"\#(start)","visitType":"consult-45"}"#,
                headers: ["Idempotency-Key": "warm"])
            #expect(again.status == 201)
            for path in ["/v1/appointments", "/v1/appointments/\(booked.json["id"]?.asString ?? "")"] {
                #expect(try await gateway.send(.get, path, as: person).status == 200)
            }
            let posted = try await gateway.send(
                .post, "/v1/cases/\(id)/messages", as: person, json: #"{"text":"Is there news?"}"#)
            #expect(posted.status == 201)
            #expect(try await gateway.send(.get, "/v1/cases/\(id)/messages", as: person).status == 200)
        }
        let uses = try await database.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
                .map { try $0.decode(String.self, Int64.self) }
        }
        let idle = uses.filter { $0.1 < 2 }.map(\.0)
        for statement in Services.warmUp where statement.text != Scheduler.bookingWarmUp.text {
            #expect(!idle.contains(statement.text))
        }
        await database.close()
    }
}
