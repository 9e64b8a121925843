import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Outbox
import Scheduling
@testable import ServiceAPI
import Testing
import TestSupport
import Vault

@Suite("Calendars over HTTP", .database, .timeLimit(.minutes(5)))
struct CalendarRouteTests {
    static let vault = Vault(.generate())

    private func run(_ body: @Sendable (TestGateway, TestPerson) async throws -> Void) async throws {
        let account = try await Seed.account(Self.vault)
        let person = TestPerson(token: "c-\(account)", caller: Seed.caller(account))
        let scheduler = Scheduler(
            vault: Self.vault, outbox: Outbox(), database: TestDatabase.current.app,
            rooms: await VideoRooms(
                form: .jitsi, url: "https://rooms.example.org", app: "consilium", secret: Array(repeating: 1, count: 32)
            ), allowsPlainFeeds: false)
        try await TestGateway.with(calendarFeedRoutes(scheduler), people: [person]) { try await body($0, person) }
    }

    @Test("A feed is fetched without signing in, and again only when it changed; no log line has its secret")
    func fetches() async throws {
        try await run { gateway, person in
            let made = try await gateway.send(.post, "/v1/me/calendar-feeds", as: person)
            #expect(made.status == 201)
            let path = try #require(made.json["path"]?.asString)
            let feed = try await gateway.send(.get, path)
            #expect(feed.status == 200 && feed.text.hasPrefix("BEGIN:VCALENDAR\r\n"))
            #expect(feed.header("Content-Type") == "text/calendar; charset=utf-8")
            #expect(feed.header("Cache-Control") == "private, no-cache")
            let tag = try #require(feed.header("ETag"))
            for known in [tag, "W/\(tag)", "\"x\", \(tag)"] {
                let again = try await gateway.send(.get, path, headers: ["If-None-Match": known])
                #expect(again.status == 304 && again.text.isEmpty && again.header("ETag") == tag)
            }
            let other = try await gateway.send(.get, path, headers: ["If-None-Match": "\"x\""])
            #expect(other.status == 200)
            let head = try await gateway.send(.head, path)
            #expect(head.status == 200 && head.text.isEmpty)

            let token = try #require(path.split(separator: "/").last?.dropLast(".ics".count))
            #expect(!gateway.log.lines.contains { $0.contains(token) })
            #expect(gateway.log.lines.contains { $0.contains("/v1/calendars/{token}.ics") })
        }
    }

    @Test("Unknown, revoked and malformed secrets are answered alike")
    func alike() async throws {
        try await run { gateway, person in
            let made = try await gateway.send(.post, "/v1/me/calendar-feeds", as: person)
            let (id, path) = (try #require(made.json["id"]?.asString), try #require(made.json["path"]?.asString))
            #expect(try await gateway.send(.delete, "/v1/me/calendar-feeds/\(id)", as: person).status == 204)
            let secrets = [
                path, "/v1/calendars/\(Vault.newToken()).ics", "/v1/calendars/x.ics", "/v1/calendars/%00.ics",
                "/v1/calendars/\(String(repeating: "a", count: 2000)).ics", "/v1/calendars/%F0%9F%93%85.ics",
            ]
            var replies: Set<String> = []
            for secret in secrets {
                let reply = try await gateway.send(.get, secret)
                #expect(reply.status == 404 && reply.problem == "not-found")
                let request = try #require(reply.json["requestId"]?.asString)
                replies.insert(reply.text.replacing(request, with: "id"))
            }
            #expect(replies.count == 1)
        }
    }

    @Test("The rate of an address holds for the feeds as for every public route")
    func limits() async throws {
        let account = try await Seed.account(Self.vault)
        let scheduler = Scheduler(
            vault: Self.vault, outbox: Outbox(), database: TestDatabase.current.app,
            rooms: await VideoRooms(
                form: .jitsi, url: "https://rooms.example.org", app: "consilium", secret: Array(repeating: 1, count: 32)
            ), allowsPlainFeeds: false)
        let person = TestPerson(token: "l-\(account)", caller: Seed.caller(account))
        try await TestGateway.with(
            calendarFeedRoutes(scheduler), people: [person],
            settings: { settings in
                settings.publicRate = .init(capacity: 10, perSecond: 0.01)
                settings.trustedProxies = ["127.0.0.1"]
            }
        ) { gateway in
            var statuses: [Int] = []
            for _ in 0..<12 {
                let reply = try await gateway.send(
                    .get, "/v1/calendars/\(Vault.newToken()).ics", headers: ["X-Forwarded-For": "192.0.2.77"])
                statuses.append(reply.status)
            }
            #expect(statuses == Array(repeating: 404, count: 10) + [429, 429])
        }
    }
}
