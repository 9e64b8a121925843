import Clinic
import FoundationEssentials
import Testing

@testable import ICalendar

@Suite("A time zone that a calendar defines", .timeLimit(.minutes(5)))
struct CalendarZoneTests {
    @Test("has a name as its calendar likes, in text and in a parameter, and its own clock")
    func zones() throws {
        let calendar = try CalendarReader.read(
            CalendarReaderTests.document(
                """
                BEGIN:VTIMEZONE
                TZID:(UTC-05:00) Eastern\\, as we say
                X-LIC-LOCATION:America/New_York
                BEGIN:STANDARD
                DTSTART:16010101T020000
                TZOFFSETFROM:-0400
                TZOFFSETTO:-0500
                RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
                END:STANDARD
                BEGIN:DAYLIGHT
                DTSTART:16010101T020000
                TZOFFSETFROM:-0500
                TZOFFSETTO:-0400
                RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
                END:DAYLIGHT
                END:VTIMEZONE
                BEGIN:VEVENT
                DTSTART;TZID="(UTC-05:00) Eastern, as we say":20270314T093000
                DTEND;TZID="(UTC-05:00) Eastern, as we say":20270314T100000
                END:VEVENT
                """))
        let name = "(UTC-05:00) Eastern, as we say"
        #expect(calendar.events.map(\.start) == [try CalendarReaderTests.moment("20270314T093000", .named(name))])
        let zone = try #require(calendar.zones[name])
        #expect(zone.location == "America/New_York" && zone.offsets == -18_000 ... -14_400)
        let clock = try #require(zone.clock(through: try CalendarReaderTests.moment("20280101T000000Z").local))
        // Winter and summer, a time that the clock skips, and one that it repeats.
        for (local, instant, exists) in [
            ("20270114T093000", "20270114T143000", true), ("20270614T093000", "20270614T133000", true),
            ("20270314T015900", "20270314T065900", true), ("20270314T023000", "20270314T073000", false),
            ("20270314T030000", "20270314T070000", true), ("20271107T013000", "20271107T053000", true),
            ("20271107T020000", "20271107T070000", true), ("20671107T020000", "20671107T070000", true),
        ] {
            let answer = clock.instant(of: try CalendarReaderTests.moment(local).local)
            let expected = try CalendarReaderTests.moment(instant).local
            // Beyond what was asked for the clock need not go on.
            #expect(answer.at == expected || local.hasPrefix("2067"), "\(local)")
            #expect(answer.exists == exists, "\(local)")
        }
    }

    @Test("says nothing where its definition cannot be read, and of a time that it does not reach")
    func zonesThatEnd() throws {
        func zone(_ offset: String, _ rule: String) throws -> ForeignZone {
            let calendar = try CalendarReader.read(
                CalendarReaderTests.document(
                    """
                    BEGIN:VTIMEZONE
                    TZID:x
                    BEGIN:STANDARD
                    DTSTART:20201025T030000
                    TZOFFSETFROM:+0200
                    TZOFFSETTO:+0100
                    END:STANDARD
                    BEGIN:DAYLIGHT
                    DTSTART:20210328T020000
                    TZOFFSETFROM:+0100
                    TZOFFSETTO:\(offset)
                    RRULE:\(rule)
                    END:DAYLIGHT
                    END:VTIMEZONE
                    """))
            return try #require(calendar.zones["x"])
        }
        let last = try CalendarReaderTests.moment("20280101T000000Z").local
        let some = try #require(try zone("+0200", "FREQ=YEARLY;UNTIL=20230101T000000Z").clock(through: last))
        #expect(!some.covers(last))
        #expect(some.covers(try CalendarReaderTests.moment("20210601T000000Z").local))
        #expect(!some.covers(try CalendarReaderTests.moment("20200601T000000Z").local))
        let all = try #require(try zone("+0200", "FREQ=YEARLY").clock(through: last))
        #expect(all.covers(last))
        #expect(try zone("+2500", "FREQ=YEARLY").clock(through: last) == nil)
        #expect(try zone("+0200", "FREQ=YEARLY;BYEASTER=0").clock(through: last) == nil)
    }

    @Test("says nothing where it changes its clock more often than any")
    func manyChanges() throws {
        func clock(_ count: Int) throws -> ZoneClock? {
            let rules = String(repeating: "RRULE:FREQ=HOURLY;COUNT=9900\n", count: count)
            let calendar = try CalendarReader.read(
                CalendarReaderTests.document(
                    """
                    BEGIN:VTIMEZONE
                    TZID:x
                    BEGIN:STANDARD
                    DTSTART:20201025T030000
                    TZOFFSETFROM:+0200
                    TZOFFSETTO:+0100
                    \(rules)END:STANDARD
                    END:VTIMEZONE
                    """))
            return try #require(calendar.zones["x"]).clock(
                through: CalendarReaderTests.moment("20280101T000000Z").local)
        }
        #expect(try clock(100) == nil)
        #expect(try clock(1) != nil)
        // What all zones of a calendar may take is theirs together.
        let some = try #require(try zone())
        var steps = 10_000
        #expect(some.clock(through: 0, steps: &steps) != nil && steps < 10_000)
        #expect((0..<50).contains { _ in some.clock(through: 0, steps: &steps) == nil } && steps == 0)
    }

    private func zone() throws -> ForeignZone? {
        try CalendarReader.read(
            CalendarReaderTests.document(
                """
                BEGIN:VTIMEZONE
                TZID:x
                BEGIN:STANDARD
                DTSTART:19501025T030000
                TZOFFSETFROM:+0200
                TZOFFSETTO:+0100
                RRULE:FREQ=YEARLY;INTERVAL=10
                END:STANDARD
                END:VTIMEZONE
                """)
        ).zones["x"]
    }
}

extension ForeignZone {
    /// With as much as a calendar has for all its zones.
    fileprivate func clock(through last: Int) -> ZoneClock? {
        var steps = 10_000_000
        return clock(through: last, steps: &steps)
    }
}
