import Clinic
import FoundationEssentials
import Testing

@testable import ICalendar

@Suite("A foreign calendar", .timeLimit(.minutes(5)))
struct CalendarReaderTests {
    /// A document with these lines in it.
    static func document(_ lines: String) -> [UInt8] {
        let text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//x//EN\n\(lines)\nEND:VCALENDAR\n"
        return Array(text.split(separator: "\n").map { "\($0)\r\n" }.joined().utf8)
    }

    static func event(_ lines: String) -> [UInt8] { document("BEGIN:VEVENT\nUID:a\n\(lines)\nEND:VEVENT") }

    static func moment(_ text: String, _ zone: CalendarDateTime.Zone = .floating) throws -> CalendarDateTime {
        try #require(CalendarDateTime(text, zone: zone))
    }

    @Test(
        "is read for when its events are",
        arguments: [
            (
                "DTSTART:20270314T093000Z\nDTEND:20270314T100000Z",
                ForeignEvent.Length.until(
                    CalendarDateTime("20270314T100000Z", zone: .utc)!)
            ),
            ("DTSTART;TZID=Europe/Paris:20270314T093000\nDURATION:PT1H30M", .lasting(days: 0, seconds: 5400)),
            ("DTSTART;TZID=Europe/Paris:20270314T093000\nDURATION:P1W2DT3H", .lasting(days: 9, seconds: 10_800)),
            ("DTSTART;VALUE=DATE:20270314", .lasting(days: 1, seconds: 0)),
            ("DTSTART;VALUE=DATE:20270314\nDTEND;VALUE=DATE:20270317", .lasting(days: 3, seconds: 0)),
            ("DTSTART;VALUE=DATE:20270314\nDTEND;VALUE=DATE:20270314", .lasting(days: 1, seconds: 0)),
            ("DTSTART;VALUE=DATE:20270314\nDURATION:PT36H", .lasting(days: 2, seconds: 0)),
            ("DTSTART:20270314T093000", .lasting(days: 0, seconds: 0)),
            // What does not conform, and is plain.
            (
                "DTSTART:20270314T0930Z\nDTEND:20270314T240000Z",
                .until(CalendarDateTime("20270315T000000Z", zone: .utc)!)
            ),
            (
                "DTSTART:2027-03-14T09:30:00Z\nDTEND:20270314T113000+0200",
                .until(
                    CalendarDateTime("20270314T113000+0200", zone: .utc)!)
            ),
            (
                "DTSTART:20270314T093000Z\nDTEND;VALUE=DATE:20270315",
                .until(CalendarDateTime("20270315T000000Z", zone: .utc)!)
            ),
            (
                "DTSTART;VALUE=DATE:20270314\nDTEND:20270314T170000Z",
                .until(
                    CalendarDateTime("20270314T170000Z", zone: .utc)!)
            ),
            (
                "DTSTART;VALUE=DATE:20270314T000000\nDTEND;VALUE=DATE:45000901T000000",
                .lasting(days: 903_416, seconds: 0)
            ),
        ])
    func times(lines: String, length: ForeignEvent.Length) throws {
        let calendar = try CalendarReader.read(Self.event(lines))
        #expect(calendar.events.map(\.length) == [length] && calendar.unreadable.isEmpty)
        #expect(calendar.events.first?.start.text.hasPrefix("2027-03-14") == true)
    }

    @Test(
        "blocks nothing by what is cancelled, transparent, or a consult of this service",
        arguments: [
            "STATUS:CANCELLED", "TRANSP:TRANSPARENT", "status:Cancelled", "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
            "UID:0192f0c1-7d2e-7a41-9c3b-5f1de0a7b905@consilium",
        ])
    func nothing(line: String) throws {
        let lines = "DTSTART:20270314T093000Z\nDTEND:20270314T100000Z"
        let event = "BEGIN:VEVENT\n\(line.hasPrefix("UID") ? "" : "UID:a\n")\(line)\n\(lines)\nEND:VEVENT"
        #expect(try CalendarReader.read(Self.document(event)).events.filter(\.blocks).isEmpty)
        #expect(try CalendarReader.read(Self.event(lines)).events.filter(\.blocks).count == 1)
        let shown = try CalendarReader.read(Self.event("\(lines)\nTRANSP:OPAQUE\nX-MICROSOFT-CDO-BUSYSTATUS:FREE"))
        #expect(shown.events.filter(\.blocks).count == 1)
    }

