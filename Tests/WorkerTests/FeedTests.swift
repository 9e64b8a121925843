import Clinic
import FoundationEssentials
import Outbox
import Postgres
import Scheduling
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Worker

@Suite("A feed is fetched", .database)
struct FeedTests {
    private static let empty = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"

    private func fetch(
        _ url: String, known: CalendarImport.Version? = nil, allowsPrivate: Bool = true, sizeLimit: Int = 100_000,
        deadline: Duration = .seconds(20)
    ) async throws -> FeedFetcher.Found {
        var fetcher = FeedFetcher(allowsPrivate: allowsPrivate)
        fetcher.sizeLimit = sizeLimit
        fetcher.deadline = deadline
        return try await fetcher.fetch(try #require(FeedURL(url)), known: known)
    }

    private func word(_ body: () async throws -> FeedFetcher.Found) async -> String {
        do {
            return "\(try await body())"
        } catch let failure as FeedFailure {
            return failure.word
        } catch {
            return "\(type(of: error))"
        }
    }

    @Test("whole, and then only when there is another version")
    func conditionally() async throws {
        let server = try FeedServer { request in
            request.headers["if-none-match"] == "\"7\"" && request.headers["if-modified-since"] == "Monday"
                ? .reply(304)
                : .reply(200, headers: ["ETag": "\"7\"", "Last-Modified": "Monday"], body: Self.empty)
        }
        defer { server.stop() }
        let found = try await fetch(server.url("/a.ics?x=1"))
        let version = CalendarImport.Version(tag: "\"7\"", modified: "Monday")
        #expect(found == .document(Array(Self.empty.utf8), version))
        #expect(try await fetch(server.url("/a.ics"), known: version) == .unchanged)
        #expect(server.requests.map(\.path) == ["/a.ics?x=1", "/a.ics"])
        #expect(server.requests[0].headers["if-none-match"] == nil)
        #expect(server.requests[0].headers["host"] == "127.0.0.1:\(server.port)")
    }

    @Test("where it has moved to, some moves long, and each place is looked at anew")
    func redirects() async throws {
        let server = try FeedServer { request in
            switch request.path {
            case "/a": .reply(301, headers: ["Location": "/b?c=d"])
            case "/b?c=d": .reply(307, headers: ["Location": "c"])
            case "/c": .reply(200, body: Self.empty)
            case "/loop": .reply(302, headers: ["Location": "/loop"])
            case "/file": .reply(302, headers: ["Location": "file:///etc/passwd"])
            case "/inside": .reply(302, headers: ["Location": "http://[::1]:9/"])
            default: .reply(302)
            }
        }
        defer { server.stop() }
        guard case .document = try await fetch(server.url("/a")) else { return #expect(Bool(false), "not found") }
        #expect(await word { try await fetch(server.url("/loop")) } == "redirects")
        #expect(await word { try await fetch(server.url("/file")) } == "bad_redirect")
        #expect(await word { try await fetch(server.url("/nowhere")) } == "bad_redirect")
        #expect(await word { try await fetch(server.url("/inside")) } == "unreachable")
    }

    @Test("never from a private address, by whatever name, nor without TLS, unless that is allowed")
    func privately() async throws {
        let server = try FeedServer { _ in .reply(200, body: Self.empty) }
        defer { server.stop() }
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433"] {
            let url = "https://\(host):\(server.port)/a.ics"
            #expect(await word { try await fetch(url, allowsPrivate: false) } == "private_address", "\(host)")
        }
        #expect(await word { try await fetch(server.url("/"), allowsPrivate: false) } == "not_https")
        #expect(server.requests.isEmpty)
        // Control: where it is allowed the same server is reached.
        guard case .document = try await fetch(server.url("/", host: "localhost")) else {
            return #expect(Bool(false), "not reached")
        }
    }

    @Test(
        "An address is public or it is not",
        arguments: [
            ("8.8.8.8", true), ("172.15.0.1", true), ("100.128.0.1", true), ("10.1.2.3", false), ("172.16.0.1", false),
            ("172.31.255.255", false), ("192.168.1.1", false), ("169.254.169.254", false), ("100.64.0.1", false),
            ("0.0.0.0", false), ("127.9.9.9", false), ("224.0.0.1", false), ("255.255.255.255", false),
            ("198.18.0.1", false), ("2606:4700::1111", true), ("::1", false), ("::", false), ("fe80::1", false),
            ("fc00::1", false), ("ff02::1", false), ("64:ff9b::a00:1", false), ("::ffff:10.0.0.1", false),
            ("::ffff:8.8.8.8", true), ("2002:0a00:0001::1", false), ("2001:db8::1", false), ("2001::1", false),
        ])
    func addresses(text: String, isPublic: Bool) async throws {
        let word = await word {
            _ = try await FeedFetcher.address(of: text, false)
            return .unchanged
        }
        #expect(word == (isPublic ? "unchanged" : "private_address"))
    }

    @Test("with an end to what is slow or silent or has no end", .timeLimit(.minutes(10)))
    func limits() async throws {
        let server = try FeedServer { request in
            switch request.path {
            case "/drip": .drip
            case "/flood": .flood
            case "/silence": .silence
            case "/long": .reply(200, body: String(repeating: "x", count: 200_000))
            default: .reply(404)
            }
        }
        defer { server.stop() }
        for path in ["/drip", "/silence"] {
            let start = ContinuousClock.now
            #expect(await word { try await fetch(server.url(path), deadline: .milliseconds(700)) } == "timeout")
            #expect(ContinuousClock.now - start < .seconds(8))
        }
        #expect(await word { try await fetch(server.url("/flood")) } == "too_large")
        #expect(await word { try await fetch(server.url("/long")) } == "too_large")
        #expect(await word { try await fetch(server.url("/gone")) } == "status_404")
        let port = server.port
        server.stop()
        #expect(await word { try await fetch("http://127.0.0.1:\(port)/") } == "unreachable")
        #expect(await word { try await fetch("http://no-such-host.invalid/") } == "unreachable")
    }

    /// A specialist of a vault with one calendar at an address.
    private func linked(_ vault: Vault, _ url: String) async throws -> (Scheduler, Caller, LinkedCalendarID) {
        let specialist = try await Seed.specialist(vault)
        let caller = Seed.caller(specialist, roles: [.specialist])
        let scheduler = Scheduler(
            vault: vault, outbox: Outbox(), database: TestDatabase.current.app,
            rooms: await VideoRooms(url: "https://rooms.example.org", secret: Array(repeating: 1, count: 32)),
            allowsPlainFeeds: true)
        let linked = try await TestDatabase.current.app.withTransaction(as: caller.actor) {
            try await scheduler.linkCalendar(LinkRequest(url: url), of: specialist, by: caller, in: $0)
        }
        return (scheduler, caller, linked.id)
    }

    @Test("and blocks openings within a poll; garbage leaves them as they were, and says so")
    func polls() async throws {
        let vault = Vault(.generate())
        let documents = Documents()
        let server = try FeedServer { _ in documents.next() }
        defer { server.stop() }
        let (scheduler, caller, id) = try await linked(vault, server.url("/x.ics"))
        let database = TestDatabase.current.worker
        let polling = CalendarPolling(
            database: database, calendars: CalendarImport(vault: vault, outbox: Outbox(), pause: .seconds(900)),
            fetcher: FeedFetcher(allowsPrivate: true))
        func poll() async throws -> LinkedCalendar {
            try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                try await tx.execute(
                    "UPDATE consilium.calendar_poll SET poll_at = '-infinity' WHERE calendar_id = \(id)")
            }
            try await polling.run()
            return try #require(
                try await TestDatabase.current.app.withTransaction(as: caller.actor) {
                    try await scheduler.linkedCalendars(of: caller.account, by: caller, in: $0)
                }.first)
        }
        func first() async throws -> Date? {
            let from = Date(timeIntervalSinceNow: 4 * 86_400)
            return try await TestDatabase.current.app.withTransaction(as: caller.actor) {
                try await scheduler.openings(
                    OpeningSearch(specialists: [caller.account], from: from, limit: 1), by: caller, in: $0)
            }.first?.startsAt
        }
        let free = try #require(try await first())
        documents.put(.reply(200, headers: ["ETag": "\"1\""], body: Self.document(free)))
        let read = try await poll()
        #expect(read.state == .current && read.busyTimes == 1 && read.problem == nil)
        let later = try #require(try await first())
        #expect(later > free)
        documents.put(.reply(304))
        #expect(try await poll().state == .current)
        for (answer, problem) in [
            (FeedServer.Answer.reply(200, body: "<html>Sign in</html>"), "not_a_calendar"),
            (.reply(200, body: String(Self.document(free).dropLast(30))), "not_a_calendar"),
            (.reply(500), "status_500"),
        ] {
            documents.put(answer)
            let status = try await poll()
            #expect(status.state == .failing && status.problem == problem && status.busyTimes == 1)
            #expect(try await first() == later)
        }
        documents.put(.reply(200, body: Self.empty))
        #expect(try await poll().busyTimes == 0)
        #expect(try await first() == free)
    }

    /// What a server answers next.
    private final class Documents: Sendable {
        private let answer = Mutex(FeedServer.Answer.silence)
        func put(_ next: FeedServer.Answer) { answer.withLock { $0 = next } }
        func next() -> FeedServer.Answer { answer.withLock { $0 } }
    }

    private static func document(_ start: Date) -> String {
        func basic(_ date: Date) -> String {
            date.ISO8601Format().replacing("-", with: "").replacing(":", with: "")
        }
        return """
            BEGIN:VCALENDAR\r
            VERSION:2.0\r
            BEGIN:VEVENT\r
            UID:x\r
            DTSTART:\(basic(start))\r
            DTEND:\(basic(start.addingTimeInterval(3600)))\r
            SUMMARY:Nobody's business\r
            END:VEVENT\r
            END:VCALENDAR\r

            """
    }
}
