import ICalendar

extension ForeignFeed {
    private static func hour(_ zone: String, _ day: String = "20270112") -> String {
        event("DTSTART;TZID=\(zone):\(day)T110000\nDTEND;TZID=\(zone):\(day)T120000")
    }

    private static func at(_ hour: String, _ day: String = "20270112") -> [String] {
        let next = (Int(hour) ?? 0) + 1
        return ["\(day)T\(hour)0000Z/\(day)T\(next < 10 ? "0" : "")\(next)0000Z"]
    }

    /// Zones, lengths, and what does not conform.
    static let times: [ForeignFeed] = [
        ForeignFeed(
            name: "a zone that only the document knows",
            lines: zone("Mine", winter: "+0100", "BYDAY=-1SU;BYMONTH=10", summer: "+0200", "BYDAY=-1SU;BYMONTH=3")
                + hour("Mine"), busy: at("10")),
        ForeignFeed(
            name: "a zone's commas in text and in a parameter",
            lines: zone(#"Here\, there"#, winter: "-0300", "") + hour(#""Here, there""#), busy: at("14")),
        ForeignFeed(
            name: "a name that looks known, which the document defines otherwise",
            lines: zone("Eastern Standard Time", winter: "-0500", "") + hour("Eastern Standard Time", "20270712")
                + "\n" + hour("America/New_York", "20270713"),
            busy: at("16", "20270712") + at("15", "20270713")),
        ForeignFeed(
            name: "a name of UTC that the document gives a summer",
            lines: zone("GMT", winter: "+0000", "BYDAY=-1SU;BYMONTH=10", summer: "+0100", "BYDAY=-1SU;BYMONTH=3")
                + hour("GMT", "20270712"), busy: at("10", "20270712")),
        ForeignFeed(
            name: "a known name whose definition has long ended, and one whose definition cannot be read",
            lines: zone(
                "Europe/Berlin", winter: "+0100", "BYDAY=-1SU;BYMONTH=10;UNTIL=20200101T000000Z", summer: "+0200",
                "BYDAY=-1SU;BYMONTH=3;UNTIL=20200101T000000Z") + hour("Europe/Berlin", "20270712") + "\n"
                + zone("Asia/Tokyo", winter: "+9", "") + hour("Asia/Tokyo"),
            busy: at("02") + at("09", "20270712")),
        ForeignFeed(
            name: "names that say an offset, quoted or not",
            lines: ["GMT+05:00", #""GMT-0500""#, "tzone://Microsoft/Utc", "UTC+3"].enumerated().map { index, name in
                event("DTSTART;TZID=\(name):2027011\(index)T110000\nDURATION:PT1H", uid: name)
            }.joined(separator: "\n"),
            busy: at("06", "20270110") + at("16", "20270111") + at("11", "20270112") + at("08", "20270113")),
        ForeignFeed(name: "a name of Windows", lines: hour("Romance Standard Time"), busy: at("10")),
        ForeignFeed(
            name: "a name as Outlook shows it, without a definition: an hour about",
            lines: hour(#""(UTC+01:00) Amsterdam, Berlin""#), busy: ["20270112T090000Z/20270112T120000Z"],
            unclear: [.zone]),
        ForeignFeed(
            name: "a zone that nobody knows: all that it could be", lines: hour("Nowhere"),
            busy: ["20270111T210000Z/20270113T000000Z"], unclear: [.zone]),
        ForeignFeed(
            name: "days of the calendar and exact hours over a change of the clock",
            lines: event("DTSTART;TZID=America/New_York:20270313T120000\nDURATION:P1D")
                + "\n" + event("DTSTART;TZID=America/New_York:20271106T220000\nDURATION:PT9H", uid: "two")
                + "\n" + event("DTSTART;TZID=America/New_York:20270313T090000\nDURATION:P0DT24H", uid: "three")
                + "\n" + event("DTSTART;TZID=America/New_York:20271030T180000\nDURATION:P1W", uid: "four"),
            busy: [
                "20270313T140000Z/20270314T160000Z", "20271030T220000Z/20271106T220000Z",
                "20271107T020000Z/20271107T110000Z",
            ]),
        ForeignFeed(
            name: "a night that repeats over a change of the clock: to the later of both ends",
            lines: event(
                """
                DTSTART;TZID=America/New_York:20271105T220000
                DTEND;TZID=America/New_York:20271106T060000
                RRULE:FREQ=DAILY;COUNT=2
                """), busy: ["20271106T020000Z/20271106T100000Z", "20271107T020000Z/20271107T110000Z"]),
        ForeignFeed(
            name: "the end of a day as 24:00", lines: event("DTSTART:20270112T200000Z\nDTEND:20270112T240000Z"),
            busy: ["20270112T200000Z/20270113T000000Z"]),
        ForeignFeed(
            name: "a date that ends at a time, and a time that ends on a date",
            lines: event("DTSTART;VALUE=DATE:20270112\nDTEND;TZID=America/New_York:20270112T170000")
                + "\n" + event("DTSTART:20270114T170000Z\nDTEND;VALUE=DATE:20270115", uid: "two"),
            busy: ["20270112T050000Z/20270112T220000Z", "20270114T170000Z/20270115T000000Z"]),
        ForeignFeed(
            name: "an end in the year 4500", lines: event("DTSTART:20270112T200000Z\nDTEND:45000101T000000Z"),
            busy: ["20270112T200000Z/45000101T000000Z"]),
        ForeignFeed(
            name: "an end before its start", lines: event("DTSTART:20270112T200000Z\nDTEND:20270112T190000Z"), busy: [],
            unclear: [.times]),
        ForeignFeed(
            name: "a picture, a long description and years of history",
            lines: (0..<3000).map {
                event("DTSTART:20160112T200000Z\nDTEND:20160112T210000Z\nDESCRIPTION:long", uid: "\($0)")
            }.joined(separator: "\n") + "\n"
                + event(
                    "DTSTART:20270112T200000Z\nDTEND:20270112T210000Z\nATTACH;ENCODING=BASE64;VALUE=BINARY:"
                        + String(repeating: "AAECAwQFBgcICQoLDA0O\n ", count: 5000) + "AA=="),
            busy: ["20270112T200000Z/20270112T210000Z"]),
    ]
}
