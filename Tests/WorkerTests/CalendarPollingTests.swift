import Clinic
import FoundationEssentials
import Logging
import Outbox
import Postgres
@testable import Scheduling
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Worker

@Suite("A linked calendar is polled", .database, .serialized, .timeLimit(.minutes(5)))
struct CalendarPollingTests {
    private static let empty = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"

    /// A specialist of a vault with one calendar at an address.
    private func linked(_ vault: Vault, _ url: String) async throws -> (Scheduler, Caller, LinkedCalendarID) {
        let specialist = try await Seed.specialist(vault)
        let caller = Seed.caller(specialist, roles: [.specialist])
        let scheduler = Scheduler(
            vault: vault, outbox: Outbox(), database: TestDatabase.current.app,
            rooms: await VideoRooms(
                form: .jitsi, url: "https://rooms.example.org", app: "consilium", secret: Array(repeating: 1, count: 32)
            ),
            allowsPlainFeeds: true)
        let linked = try await TestDatabase.current.app.withTransaction(as: caller.actor) {
            try await scheduler.linkCalendar(LinkRequest(url: url), of: specialist, by: caller, in: $0)
        }
        return (scheduler, caller, linked.id)
    }

    @Test("It blocks openings within a poll; garbage leaves them as they were, and says so")
    func polls() async throws {
        let vault = Vault(.generate())
        let documents = Documents()
        let server = try FeedServer { _ in documents.next() }
        defer { server.stop() }
        let (scheduler, caller, id) = try await linked(vault, server.url("/x.ics"))
        let database = TestDatabase.current.worker
        let polling = CalendarPoller(
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
        let polling = CalendarPoller(
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
        #expect(aside.state == .failing && aside.problem == "set_aside" && aside.nextPollAt == nil)

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
        let polling = CalendarPoller(
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
