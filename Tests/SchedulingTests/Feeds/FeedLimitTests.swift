import Testing

@testable import ICalendar
@testable import Scheduling

@Suite("A hostile calendar costs no more than a large one", .timeLimit(.minutes(1)))
struct FeedLimitTests {
    private static func list(_ range: Range<Int>) -> String { range.map(String.init).joined(separator: ",") }

    private static func busy(_ lines: String) throws -> BusyTimes {
        let calendar = try CalendarReader.read(document(lines))
        var clock = ZoneResolver(calendar, known: [], through: ForeignFeed.window.upperBound)
        return try BusyTimes(calendar, by: &clock, in: ForeignFeed.window)
    }

    @Test("every second of every day, as one rule: it is busy throughout, and said to be")
    func everySecond() throws {
        let rule =
            "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=\(Self.list(0..<24));BYMINUTE=\(Self.list(0..<60));BYSECOND=\(Self.list(0..<60))"
        let busy = try Self.busy(ForeignFeed.event("DTSTART:20270104T000000Z\nDURATION:PT1H\nRRULE:\(rule)"))
        #expect(busy.spans.map(\.lowerBound) == [ForeignFeed.local("20270104T000000Z")])
        #expect(busy.spans.allSatisfy { $0.upperBound >= ForeignFeed.window.upperBound })
        #expect(busy.unclear.map(\.reason) == [.rule])
    }

    @Test("two thousand rules of days that do not exist")
    func daysThatDoNotExist() {
        let event = ForeignFeed.event(
            "DTSTART:00010101T000000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;COUNT=1000;BYMONTH=2;BYMONTHDAY=30", uid: "")
        let lines = Array(repeating: event, count: 2000).joined(separator: "\n")
        #expect(throws: CalendarFault.tooMuch) { try Self.busy(lines) }
    }

    @Test("more added times than anybody is busy, in one series")
    func addedTimes() throws {
        func event(_ count: Int) -> String {
            let times = Array(repeating: "20270301T090000Z", count: count).joined(separator: ",")
            return ForeignFeed.event("DTSTART:20270301T090000Z\nDURATION:PT1H\nRDATE:\(times)")
        }
        #expect(try Self.busy(event(20_000)).spans.count == 1)
        #expect(throws: CalendarFault.tooMuch) { try Self.busy(event(20_001)) }
    }

    @Test("more times that are left out than any calendar may have")
    func exceptions() throws {
        func busy(_ count: Int) throws -> BusyTimes {
            let start = CalendarDateTime(day: 20_000, second: 0, zone: .utc)
            var event = ForeignEvent(start: start, length: .lasting(days: 0, seconds: 3600))
            event.excluding = Array(repeating: start, count: 20_000)
            var series = ForeignSeries()
            series.events = [event]
            var calendar = ForeignCalendar()
            calendar.series = Array(repeating: series, count: count)
            var clock = ZoneResolver(calendar, known: [], through: ForeignFeed.window.upperBound)
            return try BusyTimes(calendar, by: &clock, in: ForeignFeed.window)
        }
        #expect(try busy(20).spans.isEmpty)
        #expect(throws: CalendarFault.tooMuch) { try busy(26) }
    }

    @Test("all-day exceptions in UTC, beside hundreds of zones")
    func zonesOfAllDayExceptions() throws {
        let zones = (0..<480).map { ForeignFeed.zone("zone \($0)", winter: "+0100", "") }.joined()
        let exceptions = Array(repeating: "20270301T230000Z", count: 15_000).joined(separator: ",")
        let event = ForeignFeed.event("DTSTART;VALUE=DATE:20270301\nRRULE:FREQ=DAILY\nEXDATE:\(exceptions)")
        let busy = try Self.busy(zones + event)
        #expect(busy.spans.count == 2)
        #expect(busy.unclear.isEmpty)
    }

    @Test("a thousand overrides of all that follow, over a series of every day since 1980")
    func followers() throws {
        let follower = (0..<1000).map { number in
            let minute = "\(number % 60 < 10 ? "0" : "")\(number % 60)"
            return
                "RECURRENCE-ID;RANGE=THISANDFUTURE:19800101T09\(minute)00Z\nDTSTART:19800101T10\(minute)00Z\nDURATION:PT1H"
        }
        let lines =
            [
                "DTSTART:19800101T090000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY;INTERVAL=2"
            ] + follower
        let busy = try Self.busy(lines.map { ForeignFeed.event($0) }.joined(separator: "\n"))
        // Every other hour of the window's year.
        #expect(busy.spans.count == 365 * 12)
        #expect(busy.unclear.isEmpty)
    }
}