    @Test(
        "blocks nothing by an invitation that its reader declined, as far as it is plain that it was they",
        arguments: [
            ("ATTENDEE;PARTSTAT=DECLINED:mailto:ines@example.org", true),
            ("ATTENDEE;CN=\"Okafor: Ines; MD\";ROLE=REQ-PARTICIPANT;partstat=declined:MAILTO:Ines@Example.org", true),
            ("ATTENDEE;CN=Ines;PARTSTAT=\"DECLINED\";X-NUM-GUESTS=0:mai\n lto:ines@example.org", true),
            (
                "ATTENDEE;PARTSTAT=DECLINED:mailto:other@example.org\nATTENDEE;PARTSTAT=DECLINED:mailto:ines@example.org",
                true
            ),
            ("ATTENDEE;PARTSTAT=DECLINED:mailto:other@example.org", false),
            ("ATTENDEE;PARTSTAT=DECLINED;CN=ines@example.org:mailto:other@example.org", false),
            ("ATTENDEE;PARTSTAT=DECLINED;CN=\"x:mailto:ines@example.org\":mailto:other@example.org", false),
            ("ATTENDEE;CN=\"PARTSTAT=DECLINED\":mailto:ines@example.org", false),
            ("ATTENDEE;PARTSTAT=TENTATIVE:mailto:ines@example.org", false),
            ("ATTENDEE:mailto:ines@example.org", false),
            (
                "ATTENDEE;PARTSTAT=DECLINED:mailto:ines@example.org\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ines@example.org",
                false
            ),
            ("ATTENDEE;PARTSTAT=DECLINED;PARTSTAT=ACCEPTED:mailto:ines@example.org", false),
            ("ATTENDEE;PARTSTAT=DECLINED:urn:uuid:1", false), ("ATTENDEE;PARTSTAT=DECLINED", false),
            ("ATTENDEE;CN=\"PARTSTAT=DECLINED:mailto:ines@example.org", false),
            ("X-CONSILIUM-ANSWER:DECLINED", false),
        ])
    func declined(lines: String, isFree: Bool) throws {
        let event = Self.event("DTSTART:20270314T093000Z\nDTEND:20270314T100000Z\n\(lines)")
        #expect(try CalendarReader.read(event, of: ["ines@example.org"]).events.filter(\.blocks).isEmpty == isFree)
        // Control: of nobody in particular it blocks.
        #expect(try CalendarReader.read(event).events.filter(\.blocks).count == 1)
    }

    @Test("frees the one declined occurrence of a series")
    func declinedOccurrence() throws {
        let me = "ATTENDEE;PARTSTAT=DECLINED:mailto:ines@example.org"
        let calendar = try CalendarReader.read(
            Self.document(
                """
                BEGIN:VEVENT
                UID:s
                DTSTART:20270301T090000Z
                DTEND:20270301T100000Z
                RRULE:FREQ=WEEKLY
                ATTENDEE;PARTSTAT=ACCEPTED:mailto:ines@example.org
                END:VEVENT
                BEGIN:VEVENT
                UID:s
                RECURRENCE-ID:20270308T090000Z
                DTSTART:20270308T090000Z
                DTEND:20270308T100000Z
                \(me)
                END:VEVENT
                """), of: ["ines@example.org"])
        #expect(calendar.series.count == 1 && calendar.series[0].events.map(\.blocks) == [true])
        #expect(calendar.series[0].overrides.map(\.blocks) == [false])
        #expect(calendar.series[0].overrides.map(\.occurrence?.moment) == [try Self.moment("20270308T090000Z")])
    }

