import Clinic
import FoundationEssentials
import ICalendar
import Postgres
import TestSupport
import Testing

@testable import Scheduling

@Suite("A linked calendar", .database, .serialized, .timeLimit(.minutes(5)))
struct LinkedCalendarTests {
    private static let day = 86_400.0

    @Test("is linked by its secret address, which nobody reads at rest, and unlinked")
    func links() async throws {
        let fixture = try await SchedulingFixture.make()
        let linked = try await fixture.link("webcal://Calendar.example.com/secret-7f/basic.ics")
        #expect(linked.host == "calendar.example.com" && linked.state == .waiting && linked.busyTimes == 0)
        #expect(try await fixture.links() == [linked])
        let plain = try await fixture.count(
            "SELECT count(*) FROM linked_calendar WHERE position('secret'::bytea IN url) > 0")
        #expect(plain == 0)
        let other = Seed.caller(try await Seed.specialist(SchedulingFixture.vault), roles: [.specialist])
        await #expect(throws: LinkRefusal.notFound) {
            try await fixture.run(other) {
                try await fixture.scheduler.unlinkCalendar(linked.id, of: fixture.specialist.account, by: other, in: $0)
            }
        }
        await #expect(throws: LinkRefusal.notFound) {
            try await fixture.run(other) {
                try await fixture.scheduler.linkedCalendars(of: fixture.specialist.account, by: other, in: $0)
            }
        }
        try await fixture.unlink(linked.id)
        #expect(try await fixture.links().isEmpty)
        await #expect(throws: LinkRefusal.notFound) { try await fixture.unlink(linked.id) }
    }

    @Test(
        "is at an https address of the internet",
        arguments: [
            ("http://calendar.example.com/x.ics", "scheme"), ("https://host.example:99999/", "port"),
            ("https://user:secret@example.com/x.ics", "userinfo"), ("https://127.0.0.1/x.ics", "public"),
            ("https://0x7f.1/", "public"), ("https://[::1]/", "public"), ("https://[::ffff:10.0.0.1]/", "public"),
            ("https://169.254.169.254/latest/", "public"),
        ])
    func addresses(url: String, rule: String) async throws {
        let fixture = try await SchedulingFixture.make()
        let refusal = await #expect(throws: FieldRefusal.self) { try await fixture.link(url) }
        #expect(refusal?.pointer == "/url" && refusal?.rule == rule)
        #expect(try await fixture.links().isEmpty)
    }

    @Test("is one of at most five")
    func limit() async throws {
        let fixture = try await SchedulingFixture.make()
        for number in 0..<LinkedCalendar.most { _ = try await fixture.link("https://example.com/\(number).ics") }
        await #expect(throws: LinkRefusal.tooMany) { try await fixture.link("https://example.com/more.ics") }
    }

    @Test("takes openings while its event stands, and gives them back when it is gone or unlinked")
    func blocks() async throws {
        let fixture = try await SchedulingFixture.make()
        let start = try await fixture.opening(daysAhead: 5).startsAt
        let linked = try await fixture.link("https://example.com/x.ics")
        try await fixture.imports(linked, event(from: start, to: start.addingTimeInterval(3600)))
        #expect(try await fixture.opening(daysAhead: 5).startsAt > start)
        await #expect(throws: BookingRefusal.self) { try await fixture.hold(start) }
        let status = try #require(try await fixture.links().first)
        #expect(status.state == .current && status.busyTimes == 1 && status.conflicts.isEmpty)
        try await fixture.imports(linked, "")
        #expect(try await fixture.opening(daysAhead: 5).startsAt == start)
        try await fixture.imports(linked, event(from: start, to: start.addingTimeInterval(3600)))
        try await fixture.unlink(linked.id)
        try await fixture.hold(start)
    }

    @Test("frees what its owner declined by the address of their account, and nothing that another declined")
    func declines() async throws {
        let fixture = try await SchedulingFixture.make()
        let start = try await fixture.opening(daysAhead: 5).startsAt
        let linked = try await fixture.link("https://example.com/x.ics")
        func imports(declinedBy address: String) async throws {
            let attendee = "ATTENDEE;PARTSTAT=DECLINED:mailto:\(address)"
            let lines = event(from: start, to: start.addingTimeInterval(3600))
            try await fixture.imports(linked, lines.replacing("END:VEVENT", with: "\(attendee)\nEND:VEVENT"))
        }
        try await imports(declinedBy: "somebody@example.org")
        #expect(try await fixture.opening(daysAhead: 5).startsAt > start)
        try await imports(declinedBy: "\(fixture.specialist.account)@Example.org")
        #expect(try await fixture.opening(daysAhead: 5).startsAt == start)
    }

    @Test("keeps what it said last while it fails, says since when, and is asked less and less often")
    func fails() async throws {
        let fixture = try await SchedulingFixture.make()
        let start = try await fixture.opening(daysAhead: 5).startsAt
        let linked = try await fixture.link("https://example.com/x.ics")
        try await fixture.imports(linked, event(from: start, to: start.addingTimeInterval(3600)))
        var pauses: [Double] = []
        for _ in 0..<4 {
            try await fixture.fails(linked, because: "status_503")
            let status = try #require(try await fixture.links().first)
            #expect(status.state == .failing && status.problem == "status_503" && status.busyTimes == 1)
            #expect(status.failingSince != nil && status.checkedAt != nil)
            pauses.append(try #require(status.nextPollAt).timeIntervalSinceNow)
        }
        #expect(pauses == pauses.sorted() && pauses[3] > 4 * pauses[0] && pauses[0] > 700)
        await #expect(throws: BookingRefusal.self) { try await fixture.hold(start) }
        try await fixture.imports(linked, "")
        let status = try #require(try await fixture.links().first)
        #expect(status.state == .current && status.failingSince == nil && status.problem == nil)
    }

    @Test("that takes the time of a booked consult tells its owner once, shows it, and leaves the consult")
    func conflicts() async throws {
        let fixture = try await SchedulingFixture.make()
        let booked = try await fixture.booked()
        let linked = try await fixture.link("https://example.com/x.ics")
        for _ in 0..<2 { try await fixture.imports(linked, event(from: booked.startsAt, to: booked.endsAt)) }
        #expect(try await fixture.links().first?.conflicts == [booked.id])
        #expect(try await fixture.notices("calendarConflict", of: booked) == 1)
        let kept = try await fixture.run(fixture.patient) {
            try await fixture.scheduler.appointment(booked.id, by: fixture.patient, in: $0)
        }
        #expect(kept == booked)
        let moved = try await fixture.run(fixture.specialist) {
            try await fixture.scheduler.reschedule(
                booked.id, to: try await fixture.opening(daysAhead: 7).startsAt, by: fixture.specialist, in: $0)
        }
        #expect(try await fixture.links().first?.conflicts == [])
        // The owner's own entry of the consult, come back, is no collision.
        let own = event(from: moved.startsAt, to: moved.endsAt, uid: "\(booked.id)@consilium")
        try await fixture.imports(linked, own)
        #expect(try await fixture.links().first?.conflicts == [])
        #expect(try await fixture.notices("calendarConflict", of: booked) == 1)
    }

    @Test("is written by the poll that is the newest, and by none once it is unlinked")
    func fences() async throws {
        let fixture = try await SchedulingFixture.make()
        let start = try await fixture.opening(daysAhead: 5).startsAt
        let linked = try await fixture.link("https://example.com/x.ics")
        let old = try await fixture.claim(linked)
        let new = try await fixture.claim(linked)
        let calendar = try CalendarReader.read(document(event(from: start, to: start.addingTimeInterval(3600))))
        try await fixture.keep(old, calendar)
        #expect(try await fixture.links().first?.busyTimes == 0)
        try await fixture.keep(new, calendar)
        #expect(try await fixture.links().first?.busyTimes == 1)
        let last = try await fixture.claim(linked)
        try await fixture.unlink(linked.id)
        try await fixture.keep(last, calendar)
        #expect(try await fixture.count("SELECT count(*) FROM imported_busy WHERE calendar_id = \(linked.id)") == 0)
    }

    @Test("is asked for a version that it knows, and anew after a day")
    func versions() async throws {
        let fixture = try await SchedulingFixture.make()
        let linked = try await fixture.link("https://example.com/x.ics")
        #expect(try await fixture.claim(linked).known == nil)
        let version = CalendarImport.Version(tag: "\"7\"", modified: nil)
        try await fixture.keep(try await fixture.claim(linked), try CalendarReader.read(document("")), version)
        #expect(try await fixture.claim(linked).known == version)
        try await fixture.asOwner(
            "UPDATE calendar_poll SET read_at = now() - interval '25 hours' WHERE calendar_id = \(linked.id)")
        #expect(try await fixture.claim(linked).known == nil)
    }

    @Test("is read anew at once when the specialist's clock becomes another, and by no fetch that was under way")
    func changeOfZone() async throws {
        let fixture = try await SchedulingFixture.make()
        let linked = try await fixture.link("https://example.com/x.ics")
        let allDay = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20991221\nEND:VEVENT"
        let version = CalendarImport.Version(tag: "\"7\"", modified: nil)
        let calendar = try CalendarReader.read(document(allDay))
        try await fixture.keep(try await fixture.claim(linked), calendar, version)
        let underWay = try await fixture.claim(linked)
        #expect(underWay.known == version)
        try await fixture.asOwner(
            "UPDATE specialist SET time_zone = 'Pacific/Honolulu' WHERE id = \(fixture.specialist.account)")
        let due: SQL = """
            SELECT count(*) FROM calendar_poll WHERE poll_at <= clock_timestamp() AND calendar_id = \(linked.id)
            """
        #expect(try await fixture.count(due) == 1)
        try await fixture.keep(underWay, calendar, version)
        #expect(try await fixture.count(due) == 1)
        #expect(try await fixture.claim(linked).known == nil)
        // The same clock once more is no change.
        try await fixture.keep(try await fixture.claim(linked), calendar, version)
        try await fixture.asOwner(
            "UPDATE specialist SET time_zone = 'Pacific/Honolulu' WHERE id = \(fixture.specialist.account)")
        #expect(try await fixture.count(due) == 0)
        #expect(try await fixture.claim(linked).known == version)
    }

    @Test("is not set aside because the specialist's clock changed while it was fetched, twice")
    func changesOfZone() async throws {
        let fixture = try await SchedulingFixture.make()
        let linked = try await fixture.link("https://example.com/x.ics")
        for zone in ["Pacific/Honolulu", "Asia/Tokyo"] {
            let claimed = try await fixture.claimDue(again: false) + fixture.claimDue(again: true)
            #expect(claimed.contains(linked.id))
            try await fixture.asOwner(
                "UPDATE specialist SET time_zone = \(zone) WHERE id = \(fixture.specialist.account)")
        }
        #expect(try await !fixture.setAside().contains(linked.id))
        // Control: two fetches without an end do.
        for _ in 0..<2 {
            _ = try await fixture.claimDue(again: false) + fixture.claimDue(again: true)
            try await fixture.asOwner("UPDATE calendar_poll SET poll_at = '-infinity' WHERE calendar_id = \(linked.id)")
        }
        #expect(try await fixture.setAside().contains(linked.id))
    }

    @Test("tells once of a consult whose time two calendars of one owner take, whichever is unlinked")
    func conflictOfTwo() async throws {
        let fixture = try await SchedulingFixture.make()
        let booked = try await fixture.booked()
        var linked: [LinkedCalendar] = []
        for number in 0..<2 {
            linked.append(try await fixture.link("https://example.com/\(number).ics"))
            try await fixture.imports(linked[number], event(from: booked.startsAt, to: booked.endsAt))
        }
        #expect(try await fixture.notices("calendarConflict", of: booked) == 1)
        try await fixture.unlink(linked[0].id)
        try await fixture.imports(linked[1], event(from: booked.startsAt, to: booked.endsAt, uid: "y"))
        #expect(try await fixture.notices("calendarConflict", of: booked) == 1)
        #expect(try await fixture.links().first?.conflicts == [booked.id])
    }

    private func event(from start: Date, to end: Date, uid: String = "x") -> String {
        "BEGIN:VEVENT\nUID:\(uid)\nDTSTART:\(start.basic)\nDTEND:\(end.basic)\nEND:VEVENT"
    }
}
