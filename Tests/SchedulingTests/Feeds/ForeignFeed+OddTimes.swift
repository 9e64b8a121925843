import ICalendar

extension ForeignFeed {
    private static func at(_ hour: String, _ day: String = "20270112") -> [String] {
        let next = (Int(hour) ?? 0) + 1
        return ["\(day)T\(hour)0000Z/\(day)T\(next < 10 ? "0" : "")\(next)0000Z"]
    }

    /// Ends, zones and rules that hardly conform.
    static let oddTimes: [ForeignFeed] = [
        ForeignFeed(
            name: "an end in a zone that nobody knows: the latest that it could be",
            lines: event("DTSTART:20270112T100000Z\nDTEND;TZID=Nowhere:20270112T120000"),
            busy: ["20270112T100000Z/20270113T000000Z"], unclear: [.zone]),
        ForeignFeed(
            name: "ends that cannot be read for a quote without end, or say nothing: no instants",
            lines: event("DTSTART:20270112T100000Z\nDTEND;X=\"a:20270112T120000Z")
                + "\n" + event("DTSTART:20270112T100000Z\nDURATION:", uid: "two")
                + "\n" + event("DTSTART;X=\"a:20270112T100000Z\nDURATION:PT1H", uid: "three"),
            busy: [], unclear: [.times, .times, .times]),
        ForeignFeed(
            name: "a rule that cannot be read for a quote without end: any day",
            lines: event("DTSTART:20271130T100000Z\nDURATION:PT1H\nRRULE;X=\"a:FREQ=DAILY"),
            busy: at("10", "20271130"), unclear: [.rule]),
        ForeignFeed(
            name: "a start that the clock skips, to an end that it shows",
            lines: event(
                "DTSTART;TZID=America/New_York:20270314T023000\nDTEND;TZID=America/New_York:20270314T030000"),
            busy: ["20270314T073000Z/20270314T080000Z"]),
        ForeignFeed(
            name: "an end on another clock before its start",
            lines: event("DTSTART:20270112T200000Z\nDTEND;TZID=America/New_York:20270112T140000"), busy: [],
            unclear: [.times]),
        ForeignFeed(
            name: "a zone of which the document writes one year, and no more: all that its clock ever shows",
            lines: """
                BEGIN:VTIMEZONE
                TZID:Mine
                BEGIN:STANDARD
                DTSTART:20251026T030000
                TZOFFSETFROM:+0200
                TZOFFSETTO:+0100
                END:STANDARD
                BEGIN:DAYLIGHT
                DTSTART:20260329T020000
                TZOFFSETFROM:+0100
                TZOFFSETTO:+0200
                END:DAYLIGHT
                END:VTIMEZONE

                """ + event("DTSTART;TZID=Mine:20270112T110000\nDTEND;TZID=Mine:20270112T120000"),
            busy: ["20270112T090000Z/20270112T110000Z"], unclear: [.zone]),
        ForeignFeed(
            name: "old names of zones, of one word",
            lines: ["Japan", "EST5EDT", "CET", "Singapore"].enumerated().map { index, name in
                event("DTSTART;TZID=\(name):2027011\(index)T110000\nDURATION:PT1H", uid: name)
            }.joined(separator: "\n"),
            busy: at("02", "20270110") + at("16", "20270111") + at("10", "20270112") + at("03", "20270113")),
        ForeignFeed(
            name: "five thousand days", lines: event("DTSTART:20150101T000000Z\nDURATION:P5000D"),
            busy: ["20150101T000000Z/20280909T000000Z"]),
        ForeignFeed(
            name: "a person's own statement of when they are busy, by a clock that it names",
            lines: "BEGIN:VFREEBUSY\nFREEBUSY;TZID=Asia/Tokyo:20270112T110000/PT1H\nEND:VFREEBUSY", busy: at("02")),
    ]

    private static func hour(_ rule: String, from start: String = "20270104T090000Z") -> String {
        event("DTSTART:\(start)\nDURATION:PT1H\nRRULE:\(rule)")
    }

    private static func list(_ count: Int) -> String { (0..<count).map(String.init).joined(separator: ",") }

    private static func hours(_ days: String...) -> [String] {
        days.map { "2027\($0)T090000Z/2027\($0)T100000Z" }
    }

    static let oddRules: [ForeignFeed] = [
        ForeignFeed(
            name: "the last day of a month that has not so many (RFC 7529), and the first of the next",
            lines: hour("FREQ=MONTHLY;COUNT=3;RSCALE=GREGORIAN;SKIP=BACKWARD", from: "20270131T090000Z") + "\n"
                + event(
                    "DTSTART:20270831T090000Z\nDURATION:PT1H\nRRULE:RSCALE=GREGORIAN;SKIP=FORWARD;FREQ=MONTHLY;COUNT=3",
                    uid: "two"),
            busy: hours("0131", "0228", "0331", "0831", "1001", "1031")),
        ForeignFeed(
            name: "a week's begin that cannot be read, where it matters to nobody and where it does",
            lines: hour("FREQ=MONTHLY;WKST=XX;UNTIL=20270304T090000Z") + "\n"
                + event(
                    "DTSTART:20270504T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;INTERVAL=2;WKST=XX;BYDAY=TU;UNTIL=20270511T090000Z",
                    uid: "two"),
            busy: hours("0104", "0204", "0304", "0504", "0511"), unclear: [.rule]),
        ForeignFeed(
            name: "a day of the moon's year: about its day alone",
            lines: event("DTSTART;VALUE=DATE:20260217\nRRULE:RSCALE=CHINESE;FREQ=YEARLY"),
            // The new year of 2027 is 6 February.
            busy: ["20270204T050000Z/20270210T050000Z", "20270305T050000Z/20270311T050000Z"], unclear: [.rule]),
        ForeignFeed(
            name: "more times a day than are looked at, and the second of them: all days that may have it",
            lines: hour(
                "FREQ=MONTHLY;BYDAY=MO;BYHOUR=\(list(24));BYMINUTE=\(list(60));BYSECOND=\(list(60));BYSETPOS=2;UNTIL=20270112T000000Z"
            ),
            busy: ["20270104T000000Z/20270105T010000Z", "20270111T000000Z/20270112T010000Z"], unclear: [.rule]),
        ForeignFeed(
            name: "a rule that leaves out the first time too",
            lines: event(
                "DTSTART:20270104T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXRULE:FREQ=WEEKLY;COUNT=1"),
            busy: hours("0105", "0106")),
        ForeignFeed(
            name: "a week of the year, without a weekday: that of the start",
            lines: hour("FREQ=YEARLY;BYWEEKNO=28", from: "20260707T090000Z"), busy: hours("0713")),
        ForeignFeed(
            name: "a counted series over two springs, at a time that the clock skips",
            lines: event(
                """
                DTSTART;TZID=America/New_York:20260101T023000
                DURATION:PT30M
                RRULE:FREQ=DAILY;COUNT=439
                """
            ).replacing("DURATION", with: "EXRULE:FREQ=DAILY;BYMONTH=1,2,12\nDURATION"),
            // 8 March 2026 and 14 March 2027 do not count: 17 March is the last instead of the 15th.
            busy: (1...13).map { "202703\($0 < 10 ? "0" : "")\($0)T073000Z/202703\($0 < 10 ? "0" : "")\($0)T080000Z" }
                + (15...17).map { "202703\($0)T063000Z/202703\($0)T070000Z" }),
    ]
}
