import Clinic
import Foundation
import ICalendar
import Outbox
import Postgres
import Rig
import TestSupport
import Testing
import Vault

@testable import Scheduling

@Suite("A calendar feed", .database, .timeLimit(.minutes(5)))
struct CalendarFeedTests {
    /// What a calendar program reads of a document.
    struct Event: Codable, Equatable {
        var uid: String
        var sequence: Int
        var status: String
        var start: String
        var summary: String
    }

    /// Reads documents one after the other, in the order in which a program meets them, by two parsers that know
    /// nothing of the service or of each other. Each keeps a calendar as RFC 5546 §2.1.5 says: the higher sequence of a
    /// UID wins.
    static func read(_ documents: [String]) throws -> (icalendar: [Event], vobject: [Event]) {
        let script = """
            import sys, json, icalendar, vobject
            documents = json.load(sys.stdin)
            first, second = {}, {}
            def keep(shelf, uid, sequence, **rest):
                if uid not in shelf or shelf[uid]["sequence"] <= sequence:
                    shelf[uid] = dict(uid=uid, sequence=sequence, **rest)
            for text in documents:
                calendar = icalendar.Calendar.from_ical(text)
                assert not calendar.errors and str(calendar["VERSION"]) == "2.0" and calendar["PRODID"]
                for event in calendar.walk("VEVENT"):
                    assert not event.errors, event.errors
                    assert event["DTSTAMP"].dt.utcoffset().total_seconds() == 0
                    keep(first, str(event["UID"]), int(event["SEQUENCE"]), status=str(event["STATUS"]),
                        start=event["DTSTART"].dt.strftime("%Y%m%dT%H%M%SZ"), summary=str(event["SUMMARY"]))
                for calendar in vobject.readComponents(text):
                    calendar.validate(raiseException=True)
                    for event in getattr(calendar, "vevent_list", []):
                        event.validate(raiseException=True)
                        keep(second, event.uid.value, int(event.sequence.value), status=event.status.value,
                            start=event.dtstart.value.strftime("%Y%m%dT%H%M%SZ"), summary=event.summary.value)
            order = lambda shelf: sorted(shelf.values(), key=lambda event: event["uid"])
            print(json.dumps([order(first), order(second)]))
            """
        let input = String(decoding: try JSONEncoder().encode(documents), as: UTF8.self)
        let output = try command([python, "-c", script], input: input)
        let read = try JSONDecoder().decode([[Event]].self, from: Data(output.utf8))
        return (read[0], read[1])
    }

