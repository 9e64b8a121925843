import Clinic
import Foundation
import ICalendar
import Postgres
import TestSupport
import Testing

@testable import Scheduling

@Suite("A large linked calendar", .database, .serialized, .timeLimit(.minutes(5)))
struct LinkedCalendarLoadTests {
    @Test("is taken and freed within the time of a request, and leaves the index of free time as it should be")
    func manyTimes() async throws {
        let fixture = try await SchedulingFixture.make()
        let start = try await fixture.opening(daysAhead: 5).startsAt
        let linked = try await fixture.link("https://example.com/x.ics")
        let spans = FreeSpans(database: TestDatabase.current.worker)
        try await spans.rebuild(fixture.specialist.account)
        let half = Date(timeIntervalSince1970: (Date.now.timeIntervalSince1970 / 1800).rounded(.down) * 1800)
        let often = """
            BEGIN:VEVENT
            UID:x
            DTSTART:\(half.basic)
            DURATION:PT1M
            RRULE:FREQ=MINUTELY;INTERVAL=30;COUNT=17520
            END:VEVENT
            """
        try await fixture.imports(linked, often)
        #expect(try await fixture.links().first.map { $0.busyTimes > 17_000 } == true)
        #expect(try await spans.differences(of: fixture.specialist.account).isEmpty)
        // A minute of each half hour leaves no consult.
        let from = Date(timeIntervalSinceNow: 5 * 86_400)
        #expect(try await fixture.openings(from: from, limit: 1).isEmpty)
        // Where some go and some come.
        try await fixture.imports(linked, often.replacing("INTERVAL=30;COUNT=17520", with: "INTERVAL=90;COUNT=5000"))
        #expect(try await spans.differences(of: fixture.specialist.account).isEmpty)
        try await fixture.unlink(linked.id)
        #expect(try await spans.differences(of: fixture.specialist.account).isEmpty)
        #expect(try await fixture.opening(daysAhead: 5).startsAt == start)
    }

    @Test("is reckoned with no transaction open, however long that takes")
    func longReckoning() async throws {
        let specialist = try await Seed.specialist(SchedulingFixture.vault)
        // As the worker's role is, but that nothing may be open for more than a moment.
        let database = Database(
            Database.Settings(
                conninfo: TestDatabase.current.conninfo(as: "consilium_worker")
                    + " options='-c idle_in_transaction_session_timeout=50ms'", connections: 1),
            logger: TestDatabase.current.logger)
        let days = (1...31).map(String.init).joined(separator: ",")
        let long = ForeignFeed.event(
            "DTSTART:19700101T000000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;COUNT=30000;BYMONTHDAY=\(days)", uid: "")
        let local = ForeignFeed.event("DTSTART:20270104T090000\nDURATION:PT1H", uid: "local")
        let lines = Array(repeating: long, count: 20).joined(separator: "\n") + "\n" + local
        let calendar = try CalendarReader.read(document(lines))
        let busy = try await BusyTimes.read(calendar, of: specialist, in: ForeignFeed.window, through: database)
        #expect(!busy.spans.isEmpty)
        // Control: a transaction that is open for as long as the reckoning takes is ended.
        await #expect(throws: (any Error).self) {
            try await database.withTransaction(as: .nobody) { tx in
                _ = try await tx.first("SELECT 1")
                var clock = ZoneResolver(calendar, known: [], through: ForeignFeed.window.upperBound)
                _ = try BusyTimes(calendar, by: &clock, in: ForeignFeed.window)
                _ = try await tx.first("SELECT 1")
            }
        }
        await database.close()
    }
}
