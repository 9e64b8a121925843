import Clinic
import Foundation
import ICalendar
import Rig
import TestSupport
import Testing

@testable import Scheduling

extension ForeignFeed: CustomTestStringConvertible {
    var testDescription: String { name }
}

@Suite("A stranger's calendar takes the time that its writer meant", .database, .timeLimit(.minutes(5)))
struct ForeignFeedTests {
    @Test("by its dates, its series and what stands for single occurrences", arguments: ForeignFeed.series)
    func series(feed: ForeignFeed) async throws { try await check(feed) }

    @Test("by rules of every shape, and by what cannot be read no more than it may have", arguments: ForeignFeed.rules)
    func rules(feed: ForeignFeed) async throws { try await check(feed) }

    @Test("by its zones and its lengths", arguments: ForeignFeed.times)
    func times(feed: ForeignFeed) async throws { try await check(feed) }

    @Test("by whatever names, moves and adds", arguments: ForeignFeed.oddSeries)
    func oddSeries(feed: ForeignFeed) async throws { try await check(feed) }

    @Test("by ends, zones and rules that hardly conform", arguments: ForeignFeed.oddTimes + ForeignFeed.oddRules)
    func oddTimes(feed: ForeignFeed) async throws { try await check(feed) }

    private func check(_ feed: ForeignFeed) async throws {
        let busy = try await feed.read()
        #expect(busy.spans == feed.spans, "\(feed.name)")
        #expect(busy.unclear.map(\.reason) == feed.unclear, "\(feed.name)")
    }

    @Test("and is too much where it is of more zones than there are, or busy more often than anybody")
    func limits() throws {
        func names(_ count: Int) throws -> Set<String> {
            let times = (0..<count).map { "EXDATE;TZID=AAAAB\($0):20270301T090000\n" }.joined()
            return try ZoneResolver.zoneNames(
                of: CalendarReader.read(document("BEGIN:VEVENT\nDTSTART:20270301T090000\n\(times)END:VEVENT")))
        }
        #expect(try names(500).count == 500)
        #expect(throws: CalendarFault.tooMuch) { try names(501) }
        func busy(_ minutes: Int, from starts: String...) throws -> BusyTimes {
            let events = starts.map { start in
                let rule = "RRULE:FREQ=MINUTELY;INTERVAL=\(minutes)"
                return ForeignFeed.event("DTSTART:20261201T00\(start)00Z\nDURATION:PT1M\n\(rule)", uid: start)
            }
            let calendar = try CalendarReader.read(document(events.joined(separator: "\n")))
            var clock = ZoneResolver(calendar, known: [], through: ForeignFeed.window.upperBound)
            return try BusyTimes(calendar, by: &clock, in: ForeignFeed.window)
        }
        #expect(try busy(30, from: "00").spans.count == 17_520)
        #expect(throws: CalendarFault.tooMuch) { try busy(30, from: "00", "15") }
        // What is so often by one event is busy all day, and the rest is read.
        let often = try busy(10, from: "00")
        #expect(often.spans.count == 1 && often.count(of: .rule) == 1)
    }

    @Test("however many rules it has that are counted from long ago", .timeLimit(.minutes(1)))
    func manyLongRules() throws {
        let event = """
            BEGIN:VEVENT
            DTSTART:19000101T000000Z
            DURATION:PT1H
            RRULE:FREQ=MONTHLY;COUNT=9999;BYMONTHDAY=\((1...31).map(String.init).joined(separator: ","))
            END:VEVENT

            """
        let calendar = try CalendarReader.read(document(String(repeating: event, count: 40)))
        var clock = ZoneResolver(calendar, known: [], through: ForeignFeed.window.upperBound)
        #expect(try BusyTimes(calendar, by: &clock, in: ForeignFeed.window).spans.isEmpty)
    }
}