    @Test("opens by its secret alone, is listed without it, and revoked opens nothing")
    func secret() async throws {
        let fixture = try await SchedulingFixture.make()
        let feed = try await fixture.makeFeed(by: fixture.patient)
        let token = try #require(feed.token)
        #expect(token.utf8.count == 43)
        #expect(try await fixture.owner(of: token) == fixture.patient.account)
        let listed = try await fixture.feeds(of: fixture.patient)
        #expect(listed.map(\.id) == [feed.id] && listed[0].path == nil && listed[0].fetchedAt != nil)
        #expect(try await fixture.feeds(of: fixture.specialist).isEmpty)
        await #expect(throws: CalendarFeedRefusal.notFound) {
            try await fixture.revoke(feed.id, by: fixture.specialist)
        }
        for unknown in ["", "x", String(token.dropLast()), token + "A", token.uppercased()] {
            await #expect(throws: CalendarFeedRefusal.notFound) { try await fixture.owner(of: unknown) }
        }
        try await fixture.revoke(feed.id, by: fixture.patient)
        await #expect(throws: CalendarFeedRefusal.notFound) { try await fixture.owner(of: token) }
        await #expect(throws: CalendarFeedRefusal.notFound) { try await fixture.revoke(feed.id, by: fixture.patient) }
        let kept = try await fixture.asOwner("SELECT FROM calendar_feed WHERE account_id = \(fixture.patient.account)")
        #expect(kept.isEmpty)
    }

    @Test("is kept as a digest: the secret is in no table")
    func digest() async throws {
        let fixture = try await SchedulingFixture.make()
        let token = try #require(try await fixture.makeFeed(by: fixture.patient).token)
        let found = try await fixture.count(
            "SELECT count(*) FROM calendar_feed f WHERE f::text LIKE \("%\(token)%")")
        #expect(found == 0)
    }

    @Test("opens whatever keys the service has by then")
    func outlivesKeys() async throws {
        let fixture = try await SchedulingFixture.make()
        let token = try #require(try await fixture.makeFeed(by: fixture.patient).token)
        let rekeyed = Scheduler(
            vault: Vault(.generate()), outbox: Outbox(), database: fixture.database, rooms: fixture.scheduler.rooms,
            allowsPlainFeeds: false)
        let owner = try await fixture.database.withTransaction(as: .nobody) {
            try await rekeyed.ownerOfCalendarFeed(token, in: $0)
        }
        #expect(owner == fixture.patient.account)
    }

    @Test("is one of at most ten; an account that is closed has none that opens")
    func limits() async throws {
        let fixture = try await SchedulingFixture.make()
        var tokens: [String] = []
        for _ in 0..<CalendarFeed.most {
            tokens.append(try #require(try await fixture.makeFeed(by: fixture.patient).token))
        }
        await #expect(throws: CalendarFeedRefusal.tooMany) { try await fixture.makeFeed(by: fixture.patient) }
        try await fixture.asOwner("UPDATE account SET state = 'closed' WHERE id = \(fixture.patient.account)")
        await #expect(throws: CalendarFeedRefusal.notFound) { try await fixture.owner(of: tokens[0]) }
    }

    @Test("holds a person's own consults, for two parsers alike, with nothing but times in it")
    func content() async throws {
        let fixture = try await SchedulingFixture.make()
        let other = try await SchedulingFixture.make(with: fixture.specialist.account)
        let mine = try await fixture.booked(daysAhead: 3)
        let theirs = try await other.booked(daysAhead: 5)
        let patients = try await fixture.content(of: fixture.patient)
        let read = try Self.read([patients.text])
        #expect(read.icalendar == read.vobject)
        #expect(
            read.icalendar == [
                Event(
                    uid: "\(mine.id)@consilium", sequence: 0, status: "CONFIRMED", start: mine.startsAt.basic,
                    summary: "Video consult")
            ])
        let specialists = try Self.read([try await fixture.content(of: fixture.specialist).text])
        #expect(specialists.icalendar == specialists.vobject)
        #expect(specialists.icalendar.map(\.uid) == ["\(mine.id)@consilium", "\(theirs.id)@consilium"].sorted())
        let coordinator = Seed.caller(
            try await Seed.account(SchedulingFixture.vault, roles: [.coordinator]), roles: [.coordinator])
        #expect(try Self.read([try await fixture.content(of: coordinator).text]).icalendar.isEmpty)
        let lines = patients.text.replacing("\r\n ", with: "").split(separator: "\r\n").map { $0.prefix { $0 != ":" } }
        #expect(
            Set(lines.map(String.init)) == [
                "BEGIN", "VERSION", "PRODID", "NAME", "REFRESH-INTERVAL;VALUE=DURATION", "X-WR-CALNAME",
                "X-PUBLISHED-TTL", "UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY", "STATUS", "END",
            ])
    }

    @Test("shows a consult that moves as the same entry at its new time, and a cancelled one as cancelled")
    func changes() async throws {
        let fixture = try await SchedulingFixture.make()
        let booked = try await fixture.booked()
        var states = [try await fixture.content(of: fixture.patient)]
        #expect(try await fixture.content(of: fixture.patient) == states[0])
        let target = try await fixture.opening(daysAhead: 8).startsAt
        let moved = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.reschedule(booked.id, to: target, by: fixture.patient, in: $0)
        }
        states.append(try await fixture.content(of: fixture.patient))
        _ = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.cancel(booked.id, by: fixture.patient, in: $0)
        }
        states.append(try await fixture.content(of: fixture.patient))
        #expect(Set(states.map(\.tag)).count == 3)
        let texts = states.map(\.text)
        for (count, expected) in [(1, (0, "CONFIRMED")), (2, (1, "CONFIRMED")), (3, (2, "CANCELLED"))] {
            let read = try Self.read(Array(texts.prefix(count)))
            #expect(read.icalendar == read.vobject)
            #expect(read.icalendar.count == 1)
            #expect(read.icalendar.first?.sequence == expected.0 && read.icalendar.first?.status == expected.1)
            let start = count == 1 ? booked.startsAt : moved.startsAt
            #expect(read.icalendar.first?.start == start.basic)
        }
    }

    @Test("Control: another UID, or a sequence that does not rise, is seen")
    func control() throws {
        func entry(_ id: AppointmentID, _ sequence: Int, _ start: Double) -> String {
            CalendarDocument(
                entry: ConsultEntry(
                    appointment: id, sequence: sequence, stampedAt: Date(timeIntervalSince1970: 1e9),
                    startsAt: Date(timeIntervalSince1970: start), endsAt: Date(timeIntervalSince1970: start + 60),
                    isCancelled: false)
            ).text
        }
        let id = AppointmentID.random()
        let duplicate = try Self.read([entry(id, 0, 1.9e9), entry(.random(), 1, 1.91e9)])
        #expect(duplicate.icalendar.count == 2 && duplicate.vobject.count == 2)
        let stale = try Self.read([entry(id, 1, 1.9e9), entry(id, 0, 1.91e9)])
        #expect(stale.icalendar.map(\.sequence) == [1] && stale.vobject.map(\.sequence) == [1])
    }
}

extension SchedulingFixture {
    func makeFeed(by caller: Caller) async throws -> CalendarFeed {
        try await run(caller) { try await scheduler.makeCalendarFeed(by: caller, in: $0) }
    }

    func feeds(of caller: Caller) async throws -> [CalendarFeed] {
        try await run(caller) { try await scheduler.calendarFeeds(by: caller, in: $0) }
    }

    func revoke(_ id: CalendarFeedID, by caller: Caller) async throws {
        try await run(caller) { try await scheduler.revokeCalendarFeed(id, by: caller, in: $0) }
    }

    func owner(of token: String) async throws -> AccountID {
        try await database.withTransaction(as: .nobody) { try await scheduler.ownerOfCalendarFeed(token, in: $0) }
    }

    func content(of caller: Caller) async throws -> CalendarFeedContent {
        try await run(caller) { try await scheduler.calendarFeedContent(of: caller.account, in: $0) }
    }
}

extension CalendarFeed {
    /// The secret in its path.
    var token: String? {
        path.map { String($0.dropFirst("/v1/calendars/".count).dropLast(".ics".count)) }
    }
}

extension Date {
    /// As calendars write it, in UTC.
    var basic: String { ISO8601Format().replacing("-", with: "").replacing(":", with: "") }
}
