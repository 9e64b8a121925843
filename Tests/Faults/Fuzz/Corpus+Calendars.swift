extension Corpus {
    /// Documents of the kinds that calendar programs write, whole or nearly.
    static let calendars =
        [
            // Times by a zone, in UTC, of no zone, whole days, and what repeats.
            "DTSTART;TZID=America/New_York:20261207T090000\nDTEND;TZID=America/New_York:20261207T100000",
            "DTSTART:20261207T140000Z\nDURATION:PT1H30M\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270630T155959Z",
            "DTSTART:20261208T080000\nDTEND:20261208T080000\nRRULE:FREQ=DAILY;INTERVAL=3;COUNT=40",
            "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20270102",
            "DTSTART;VALUE=DATE:20000229\nRRULE:FREQ=YEARLY",
            "DTSTART;VALUE=DATE:20261201\nDURATION:P2W\nEXDATE;VALUE=DATE:20261215",
            "DTSTART;TZID=Europe/Berlin:20260101T233000\nDURATION:P1DT2H\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;WKST=SU",
            "DTSTART:20261207T140000Z\nRRULE:FREQ=MONTHLY;BYMONTHDAY=31,-1\nEXRULE:FREQ=YEARLY",
            "DTSTART:20261207T140000Z\nRRULE:FREQ=HOURLY;INTERVAL=5\nRRULE:FREQ=DAILY;BYHOUR=9,10;BYSECOND=0",
            "DTSTART:20261207T140000Z\nRRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;BYSETPOS=2",
            // Moved, cancelled and added occurrences, of this one or of all that follow.
            "RECURRENCE-ID;TZID=America/New_York:20261214T090000\nDTSTART:20261215T090000Z\nDTEND:20261215T093000Z",
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20270104T140000Z\nDTSTART:20270105T140000Z\nDURATION:PT45M",
            "DTSTART:20261207T140000Z\nDTEND:20261207T150000Z\nRDATE:20261209T140000Z,20261210T140000Z\nEXDATE:20261209T140000Z",
            "DTSTART:20261207T140000Z\nRDATE;VALUE=PERIOD:20261211T100000Z/PT2H,20261212T100000Z/20261212T110000Z",
            // Zones that only the document knows, and those of Windows.
            "DTSTART;TZID=\"Eastern, somewhere\":20261207T090000\nDTEND;TZID=Customized Time Zone:20261207T100000",
            "DTSTART;TZID=Pacific Standard Time:20261207T090000\nDURATION:PT15M",
            "DTSTART;TZID=/example.org/20260101_1/America/Denver:20261207T090000\nDURATION:PT0S",
            // What is free, declined, or makes no sense.
            "DTSTART:20261207T140000Z\nDTEND:20261207T130000Z\nTRANSP:TRANSPARENT\nSTATUS:CANCELLED",
            "DTSTART:20261207T140000Z\nDURATION:-PT1H\nATTENDEE;CN=\"O;k:a\";PARTSTAT=DECLINED:mailto:ines@example.org",
            "DTSTART;VALUE=DATE:20261207\nDTEND:20261208T120000Z\nSUMMARY:folded\n  over\n\t two\n  lines",
            "DTSTART:29991231T235959Z\nDURATION:P3650D\nRRULE:FREQ=YEARLY;UNTIL=29991231",
            "DTSTART:19000101T000000Z\nDTEND:29991231T000000Z",
            "DTSTART:20261207T256100Z\nDTEND:20261332T000000\nDTSTART:20261207T140000Z",
        ].map { document(event: $0) } + [
            document(
                """
                BEGIN:VTIMEZONE
                TZID:Customized Time Zone
                X-LIC-LOCATION:America/Chicago
                BEGIN:STANDARD
                DTSTART:16010101T020000
                RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
                TZOFFSETFROM:-0500
                TZOFFSETTO:-0600
                END:STANDARD
                BEGIN:DAYLIGHT
                DTSTART:16010101T020000
                TZOFFSETTO:-053015
                END:DAYLIGHT
                END:VTIMEZONE
                BEGIN:VFREEBUSY
                FREEBUSY;FBTYPE=BUSY:20261207T140000Z/20261207T150000Z,20261208T140000Z/PT3H
                FREEBUSY;FBTYPE=FREE:20261209T140000Z/PT1H
                END:VFREEBUSY
                BEGIN:VJOURNAL
                DTSTART:20261207T140000Z
                END:VJOURNAL
                BEGIN:VEVENT
                UID:inner
                DTSTART:20261207T140000Z
                BEGIN:VALARM
                TRIGGER:-PT15M
                END:VALARM
                END:VEVENT
                """),
            "\u{feff}" + document("") + document(event: "DTSTART:20261207T140000Z"),
        ]

    static let calendarWords = [
        "BEGIN:VCALENDAR\r\n", "END:VCALENDAR\r\n", "BEGIN:VEVENT\r\n", "END:VEVENT\r\n", "BEGIN:VTIMEZONE\r\n",
        "BEGIN:STANDARD\r\n", "BEGIN:VFREEBUSY\r\n", "BEGIN:X-A\r\n", "\r\n ", "\n\t", "DTSTART", "DTEND", "DURATION",
        "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "TZID", "TZOFFSETTO", "FREEBUSY", "UID", "STATUS",
        "TRANSP", "X-LIC-LOCATION", "X-LIC-ERROR", "X-CONSILIUM-RRULE", ";VALUE=DATE", ";VALUE=PERIOD",
        ";VALUE=DATE-TIME", ";VALUE=BINARY", ";ENCODING=BASE64", ";RANGE=THISANDFUTURE", ";TZID=", ";FBTYPE=FREE",
        "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=SECONDLY", ";INTERVAL=", ";COUNT=", ";UNTIL=",
        ";BYDAY=", ";BYMONTHDAY=", ";BYSETPOS=", ";BYWEEKNO=", ";BYMONTH=", ";BYYEARDAY=", ";BYHOUR=", ";WKST=SU",
        ";RSCALE=HEBREW", ";SKIP=FORWARD", "MO,TU", "-1FR", "+5SU", "P1D", "PT24H", "P10W", "-P1D", "+PT1H",
        "P4294967295W", "PT99999999999999999999S", "PT", "20270314T023000", "20271107T013000", "20270229", "00000000",
        "99991231T235960Z", "19691231T235959Z", "-0001", "+1400", "-1200", "+2359", "+0000000", "UTC", "GMT", "Z",
        "Europe/Kyiv", "W. Europe Standard Time", "(UTC-05:00) Eastern Time (US & Canada)", "mailto:", "PARTSTAT=",
    ]

    private static func document(event lines: String) -> String {
        document("BEGIN:VEVENT\nUID:a@example.org\nDTSTAMP:20261130T120000Z\n\(lines)\nSEQUENCE:2\nEND:VEVENT")
    }

    private static func document(_ lines: String) -> String {
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Example//EN\n\(lines)\nEND:VCALENDAR\n"
            .split(separator: "\n", omittingEmptySubsequences: true).joined(separator: "\r\n") + "\r\n"
    }
}
