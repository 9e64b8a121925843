import Clinic
import Dispatch
import FoundationEssentials
import Logging
import Outbox
import Postgres
import Scheduling
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Worker

@Suite("A feed is fetched", .database, .serialized)
struct FeedTests {
    private static let empty = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"

    private func fetch(
        _ url: String, known: CalendarImport.Version? = nil, allowsPrivate: Bool = true, sizeLimit: Int = 100_000,
        deadline: Duration = .seconds(20), resolve: (@Sendable (String) async -> [IPAddress])? = nil
    ) async throws -> FeedFetcher.Found {
        var fetcher = FeedFetcher(allowsPrivate: allowsPrivate, resolve: resolve ?? HostLookup.addresses)
        fetcher.sizeLimit = sizeLimit
        fetcher.deadline = deadline
        return try await fetcher.fetch(try FeedURL(url), known: known)
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
            case "/port": .reply(302, headers: ["Location": "https://host.example:99999/"])
            case "/user": .reply(302, headers: ["Location": "http://a:b@127.0.0.1/"])
            default: .reply(302)
            }
        }
        defer { server.stop() }
        guard case .document = try await fetch(server.url("/a")) else { return #expect(Bool(false), "not found") }
        #expect(await word { try await fetch(server.url("/loop")) } == "redirects")
        #expect(await word { try await fetch(server.url("/file")) } == "bad_redirect")
        #expect(await word { try await fetch(server.url("/nowhere")) } == "bad_redirect")
        #expect(await word { try await fetch(server.url("/inside")) } == "unreachable")
        // The HTTP client would end this process at a port beyond 65535.
        #expect(await word { try await fetch(server.url("/port")) } == "bad_redirect")
        #expect(await word { try await fetch(server.url("/user")) } == "bad_redirect")
    }

    @Test("never from a private address, by whatever name, nor without TLS, unless that is allowed")
    func privately() async throws {
        let server = try FeedServer { _ in .reply(200, body: Self.empty) }
        defer { server.stop() }
        // One word for all that is not to be had from outside, there or not: it tells nothing of this network.
        for host in [
            "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1",
            "2130706433", "0x7f.1", "0177.0.0.1", "10.0.0.1", "169.254.169.254", "no-such-host.invalid",
        ] {
            let url = "https://\(host):\(server.port)/a.ics"
            #expect(await word { try await fetch(url, allowsPrivate: false) } == "unreachable", "\(host)")
        }
        #expect(await word { try await fetch(server.url("/"), allowsPrivate: false) } == "not_https")
        #expect(server.requests.isEmpty)
        // Control: where it is allowed the same server is reached.
        guard case .document = try await fetch(server.url("/", host: "localhost")) else {
            return #expect(Bool(false), "not reached")
        }
    }

    /// Answers each question of a name with the next address.
    private final class Resolver: Sendable {
        private let asked = Mutex<[String]>([])
        private let addresses: [String]

        init(_ addresses: [String]) { self.addresses = addresses }

        var names: [String] { asked.withLock { $0 } }

        @Sendable func resolve(_ name: String) -> [IPAddress] {
            let turn = asked.withLock { names in
                names.append(name)
                return names.count - 1
            }
            return [IPAddress(addresses[turn % addresses.count])].compactMap(\.self)
        }
    }

    @Test(
        "at the address that was looked at, whatever the name has become, and however it is written",
        arguments: [
            ("localhost", "localhost"), ("LOCALHOST", "localhost"), ("LocalHost.", "localhost"),
            ("ｌｏｃａｌｈｏｓｔ", "localhost"), ("Bücher.invalid", "xn--bcher-kva.invalid"),
            ("XN--BCHER-KVA.invalid", "xn--bcher-kva.invalid"), ("A_B.r3---sn.invalid", "a_b.r3---sn.invalid"),
        ])
    func pinned(host: String, name: String) async throws {
        // By the machine's own resolver the name is 127.0.0.1.
        let rebound = try FeedServer { _ in .reply(200, body: Self.empty) }
        let checked = try FeedServer(at: "127.0.0.2", port: rebound.port) { request in
            request.path == "/a" ? .reply(302, headers: ["Location": "/b"]) : .reply(200, body: Self.empty)
        }
        defer {
            rebound.stop()
            checked.stop()
        }
        let resolver = Resolver(["127.0.0.2"])
        for _ in 0..<3 { _ = try await fetch(checked.url("/a", host: host), resolve: resolver.resolve) }
        #expect(checked.requests.count == 6 && rebound.requests.isEmpty)
        #expect(checked.requests.allSatisfy { $0.headers["host"] == "\(name):\(checked.port)" })
        // Once a request: there is no second answer to be lured by.
        #expect(resolver.names == Array(repeating: name, count: 6))
    }

    @Test("and not at the next request's address either, if that one is private")
    func rebinding() async throws {
        let server = try FeedServer { _ in .reply(200, body: Self.empty) }
        defer { server.stop() }
        let resolver = Resolver(["127.0.0.1", "10.0.0.1", "::ffff:192.168.0.1", "fe80::1", "64:ff9b::a00:1"])
        for _ in 0..<5 {
            let url = "https://Rebinding.example:\(server.port)/"
            #expect(
                await word { try await fetch(url, allowsPrivate: false, resolve: resolver.resolve) } == "unreachable")
        }
        #expect(resolver.names.count == 5 && server.requests.isEmpty)
    }

    @Test("by TLS, with the certificate of the name and not of the address")
    func encrypted() async throws {
        let server = try await SecureFeedServer.start(answering: Self.empty)
        let resolve: @Sendable (String) async -> [IPAddress] = { _ in [IPAddress("127.0.0.1")].compactMap(\.self) }
        var fetcher = FeedFetcher(allowsPrivate: true, resolve: resolve)
        fetcher.tls = try SecureFeedServer.trusting()
        let found = try await fetcher.fetch(
            try FeedURL("https://PINNED.example.test:\(server.port)/x"), known: nil)
        #expect(found == .document(Array(Self.empty.utf8), CalendarImport.Version(tag: nil, modified: nil)))
        #expect(server.names == ["pinned.example.test"])
        // Controls: another name at the same address, and a certificate of nobody's.
        let other = try FeedURL("https://other.example.test:\(server.port)/x")
        #expect(await word { try await fetcher.fetch(other, known: nil) } == "unreachable")
        let url = "https://pinned.example.test:\(server.port)/x"
        #expect(await word { try await fetch(url, resolve: resolve) } == "unreachable")
        try await server.stop()
    }

    @Test("with an end to what is slow or silent or has no end", .timeLimit(.minutes(10)))
    func limits() async throws {
        let server = try FeedServer { request in
            switch request.path {
            case "/drip": .drip
            case "/flood": .flood
            case "/silence": .silence
            case "/long": .reply(200, body: String(repeating: "x", count: 200_000))
            case "/zero": .reply(0, body: "x")
            case "/fifty": .reply(50, body: Self.empty)
            case "/switch": .reply(101, body: "x")
            case "/beyond": .reply(999, body: "x")
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
        // The HTTP client would end this process at a status below 100.
        #expect(await word { try await fetch(server.url("/zero")) } == "status_0")
        #expect(await word { try await fetch(server.url("/fifty")) } == "status_50")
        #expect(await word { try await fetch(server.url("/switch")) } == "status_101")
        #expect(await word { try await fetch(server.url("/beyond")) } == "status_999")
        let port = server.port
        server.stop()
        #expect(await word { try await fetch("http://127.0.0.1:\(port)/") } == "unreachable")
        #expect(await word { try await fetch("http://no-such-host.invalid/") } == "unreachable")
    }

    @Test("whose name is looked up for longer than the deadline is given up with it, and so is one whose worker leaves")
    func slowNames() async throws {
        let ended = Mutex(0)
        let goes = DispatchSemaphore(value: 0)
        let slow: @Sendable (String) async -> [IPAddress] = { _ in
            await HostLookup.answer {
                _ = goes.wait(timeout: .now() + 30)
                ended.withLock { $0 += 1 }
                return []
            }
        }
        let found = await word {
            try await fetch("https://calendar.example.com/", deadline: .milliseconds(200), resolve: slow)
        }
        #expect(found == "timeout")
        let leaving = Task { await word { try await fetch("https://calendar.example.com/", resolve: slow) } }
        leaving.cancel()
        #expect(await leaving.value == "CancellationError")
        let endedBefore = ended.withLock { $0 }
        #expect(endedBefore == 0)
        for _ in 0..<2 { goes.signal() }
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
            fetcher: FeedFetcher(allowsPrivate: true), logger: Logger(label: "test"))
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
            (.reply(200, body: Self.zones(501)), "too_much"), (.reply(500), "status_500"),
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

    @Test("One whose fetches come to no end is fetched alone, then set aside and said to be, and the others go on")
    func setAside() async throws {
        let vault = Vault(.generate())
        let server = try FeedServer { _ in .reply(200, body: Self.empty) }
        defer { server.stop() }
        let (scheduler, caller, id) = try await linked(vault, server.url("/deadly"))
        let (_, _, other) = try await linked(vault, server.url("/other"))
        let database = TestDatabase.current.worker
        let calendars = CalendarImport(vault: vault, outbox: Outbox(), pause: .seconds(900))
        let polling = CalendarPolling(
            database: database, calendars: calendars, fetcher: FeedFetcher(allowsPrivate: true),
            logger: Logger(label: "test"))
        func fall(due ids: LinkedCalendarID...) async throws {
            try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                try await tx.execute(
                    "UPDATE consilium.calendar_poll SET poll_at = '-infinity' WHERE calendar_id = ANY (\(ids))")
            }
        }
        /// What a worker does that ends in the middle of a fetch.
        func begin(again: Bool) async throws -> [LinkedCalendarID] {
            try await fall(due: id)
            return try await database.withTransaction(as: .nobody) {
                try await calendars.claim(8, again: again, in: $0)
            }
            .map(\.calendar)
        }
        func status() async throws -> LinkedCalendar {
            try #require(
                try await TestDatabase.current.app.withTransaction(as: caller.actor) {
                    try await scheduler.linkedCalendars(of: caller.account, by: caller, in: $0)
                }.first)
        }
        try await polling.run()
        #expect(Set(server.requests.map(\.path)) == ["/deadly", "/other"])

        // Once: it is not fetched beside others, and one fetch that ends makes it like any.
        #expect(try await begin(again: false) == [id])
        #expect(try await begin(again: false) == [])
        try await fall(due: id)
        try await polling.run()
        #expect(server.requests.map(\.path).count { $0 == "/deadly" } == 2)
        #expect(try await status().state == .current)

        // Twice: no worker touches it, its owner is told, and the other calendar is read.
        #expect(try await begin(again: false) == [id])
        #expect(try await begin(again: true) == [id])
        try await fall(due: id, other)
        try await polling.run()
        #expect(server.requests.map(\.path).count { $0 == "/deadly" } == 2)
        #expect(server.requests.map(\.path).count { $0 == "/other" } == 2)
        let aside = try await status()
        #expect(aside.state == .failing && aside.problem == "set_aside" && aside.nextPollAt == .distantFuture)

        // As the runbook puts it back.
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                UPDATE consilium.calendar_poll SET begun = 0, poll_at = clock_timestamp()
                WHERE problem = 'set_aside' AND calendar_id = \(id)
                """)
        }
        try await polling.run()
        #expect(try await status().state == .current)
    }

    @Test("One that cannot be fetched is not, though it was linked before that was refused, and says so")
    func badAddress() async throws {
        let vault = Vault(.generate())
        let (scheduler, caller, id) = try await linked(vault, "https://calendar.example.com/")
        let key = try await TestDatabase.current.worker.withTransaction(as: .nobody) {
            try await vault.personKey(caller.account, in: $0)
        }
        let sealed = try key.seal(
            Array("https://host.example:99999/".utf8), as: RowIdentity("linked_calendar.url", id))
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE consilium.linked_calendar SET url = \(sealed) WHERE id = \(id)")
        }
        let polling = CalendarPolling(
            database: TestDatabase.current.worker,
            calendars: CalendarImport(vault: vault, outbox: Outbox(), pause: .seconds(900)),
            fetcher: FeedFetcher(allowsPrivate: true), logger: Logger(label: "test"))
        try await polling.run()
        let status = try #require(
            try await TestDatabase.current.app.withTransaction(as: caller.actor) {
                try await scheduler.linkedCalendars(of: caller.account, by: caller, in: $0)
            }.first)
        #expect(status.state == .failing && status.problem == "bad_address")
    }

    /// What a server answers next.
    private final class Documents: Sendable {
        private let answer = Mutex(FeedServer.Answer.silence)
        func put(_ next: FeedServer.Answer) { answer.withLock { $0 = next } }
        func next() -> FeedServer.Answer { answer.withLock { $0 } }
    }

    /// One event with exceptions in so many zones.
    private static func zones(_ count: Int) -> String {
        let times = (0..<count).map { "EXDATE;TZID=AAAAB\($0):20270301T090000\r\n" }.joined()
        return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20270301T090000\r\n\(times)END:VEVENT\r\nEND:VCALENDAR\r\n"
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
