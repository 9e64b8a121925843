/// Good inputs, of the kinds that come, for the readers to be given variations of.
enum Corpus {
    static let urls = [
        "https://calendar.example.com/private-5f1d/basic.ics", "webcal://Calendar.Example.com:8443/a/b?c=d#e",
        "http://192.0.2.7/x.ics", "https://[2001:db8::7]:444/x", "https://xn--bcher-kva.example./ä/%C3%A4?q=%26",
        "https://host.example:65535/", "//other.example/x", "/rooted?x", "../up", "?only", "#part",
        "https://0x7f.1:1/", "https://[::ffff:127.0.0.1]/", "https://bücher.example/", "https://a_b.r3---sn.example/",
    ]
    static let urlWords = [
        "https://", "http://", "webcal:", "https+unix://", "http+unix://", "file:///", "javascript:", "data:,", "@",
        "a:b@",
        "[", "]", "[::1]", "[fe80::1%25eth0]", "::", ":99999", ":0", ":65536", ":-1", ":00443", "localhost", "127.1",
        "0177.0.0.1", "2130706433", "0x", "xn--", "xn--a", "%2e", "%00", "。", "ｌ", "/..", "/./", "//", "?", "#", "\\",
    ]

    static let answers = [
        answer(
            "200 OK", ["Content-Type: text/calendar", "ETag: \"7\"", "Last-Modified: Mon, 30 Nov 2026 13:00:00 GMT"]),
        answer("304 Not Modified", ["ETag: \"7\""], body: ""), answer("301 Moved", ["Location: /elsewhere"]),
        answer("302 Found", ["Location: https://host.example:99999/"]),
        answer("307 Temporary Redirect", ["Location: //[::1]:1/x", "Connection: close"]),
        answer("503 Busy", ["Retry-After: 120"]), "HTTP/1.1 100 Continue\r\n\r\n" + answer("200 OK", []),
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer("200 OK", ["Connection: keep-alive"]),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1b\r\nBEGIN:VCALENDAR\r\nVERSION:2.\r\n0;x=y\r\n\r\nTrailer: 1\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u{1f}abc",
        "HTTP/2 200\r\ncontent-length: 0\r\n\r\n",
    ]
    static let answerWords = [
        "HTTP/1.1 ", "HTTP/1.0 ", "HTTP/9.9 ", "\r\n", "\r\n\r\n", "Content-Length: ", "Transfer-Encoding: chunked",
        "Connection: close", "Location: ", "ETag: ", "Upgrade: ", "Trailer: ", "Content-Encoding: ", "0\r\n\r\n",
        "ffffffffffffffff\r\n", "100", "101", "204", "205", "304", "000", "999", "1000", "SSH-2.0-x\r\n",
    ]

    private static func answer(_ status: String, _ headers: [String], body: String? = nil) -> String {
        let body = body ?? "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
        let lines = headers + (body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"])
        return "HTTP/1.1 \(status)\r\n" + lines.map { "\($0)\r\n" }.joined() + "\r\n" + body
    }

    static let bodies = [
        #"{"timeZone":"America/New_York","ruleSets":[{"name":"Usual","effectiveFrom":"2026-01-05","visitTypes":["consult-45"],"rules":[{"rrule":"FREQ=WEEKLY;BYDAY=MO,WE","startDate":"2026-01-05","starts":"09:00","ends":"17:00","exdates":["2026-12-25"],"rdates":["2026-12-26"]}]}],"overrides":[{"date":"2026-12-24","mode":"replace","hours":[{"starts":"09:00","ends":"12:00"}]}]}"#,
        #"{"startsAt":"2027-03-14T09:30:00Z","endsAt":"2027-03-14T11:00:00.25-05:00"}"#,
        #"{"durationMinutes":45,"bufferBeforeMinutes":0,"mostPerDay":null,"bookedBy":["party"],"x":[1,2.5e3,-0,true,false,null]}"#,
        #"{"name":"\u00e9\ud83d\ude00\n","birthDate":"1961-04-02","a":{"b":{"c":[[[[]]]]}},"a":1}"#,
        #"[0,1,255,256,-1,1e3,"text",{},[]]"#, "\"text\"", "12", "null", " { } ",
    ]
    static let jsonWords = [
        "{", "}", "[", "]", ":", ",", "\"", "\\u0000", "\\ud800", "\\udfff", "\\x", "null", "true", "1e999", "-0", "-",
        "0123", "1.", ".5", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "{\"a\":", "\"\":", "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z", "2027-02-29", "2027-06-30T23:59:60Z", "24:00", "FREQ=DAILY",
    ]

    static let words = [
        "ines.okafor@example.org", "\"quoted\"@example.org", "ines@bücher.example", "Ines Okafor <ines@example.org>",
        "US-OH", "2027-02-28", "2027-03-14T09:30", "2027-03-14T09:30:00Z", "2027-03-14T09:30:00.123456+05:30",
        "20270314T093000Z", "20270314", "0192f0c1-7d2e-7a41-9c3b-000000000001", "America/New_York",
        "Pacific Standard Time", "192.0.2.1", "2001:db8::1", "::ffff:10.0.0.1", "$scrypt$ln=15,r=8,p=3$c2FsdA$aGFzaA",
        "FREQ=DAILY;INTERVAL=2;COUNT=10", "FREQ=WEEKLY;BYDAY=MO,WE;WKST=SU;UNTIL=20271231",
        "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271231T235959Z", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "FREQ=MONTHLY;BYMONTHDAY=-1,31",
    ]
    static let wordWords = [
        "@", ".", "-", "FREQ=", "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", ";INTERVAL=", ";COUNT=", ";UNTIL=",
        ";BYDAY=", ";BYMONTH=", ";BYMONTHDAY=", ";BYSETPOS=", ";BYWEEKNO=", ";BYYEARDAY=", ";WKST=", "MO", "-53SU", "T",
        "Z", "+14:00", "-12:00", ":60", "24:00", "::", "%eth0",
    ]
}