    @Test("has rules, with what is added and left out")
    func rules() throws {
        let calendar = try CalendarReader.read(
            Self.event(
                """
                DTSTART;TZID=Europe/Paris:20270301T090000
                DTEND;TZID=Europe/Paris:20270301T100000
                RRULE:FREQ=WEEKLY;BYDAY=MO,WE
                EXDATE;TZID=Europe/Paris:20270303T090000,20270308T090000
                RDATE;TZID=Europe/Paris:20270304T090000
                RDATE;VALUE=PERIOD:20270305T090000Z/PT2H,20270306T090000Z/20270306T093000Z
                """))
        let event = try #require(calendar.events.first)
        #expect(event.rules == [EventRule("FREQ=WEEKLY;BYDAY=MO,WE")] && !event.isDamaged)
        let paris = CalendarDateTime.Zone.named("Europe/Paris")
        #expect(
            event.excluding == [try Self.moment("20270303T090000", paris), try Self.moment("20270308T090000", paris)])
        #expect(
            event.adding.map(\.start) == [
                try Self.moment("20270304T090000", paris), try Self.moment("20270305T090000Z"),
                try Self.moment("20270306T090000Z"),
            ])
        #expect(
            event.adding.map(\.length) == [
                nil, .lasting(days: 0, seconds: 7200), .until(try Self.moment("20270306T093000Z")),
            ])
    }

    @Test("gathers what stands under one UID, in any order, and of copies keeps the latest")
    func series() throws {
        let moved = """
            BEGIN:VEVENT
            UID:s
            RECURRENCE-ID;RANGE=THISANDFUTURE:20270308T090000Z
            DTSTART:20270308T150000Z
            DTEND:20270308T160000Z
            END:VEVENT
            """
        func series(_ sequence: Int) -> String {
            """
            BEGIN:VEVENT
            UID:s
            DTSTART:202703\(sequence)T090000Z
            DTEND:202703\(sequence)T100000Z
            SEQUENCE:\(sequence)
            END:VEVENT
            """
        }
        for parts in [[moved, series(10), series(11)], [series(11), series(10), moved]] {
            let calendar = try CalendarReader.read(Self.document(parts.joined(separator: "\n")))
            #expect(calendar.series.count == 1)
            #expect(calendar.series[0].events.map(\.start.text) == ["2027-03-11T09:00:00"])
            #expect(calendar.series[0].overrides.map(\.occurrence?.isOfAllThatFollow) == [true])
        }
        // Several of one SEQUENCE are different events.
        let both = try CalendarReader.read(Self.document([series(10), series(10)].joined(separator: "\n")))
        #expect(both.events.count == 2)
    }

    @Test(
        "says that it is damaged where how it repeats cannot be read",
        arguments: [
            "EXDATE:20271", "RECURRENCE-ID:x", "RECURRENCE-ID:", "EXRULE:FREQ=x", "EXDATE;X=\"a:20270301T090000Z",
        ])
    func damagedEvent(line: String) throws {
        let calendar = try CalendarReader.read(
            Self.event("DTSTART:20270301T090000Z\nDTEND:20270301T100000Z\n\(line)"))
        #expect(calendar.events.map(\.isDamaged) == [true])
    }

    @Test("keeps what an alarm within it says apart from what it says")
    func alarm() throws {
        let calendar = try CalendarReader.read(
            Self.event("DTSTART:20270301T090000Z\nBEGIN:VALARM\nDURATION:PT5H\nEND:VALARM\nDURATION:PT1H"))
        #expect(calendar.events.map(\.length) == [.lasting(days: 0, seconds: 3600)])
    }

    @Test(
        "counts what has no time that can be read",
        arguments: [
            "SUMMARY:x", "DTSTART:20270230T090000Z", "DTSTART:tomorrow", "DTSTART:20270301T250000Z",
            "DTSTART:20270301T090000Z\nDTSTART:20270302T090000Z", "DTSTART:20270301T090000Z\nDURATION:-PT1H",
            "DTSTART:20270301T090000Z\nDURATION:PT", "DTSTART:20270301T090000Z\nDURATION:P1H",
            "DTSTART:20270301T090000Z\nDTEND:20270301T080000Z",
            "DTSTART;VALUE=DATE:20270301\nDTEND;VALUE=DATE:20270228",
            "DTSTART:20270301T240100Z", "DTSTART;TZID=\"Europe/Paris:20270301T090000",
            "DTSTART:20270301T090000Z\nDTEND:", "DTSTART:20270301T090000Z\nDURATION;X=\"a:PT1H",
            "DTSTART:20270301T090000Z\nDTSTART:",
        ])
    func unreadable(lines: String) throws {
        let calendar = try CalendarReader.read(Self.event(lines))
        #expect(calendar.events.isEmpty && calendar.unreadable.map(\.reason) == [.times])
        #expect(calendar.unreadable.map(\.uid) == ["a"])
    }

    @Test("may say when somebody is busy and no more")
    func freeBusy() throws {
        let calendar = try CalendarReader.read(
            Self.document(
                """
                BEGIN:VFREEBUSY
                FREEBUSY:20270301T090000Z/20270301T100000Z,20270302T090000Z/PT30M
                FREEBUSY;FBTYPE=FREE:20270303T090000Z/PT8H
                END:VFREEBUSY
                """))
        #expect(
            calendar.events.map(\.length) == [
                .until(try Self.moment("20270301T100000Z")), .lasting(days: 0, seconds: 1800),
            ])
    }
}

extension ForeignCalendar {
    /// Whatever they stand for.
    var events: [ForeignEvent] { series.flatMap { $0.events + $0.overrides } }
}
