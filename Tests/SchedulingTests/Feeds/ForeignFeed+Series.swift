import ICalendar

extension ForeignFeed {
    /// Dates as dates; overrides, exceptions and copies.
    static let series: [ForeignFeed] = [
        ForeignFeed(
            name: "an all-day series to a midnight of UTC, west of it",
            lines: event("DTSTART;VALUE=DATE:20270104\nRRULE:FREQ=DAILY;UNTIL=20270106T000000Z"),
            busy: ["20270104T050000Z/20270107T050000Z"]),
        ForeignFeed(
            name: "an all-day series to the last second of a date, east of UTC", zone: "Asia/Tokyo",
            lines: event("DTSTART;VALUE=DATE:20270104\nRRULE:FREQ=DAILY;UNTIL=20270106T235959Z"),
            busy: ["20270103T150000Z/20270106T150000Z"]),
        ForeignFeed(
            name: "an all-day series to its own midnight as UTC", zone: "Europe/Berlin",
            lines: event("DTSTART;VALUE=DATE:20270104\nRRULE:FREQ=DAILY;UNTIL=20270105T230000Z"),
            busy: ["20270103T230000Z/20270106T230000Z"]),
        ForeignFeed(
            name: "an all-day series without a date that is written as a time",
            lines: event(
                """
                DTSTART;VALUE=DATE:20270104
                RRULE:FREQ=DAILY;COUNT=4
                EXDATE;TZID=Romance Standard Time:20270105T000000
                EXDATE:20270107T050000Z
                """), busy: ["20270104T050000Z/20270105T050000Z", "20270106T050000Z/20270107T050000Z"]),
        ForeignFeed(
            name: "an all-day series with a date moved by a time and one added by a time",
            lines: series(
                "DTSTART;VALUE=DATE:20270104\nRRULE:FREQ=DAILY;COUNT=2\nRDATE:20270120T120000",
                "RECURRENCE-ID:20270105T000000\nDTSTART;VALUE=DATE:20270112"),
            busy: [
                "20270104T050000Z/20270105T050000Z", "20270112T050000Z/20270113T050000Z",
                "20270120T050000Z/20270121T050000Z",
            ]),
        ForeignFeed(
            name: "a timed event with a date added: that date at its own time of day",
            lines: event(
                """
                DTSTART;TZID=America/New_York:20270104T090000
                DURATION:PT1H
                RDATE;VALUE=DATE:20270106,20270108
                EXDATE;VALUE=DATE:20270108
                """), busy: ["20270104T140000Z/20270104T150000Z", "20270106T140000Z/20270106T150000Z"]),
        ForeignFeed(
            name: "a moved occurrence that repeats the series' rule",
            lines: series(
                "DTSTART:20270104T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3",
                "RECURRENCE-ID:20270111T090000Z\nDTSTART:20270112T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3"),
            busy: [
                "20270104T090000Z/20270104T100000Z", "20270112T100000Z/20270112T110000Z",
                "20270118T090000Z/20270118T100000Z",
            ]),
        ForeignFeed(
            name: "an added occurrence that is moved, and one that is left out",
            lines: series(
                "DTSTART:20270104T090000Z\nDURATION:PT1H\nRDATE:20270105T090000Z,20270106T090000Z\nEXDATE:20270106T090000Z",
                "RECURRENCE-ID:20270105T090000Z\nDTSTART:20270107T090000Z\nDURATION:PT30M"),
            busy: ["20270104T090000Z/20270104T100000Z", "20270107T090000Z/20270107T093000Z"]),
        ForeignFeed(
            name: "an occurrence named without a zone, and a rule that ends by its own clock",
            lines: series(
                "DTSTART;TZID=Asia/Tokyo:20270104T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20270106T090000",
                "RECURRENCE-ID:20270105T090000\nDTSTART;TZID=Asia/Tokyo:20270105T120000\nDURATION:PT1H"),
            busy: [
                "20270104T000000Z/20270104T010000Z", "20270105T030000Z/20270105T040000Z",
                "20270106T000000Z/20270106T010000Z",
            ]),
        ForeignFeed(
            name: "an occurrence of which there are two versions, named in two zones",
            lines: series(
                "DTSTART;TZID=Asia/Tokyo:20270104T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2",
                "RECURRENCE-ID:20270105T000000Z\nSEQUENCE:3\nDTSTART:20270105T050000Z\nDURATION:PT1H",
                "RECURRENCE-ID;TZID=Asia/Tokyo:20270105T090000\nSEQUENCE:2\nDTSTART:20270105T070000Z\nDURATION:PT1H"),
            busy: ["20270104T000000Z/20270104T010000Z", "20270105T050000Z/20270105T060000Z"]),
        ForeignFeed(
            name: "two copies of an event, the latest of them moved, and one cancelled at last",
            lines: series(
                "SEQUENCE:1\nDTSTART:20270104T090000Z\nDURATION:PT1H",
                "SEQUENCE:2\nDTSTART:20270105T090000Z\nDURATION:PT1H")
                + "\n"
                + ["SEQUENCE:1", "SEQUENCE:2\nSTATUS:CANCELLED"].map {
                    event("\($0)\nDTSTART:20270106T090000Z\nDURATION:PT1H", uid: "two")
                }.joined(separator: "\n"), busy: ["20270105T090000Z/20270105T100000Z"]),
        ForeignFeed(
            name: "all that follow moved by as much, over a change of the clock, and one of them apart",
            lines: series(
                "DTSTART;TZID=Europe/Berlin:20270308T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=5",
                """
                RECURRENCE-ID;RANGE=THISANDFUTURE:20270315T080000Z
                DTSTART;TZID=Europe/Berlin:20270316T110000
                DTEND;TZID=Europe/Berlin:20270316T113000
                """,
                "RECURRENCE-ID;TZID=Europe/Berlin:20270322T090000\nDTSTART:20270322T200000Z\nDURATION:PT1H"),
            busy: [
                "20270308T080000Z/20270308T090000Z", "20270316T100000Z/20270316T103000Z",
                "20270322T200000Z/20270322T210000Z", "20270330T090000Z/20270330T093000Z",
                "20270406T090000Z/20270406T093000Z",
            ]),
        ForeignFeed(
            name: "all that follow cancelled",
            lines: series(
                "DTSTART;VALUE=DATE:20270104\nRRULE:FREQ=WEEKLY",
                "RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20270111\nDTSTART;VALUE=DATE:20270111\nSTATUS:CANCELLED"),
            busy: ["20270104T050000Z/20270105T050000Z"]),
        ForeignFeed(
            name: "all that follow by another rule: both, as nobody can say which",
            lines: series(
                "DTSTART:20270104T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3",
                """
                RECURRENCE-ID;RANGE=THISANDFUTURE:20270105T090000Z
                DTSTART:20270105T120000Z
                DURATION:PT1H
                RRULE:FREQ=DAILY;COUNT=3
                """.replacing("DAILY;COUNT=3", with: "WEEKLY;COUNT=2")),
            busy: [
                "20270104T090000Z/20270104T100000Z", "20270105T120000Z/20270105T130000Z",
                "20270106T120000Z/20270106T130000Z", "20270112T120000Z/20270112T130000Z",
            ], unclear: [.rule]),
    ]
}
