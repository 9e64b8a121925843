import ICalendar

extension ForeignFeed {
    private static func jan(_ days: String...) -> [String] {
        days.map { "202701\($0)T090000Z/202701\($0)T100000Z" }
    }

    /// What names occurrences, moves them and adds to them in ways that a reader may trip over.
    static let oddSeries: [ForeignFeed] = [
        ForeignFeed(
            name: "a transparent series whose later part is busy",
            lines: series(
                "DTSTART:20270104T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=4\nTRANSP:TRANSPARENT",
                "RECURRENCE-ID;RANGE=THISANDFUTURE:20270111T090000Z\nDTSTART:20270111T090000Z\nDURATION:PT1H"),
            busy: jan("11", "18", "25")),
        ForeignFeed(
            name: "an added time in another zone, of a day: by the clock of its own",
            lines: event(
                "DTSTART;TZID=Asia/Tokyo:20270104T150000\nDURATION:P1D\nRDATE:20270112T060000Z\n"
                    + "RDATE;VALUE=PERIOD:20270120T060000Z/P1D"),
            busy: [
                "20270104T060000Z/20270105T060000Z", "20270112T060000Z/20270113T060000Z",
                "20270120T060000Z/20270121T060000Z",
            ]),
        ForeignFeed(
            name: "an added time in a zone that nobody knows: all that it could be",
            lines: event("DTSTART:20270104T090000Z\nDURATION:PT1H\nRDATE;TZID=Nowhere:20270112T110000"),
            busy: jan("04") + ["20270111T210000Z/20270113T000000Z"], unclear: [.zone]),
        ForeignFeed(
            name: "an override of an occurrence that it does not name, with a higher SEQUENCE: beside the series",
            lines: series(
                "DTSTART:20270104T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2",
                "RECURRENCE-ID:\nSEQUENCE:5\nDTSTART:20270120T090000Z\nDURATION:PT1H",
                "RECURRENCE-ID:never\nSEQUENCE:6\nDTSTART:20270121T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED"),
            busy: jan("04", "11", "20"), unclear: [.rule]),
        ForeignFeed(
            name: "only an override of an occurrence that it does not name, with a rule: by that rule",
            lines: event("RECURRENCE-ID:\nDTSTART:20270104T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2"),
            busy: jan("04", "11"), unclear: [.rule]),
        ForeignFeed(
            name: "all that follow, named in UTC, moved over a change of the clock: by the wall clock",
            lines: series(
                "DTSTART;TZID=Europe/Berlin:20260905T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;INTERVAL=29;COUNT=2",
                """
                RECURRENCE-ID;RANGE=THISANDFUTURE:20260905T080000Z
                DTSTART;TZID=Europe/Berlin:20260907T100000
                DURATION:PT1H
                """), busy: ["20270329T080000Z/20270329T090000Z"]),
        ForeignFeed(
            name: "all that follow moved, of a series that adds a time in another zone: that by exact time",
            lines: series(
                "DTSTART;TZID=Asia/Tokyo:20270104T180000\nDURATION:PT1H\nRDATE:20270112T090000Z",
                """
                RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Asia/Tokyo:20270104T180000
                DTSTART;TZID=Asia/Tokyo:20270105T180000
                DURATION:PT1H
                """), busy: jan("05", "13")),
        ForeignFeed(
            name: "an exception in UTC to a series in a zone that nobody knows: it leaves nothing out",
            lines: event(
                """
                DTSTART;TZID=Nowhere:20270112T110000
                DURATION:PT1H
                RRULE:FREQ=DAILY;COUNT=2
                EXDATE:20270113T110000Z
                """), busy: ["20270111T210000Z/20270114T000000Z"], unclear: [.zone]),
        ForeignFeed(
            name: "an exception in UTC to a series without a zone: that instant alone",
            lines: event(
                """
                DTSTART:20270104T090000
                DURATION:PT1H
                RRULE:FREQ=HOURLY;INTERVAL=5;COUNT=3
                EXDATE:20270104T140000Z
                """), busy: ["20270104T190000Z/20270104T200000Z", "20270105T000000Z/20270105T010000Z"]),
        ForeignFeed(
            name: "an override of a date that has two occurrences: neither is left out",
            lines: series(
                "DTSTART:20270104T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR=9,15;COUNT=2",
                "RECURRENCE-ID;VALUE=DATE:20270104\nDTSTART:20270106T090000Z\nDURATION:PT1H"),
            busy: ["20270104T090000Z/20270104T100000Z", "20270104T150000Z/20270104T160000Z"] + jan("06"),
            unclear: [.rule]),
        ForeignFeed(
            name: "an override of a date that has one occurrence",
            lines: series(
                "DTSTART:20270104T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2",
                "RECURRENCE-ID;VALUE=DATE:20270104\nDTSTART:20270106T090000Z\nDURATION:PT1H"),
            busy: jan("05", "06")),
        ForeignFeed(
            name: "an added time in UTC that is moved by its name in the event's zone",
            lines: series(
                "DTSTART;TZID=Asia/Tokyo:20270104T180000\nDURATION:PT1H\nRDATE:20270112T060000Z",
                "RECURRENCE-ID;TZID=Asia/Tokyo:20270112T150000\nDTSTART:20270113T090000Z\nDURATION:PT1H"),
            busy: jan("04", "13")),
        ForeignFeed(
            name: "all that follow, of a series whose hours cannot be read",
            lines: series(
                """
                DTSTART:20270104T090000Z
                DURATION:PT1H
                RRULE:FREQ=WEEKLY;BYDAY=MO;BYHOUR=25;UNTIL=20270119T000000Z
                """, "RECURRENCE-ID;RANGE=THISANDFUTURE:20270111T090000Z\nDTSTART:20270112T090000Z\nDURATION:PT1H"),
            busy: [
                "20270104T000000Z/20270105T010000Z", "20270111T000000Z/20270111T100000Z",
                "20270112T090000Z/20270113T010000Z", "20270119T000000Z/20270120T010000Z",
            ], unclear: [.rule]),
        ForeignFeed(
            name: "an added time that cannot be read, of an event long ago",
            lines: event("DTSTART:20250104T090000Z\nDURATION:PT1H\nRDATE:20270112T99"), busy: [], unclear: [.times]),
        ForeignFeed(
            name: "twenty-five events of long ago that cannot be read, and one to come in a zone that nobody knows",
            lines: (0..<25).map { event("DTSTART:20120104T090000Z\nDTEND:x", uid: "\($0)") }.joined(separator: "\n")
                + "\n" + event("DTSTART;TZID=Nowhere:20270112T110000\nDTEND;TZID=Nowhere:20270112T120000")
                + "\n" + event("DTSTART:20120104T090000Z\nDTEND:x\nRRULE:FREQ=WEEKLY", uid: "still"),
            busy: ["20270111T210000Z/20270113T000000Z"], unclear: [.times, .zone]),
    ]
}
