import ICalendar

extension ForeignFeed {
    private static func hour(_ rule: String, from start: String = "20270104T090000Z") -> String {
        event("DTSTART:\(start)\nDURATION:PT1H\nRRULE:\(rule)")
    }

    private static func hours(_ days: [String], _ time: String = "09") -> [String] {
        days.map { "2027\($0)T\(time)0000Z/2027\($0)T\((Int(time) ?? 0) + 1)0000Z" }
    }

    /// Rules of every shape, and what is none.
    static let rules: [ForeignFeed] = [
        ForeignFeed(
            name: "a day of every month, as a yearly rule",
            lines: hour(
                "FREQ=YEARLY;WKST=SU;INTERVAL=1;BYMONTHDAY=20;UNTIL=20270325T000000Z", from: "20260120T100000Z"),
            busy: ["20261220T100000Z/20261220T110000Z"] + hours(["0120", "0220", "0320"], "10")),
        ForeignFeed(
            name: "weekdays of a month without a number",
            lines: hour("FREQ=MONTHLY;BYDAY=MO;COUNT=5"), busy: hours(["0104", "0111", "0118", "0125", "0201"])),
        ForeignFeed(
            name: "a week that begins on a Saturday", lines: hour("FREQ=WEEKLY;INTERVAL=2;WKST=SA;BYDAY=MO,FR;COUNT=4"),
            busy: hours(["0104", "0108", "0118", "0122"])),
        ForeignFeed(
            name: "the times of its own start", lines: hour("FREQ=WEEKLY;BYDAY=MO;BYHOUR=9;BYMINUTE=0;COUNT=2"),
            busy: hours(["0104", "0111"])),
        ForeignFeed(
            name: "times of the day", lines: hour("FREQ=DAILY;BYHOUR=9,12;BYMINUTE=0,30;BYSETPOS=1,-1;COUNT=3"),
            busy: [
                "20270104T090000Z/20270104T100000Z", "20270104T123000Z/20270104T133000Z",
                "20270105T090000Z/20270105T100000Z",
            ]),
        ForeignFeed(
            name: "some hours apart", lines: hour("FREQ=HOURLY;INTERVAL=5;COUNT=3"),
            busy: [
                "20270104T090000Z/20270104T100000Z", "20270104T140000Z/20270104T150000Z",
                "20270104T190000Z/20270104T200000Z",
            ]),
        ForeignFeed(
            name: "a week of the year", lines: hour("FREQ=YEARLY;BYWEEKNO=28;BYDAY=MO,TU", from: "20260706T090000Z"),
            busy: hours(["0712", "0713"])),
        ForeignFeed(
            name: "days of the year", lines: hour("FREQ=YEARLY;BYYEARDAY=35,-100;COUNT=3"),
            busy: ["20270104T090000Z/20270104T100000Z"] + hours(["0204", "0923"])),
        ForeignFeed(
            name: "a start that is none of the rule's days, every other week",
            lines: hour("FREQ=WEEKLY;BYDAY=TH;INTERVAL=2;UNTIL=20270201T000000Z"),
            busy: hours(["0104", "0107", "0121"])),
        ForeignFeed(
            name: "a semicolon at its end, blanks, small letters",
            lines: hour("freq=weekly; until=20270111T090000;interval=1;"), busy: hours(["0104", "0111"])),
        ForeignFeed(
            name: "a rule that is left out, and two rules",
            lines: event(
                """
                DTSTART:20270104T090000Z
                DURATION:PT1H
                RRULE:FREQ=DAILY;COUNT=3
                RRULE:FREQ=WEEKLY;COUNT=2
                EXRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=1
                """), busy: hours(["0104", "0106", "0111"])),
        ForeignFeed(
            name: "a part that nobody knows: every day that it may have, and no more",
            lines: hour("FREQ=MONTHLY;BYEASTER=1;BYDAY=SA;BYMONTH=1;UNTIL=20270120T000000Z"),
            busy: hours(["0104", "0109", "0116"]), unclear: [.rule]),
        ForeignFeed(
            name: "a frequency that nobody knows, with an end", lines: hour("FREQ=FORTNIGHTLY;UNTIL=20270106T090000Z"),
            busy: hours(["0104", "0105", "0106"]), unclear: [.rule]),
        ForeignFeed(
            name: "hours that cannot be read: all of the days that it has",
            lines: hour("FREQ=WEEKLY;BYDAY=MO;BYHOUR=25;UNTIL=20270112T000000Z"),
            busy: ["20270104T000000Z/20270105T010000Z", "20270111T000000Z/20270112T010000Z"], unclear: [.rule]),
        ForeignFeed(
            name: "every second of a day: all of it",
            lines: hour("FREQ=SECONDLY;BYMONTHDAY=5;BYMONTH=1"),
            busy: hours(["0104"]) + ["20270105T000000Z/20270106T010000Z"],
            unclear: [.rule]),
        ForeignFeed(
            name: "sixty rules that are odd in themselves, and a meeting",
            lines: (0..<60).map {
                event(
                    "DTSTART;VALUE=DATE:202001\($0 % 28 < 9 ? "0" : "")\($0 % 28 + 1)\nRRULE:FREQ=YEARLY;BYEASTER=\($0);BYMONTH=2",
                    uid: "\($0)")
            }.joined(separator: "\n") + "\n" + event("DTSTART:20270104T090000Z\nDURATION:PT1H", uid: "meeting"),
            busy: hours(["0104"]) + ["20270201T050000Z/20270301T050000Z"],
            unclear: Array(repeating: .rule, count: 60)),
        ForeignFeed(
            name: "a time that the clock skips",
            lines: event(
                """
                DTSTART;TZID=America/New_York:20270313T023000
                DURATION:PT30M
                RRULE:FREQ=DAILY;COUNT=3
                """),
            busy: [
                "20270313T073000Z/20270313T080000Z", "20270315T063000Z/20270315T070000Z",
                "20270316T063000Z/20270316T070000Z",
            ]),
        ForeignFeed(
            name: "a birthday of a year that nobody knows, and one since 1604",
            lines: event("DTSTART;VALUE=DATE:16040229\nRRULE:FREQ=YEARLY")
                + "\n" + event("DTSTART;VALUE=DATE:16040304\nRRULE:FREQ=YEARLY", uid: "two"),
            busy: ["20270304T050000Z/20270305T050000Z"]),
    ]
}
