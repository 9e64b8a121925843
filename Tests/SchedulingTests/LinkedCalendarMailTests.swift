import Clinic
import FoundationEssentials
import ICalendar
import Postgres
import TestSupport
import Testing

@testable import Scheduling

@Suite("Of a linked calendar its owner is told", .database, .serialized, .timeLimit(.minutes(5)))
struct LinkedCalendarMailTests {
    @Test("once that it fails: at once where it was never read, and else when it has failed for hours")
    func tellsThatItFails() async throws {
        let fixture = try await SchedulingFixture.make()
        let linked = try await fixture.link("https://example.com/x.ics")
        func told() async throws -> Int { try await fixture.told("calendarFailing", of: linked) }
        for _ in 0..<2 { try await fixture.fails(linked, because: "status_404") }
        #expect(try await told() == 1)
        try await fixture.imports(linked, "")
        for _ in 0..<2 { try await fixture.fails(linked, because: "not_a_calendar") }
        #expect(try await told() == 1)
        try await fixture.asOwner(
            "UPDATE calendar_poll SET failing_since = now() - interval '5 hours' WHERE calendar_id = \(linked.id)")
        for _ in 0..<2 { try await fixture.fails(linked, because: "timeout") }
        #expect(try await told() == 2)
    }

    @Test("once of an event that is not read for certain, and shown which")
    func tellsWhatIsUnclear() async throws {
        let fixture = try await SchedulingFixture.make()
        let linked = try await fixture.link("https://example.com/x.ics")
        func told() async throws -> Int { try await fixture.told("calendarUnclear", of: linked) }
        let start = try await fixture.opening(daysAhead: 5).startsAt
        let wallClock = start.basic.dropLast()
        let odd = "BEGIN:VEVENT\nUID:odd\nDTSTART;TZID=Nowhere:\(wallClock)\nDURATION:PT1H\nEND:VEVENT"
        for _ in 0..<2 { try await fixture.imports(linked, odd) }
        #expect(try await told() == 1)
        let iso = start.ISO8601Format().dropLast()
        let shown = UnclearEvent(reason: .zone, starts: String(iso), uid: "odd")
        let status = try #require(try await fixture.links().first)
        #expect(status.unclearEvents == [shown] && status.unclearZones == 1 && status.state == .current)
        // Nobody reads at rest what somebody's calendar calls it.
        #expect(
            try await fixture.count("SELECT count(*) FROM calendar_poll WHERE position('odd'::bytea IN unclear) > 0")
                == 0
        )

        // Another one waits for a day after the mail before.
        let broken = "BEGIN:VEVENT\nUID:broken\nDTSTART:tomorrow\nEND:VEVENT"
        try await fixture.imports(linked, "\(odd)\n\(broken)")
        #expect(try await told() == 1)
        #expect(try await fixture.links().first?.unclearEvents.map(\.reason) == [.times, .zone])
        try await fixture.asOwner(
            "UPDATE calendar_poll SET events_notified_at = now() - interval '25 hours' WHERE calendar_id = \(linked.id)"
        )
        for _ in 0..<2 { try await fixture.imports(linked, "\(odd)\n\(broken)") }
        #expect(try await told() == 2)
        try await fixture.imports(linked, "")
        #expect(try await fixture.links().first?.unclearEvents == [])
        #expect(try await told() == 2)
    }

    @Test("once of each event that is not read for certain, however they come and go")
    func tellsOfEachOnce() async throws {
        let fixture = try await SchedulingFixture.make()
        let linked = try await fixture.link("https://example.com/x.ics")
        let wallClock = try await fixture.opening(daysAhead: 5).startsAt.basic.dropLast()
        func told(of uids: String...) async throws -> Int {
            try await fixture.asOwner(
                "UPDATE calendar_poll SET events_notified_at = now() - interval '25 hours' WHERE calendar_id = \(linked.id) AND notified_events IS NOT NULL"
            )
            let lines = uids.map {
                "BEGIN:VEVENT\nUID:\($0)\nDTSTART;TZID=Nowhere:\(wallClock)\nDURATION:PT1H\nEND:VEVENT"
            }
            try await fixture.imports(linked, lines.joined(separator: "\n"))
            return try await fixture.told("calendarUnclear", of: linked)
        }
        #expect(try await told(of: "a") == 1)
        #expect(try await told(of: "b") == 2)
        #expect(try await told(of: "a", "b") == 2)
        #expect(try await told(of: "c", "b") == 3)
    }

    @Test("in so many characters as are said, whatever they are made of")
    func longNames() {
        let uid = "e" + String(repeating: "\u{301}", count: 10_000)
        let event = UnclearEvent(UncertainEvent(reason: .rule, uid: uid, starts: nil))
        #expect(event.uid?.unicodeScalars.count == 200)
    }
}
