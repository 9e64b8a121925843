import Clinic
import ICalendar
import TestSupport
import Testing

/// A rule from its first date, and the dates that it means up to the last one named.
struct RuleCase: Sendable, CustomTestStringConvertible {
    let rule: String?
    let start: String
    let dates: [String]
    var adding: [String] = []
    var excluding: [String] = []
    var testDescription: String { "\(rule ?? "no rule") from \(start)" }

    init(_ rule: String?, _ start: String, _ dates: String, adding: [String] = [], excluding: [String] = []) {
        self.rule = rule
        self.start = start
        self.dates = dates.split(separator: " ").map(String.init)
        self.adding = adding
        self.excluding = excluding
    }
}

@Suite("Recurrence by RFC 5545", .timeLimit(.minutes(5)))
struct RecurrenceTests {
    /// By hand, from a calendar. 2027-01-04 is a Monday.
    static let table = [
        RuleCase("FREQ=DAILY", "2027-02-27", "2027-02-27 2027-02-28 2027-03-01"),
        RuleCase("FREQ=DAILY;INTERVAL=3", "2027-02-26", "2027-02-26 2027-03-01 2027-03-04"),
        RuleCase(
            "FREQ=DAILY;BYDAY=SA,SU;BYMONTH=2", "2027-02-20", "2027-02-20 2027-02-21 2027-02-27 2027-02-28 2028-02-05"),
        RuleCase("FREQ=DAILY;BYMONTHDAY=1,31", "2027-03-30", "2027-03-31 2027-04-01 2027-05-01 2027-05-31"),
        RuleCase("FREQ=WEEKLY", "2027-01-06", "2027-01-06 2027-01-13 2027-01-20"),
        // The first date is not one of the rule's unless the rule names it.
        RuleCase("FREQ=WEEKLY;BYDAY=MO,WE", "2027-01-05", "2027-01-06 2027-01-11 2027-01-13"),
        // Where a week begins says which week is every second one.
        RuleCase("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO", "2027-01-10", "2027-01-10 2027-01-18 2027-01-24 2027-02-01"),
        RuleCase(
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", "2027-01-10", "2027-01-10 2027-01-11 2027-01-24 2027-01-25"),
        RuleCase("FREQ=WEEKLY;COUNT=3;BYDAY=TU", "2027-01-05", "2027-01-05 2027-01-12 2027-01-19"),
        RuleCase("FREQ=WEEKLY;UNTIL=20270118", "2027-01-04", "2027-01-04 2027-01-11 2027-01-18"),
        RuleCase("freq=monthly;byday=-1fr", "2027-01-04", "2027-01-29 2027-02-26 2027-03-26"),
        RuleCase("FREQ=MONTHLY;BYDAY=5MO", "2027-01-01", "2027-03-29 2027-05-31 2027-08-30"),
        RuleCase("FREQ=MONTHLY;BYMONTHDAY=31,-1", "2027-01-31", "2027-01-31 2027-02-28 2027-03-31"),
        RuleCase("FREQ=MONTHLY", "2027-01-30", "2027-01-30 2027-03-30 2027-04-30"),
        RuleCase("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2027-01-04", "2027-01-29 2027-02-26 2027-03-31"),
        RuleCase("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "2026-01-01", "2026-11-26 2027-11-25 2028-11-23"),
        RuleCase("FREQ=YEARLY", "2028-02-29", "2028-02-29 2032-02-29 2036-02-29"),
        RuleCase("FREQ=YEARLY;BYMONTH=1,6;BYDAY=MO;BYSETPOS=1,-1", "2027-01-01", "2027-01-04 2027-06-28 2028-01-03"),
        RuleCase(nil, "2027-01-04", "2027-01-04 2027-03-01", adding: ["2027-03-01"]),
        RuleCase(
            "FREQ=WEEKLY", "2027-01-04", "2027-01-05 2027-01-11 2027-01-25", adding: ["2027-01-05", "2027-01-18"],
            excluding: ["2027-01-04", "2027-01-18", "2027-02-03"]),
    ]

    @Test("means the dates that the calendar says", arguments: table)
    func dates(of example: RuleCase) throws {
        let recurrence = try Self.recurrence(example)
        let last = try #require(example.dates.last)
        #expect(try recurrence.dates(in: date(example.start)...date(last)).map(\.rawValue) == example.dates)
    }

    @Test("gives the same dates whatever part of the time is asked for")
    func windows() throws {
        for example in Self.table {
            let recurrence = try Self.recurrence(example)
            let all = try recurrence.dates(in: date("2026-01-01")...date("2037-01-01"))
            let part = date("2027-03-01")...date("2028-02-29")
            #expect(try recurrence.dates(in: part) == all.filter(part.contains))
        }
    }

    @Test(
        "is refused by name outside what is supported",
        arguments: [
            ("FREQ=SECONDLY", "unsupported", "FREQ=SECONDLY"), ("FREQ=MINUTELY", "unsupported", "FREQ=MINUTELY"),
            ("FREQ=HOURLY;INTERVAL=6", "unsupported", "FREQ=HOURLY"),
            ("FREQ=WEEKLY;INTERVAL=2;WKST=TH;BYDAY=MO", "unsupported", "WKST=TH"),
            ("FREQ=DAILY;BYDAY=1MO", "unsupported", "BYDAY with a number under FREQ=DAILY"),
            ("FREQ=DAILY;BYDAY=MO;BYSETPOS=1", "unsupported", "BYSETPOS under FREQ=DAILY"),
            ("FREQ=DAILY;BYMONTHDAY=-1", "unsupported", "BYMONTHDAY below 1 under FREQ=DAILY"),
            ("FREQ=WEEKLY;BYDAY=2MO", "unsupported", "BYDAY with a number under FREQ=WEEKLY"),
            ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1", "unsupported", "BYSETPOS under FREQ=WEEKLY"),
            ("FREQ=WEEKLY;BYMONTH=6;BYDAY=MO", "unsupported", "BYMONTH under FREQ=WEEKLY"),
            ("FREQ=WEEKLY;BYMONTHDAY=1", "unsupported", "BYMONTHDAY under FREQ=WEEKLY"),
            ("FREQ=MONTHLY;BYMONTH=6;BYMONTHDAY=1", "unsupported", "BYMONTH under FREQ=MONTHLY"),
            ("FREQ=MONTHLY;BYDAY=MO", "unsupported", "BYDAY without a number or BYSETPOS under FREQ=MONTHLY"),
            ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=3", "unsupported", "BYDAY together with BYMONTHDAY"),
            ("FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=1", "unsupported", "BYSETPOS together with BYDAY with a number"),
            ("FREQ=MONTHLY;BYMONTHDAY=1,2;BYSETPOS=1", "unsupported", "BYSETPOS without BYDAY"),
            ("FREQ=YEARLY;BYMONTHDAY=4", "unsupported", "BYMONTHDAY without BYMONTH"),
            ("FREQ=YEARLY;BYDAY=20MO", "unsupported", "BYDAY without BYMONTH"),
            ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "unsupported", "BYMONTHDAY below 1 under FREQ=YEARLY"),
            ("FREQ=YEARLY;BYMONTH=5;BYDAY=MO", "unsupported", "BYDAY without a number or BYSETPOS under FREQ=YEARLY"),
            ("FREQ=YEARLY;BYWEEKNO=20", "unsupported", "BYWEEKNO"),
            ("FREQ=YEARLY;BYYEARDAY=100", "unsupported", "BYYEARDAY"),
            ("FREQ=DAILY;BYHOUR=9", "unsupported", "BYHOUR"), ("FREQ=DAILY;BYMINUTE=30", "unsupported", "BYMINUTE"),
            ("FREQ=DAILY;BYSECOND=1", "unsupported", "BYSECOND"),
            ("RSCALE=CHINESE;FREQ=YEARLY", "unsupported", "RSCALE"), ("FREQ=DAILY;SKIP=OMIT", "unsupported", "SKIP"),
            ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,31", "impossible", "no month that it names has such a day"),
            ("FREQ=DAILY;BYMONTH=4,6;BYMONTHDAY=31", "impossible", "no month that it names has such a day"),
            ("FREQ=MONTHLY;BYDAY=6MO", "impossible", "no month has more than five"),
            ("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=11", "impossible", "never so many days"),
            ("FREQ=YEARLY;BYMONTH=2;BYDAY=MO;BYSETPOS=-6", "impossible", "never so many days"),
            ("", "format", "must be a rule"), ("BYDAY=MO", "format", "must name its FREQ"),
            ("FREQ=FORTNIGHTLY", "format", "unknown FREQ"), ("FREQ=DAILY;", "format", "must be a rule"),
            ("FREQ=DAILY;FREQ=DAILY", "format", "each part once"), ("FREQ=DAILY;X-A=1", "format", "RFC 5545"),
            ("FREQ=DAILY;BYEASTER=1", "format", "does not know"), ("FREQ=DAILY; BYDAY=MO", "format", "must be a rule"),
            ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "format", "both COUNT and UNTIL"),
            ("FREQ=DAILY;UNTIL=20270230", "format", "UNTIL"), ("FREQ=DAILY;UNTIL=2027-01-01", "format", "UNTIL"),
            ("FREQ=DAILY;UNTIL=20270101T250000Z", "format", "UNTIL"), ("FREQ=DAILY;INTERVAL=0", "range", "INTERVAL"),
            ("FREQ=DAILY;UNTIL=20270630T155900Z", "format", "UNTIL"),
            ("FREQ=DAILY;INTERVAL=99999999999999999999", "format", "INTERVAL"),
            ("FREQ=DAILY;COUNT=-1", "range", "COUNT"),
            ("FREQ=WEEKLY;BYDAY=MO,MO", "format", "once"), ("FREQ=WEEKLY;BYDAY=MO,", "format", "empty"),
            ("FREQ=WEEKLY;BYDAY=M", "format", "names no weekday"), ("FREQ=MONTHLY;BYDAY=0MO", "range", "0"),
            ("FREQ=MONTHLY;BYMONTHDAY=32", "range", "BYMONTHDAY from -31 to 31"),
            ("FREQ=DAILY;WKST=XX", "format", "WKST"),
        ] as [(String, String, String)])
    func refusals(text: String, rule: String, words: String) throws {
        let refusal = #expect(throws: RecurrenceRefusal.self) { try RecurrenceRule(text) }
        #expect(refusal?.rule == rule && refusal?.detail.contains(words) == true, "\(refusal?.detail ?? "taken")")
        // Who is refused a shape is told what there is.
        #expect((rule == "unsupported") == (refusal?.detail.contains("WEEKLY with BYDAY;") == true))
    }

    @Test(
        "is refused from a first date that does not fit",
        arguments: [
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "2027-01-05", "start"),
            ("FREQ=WEEKLY;COUNT=4;BYDAY=MO", "2027-01-05", "start"),
            ("FREQ=DAILY;INTERVAL=2;BYMONTH=6", "2027-01-05", "start"),
            ("FREQ=YEARLY;BYMONTH=4", "2027-01-31", "impossible"),
        ])
    func starts(text: String, start: String, rule: String) throws {
        let read = try RecurrenceRule(text)
        let refusal = #expect(throws: RecurrenceRefusal.self) { try Recurrence(read, from: date(start)) }
        #expect(refusal?.rule == rule)
    }

    @Test("answers for any time at once, however long ago it began, and goes through so many dates and no more")
    func bounds() throws {
        let time = date("2500-01-01")...date("2500-01-31")
        for (text, dates) in [
            ("FREQ=DAILY;INTERVAL=9", ["2500-01-05", "2500-01-14", "2500-01-23"]),
            ("FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SA", ["2500-01-11", "2500-01-16"]),
        ] {
            let recurrence = try Recurrence(RecurrenceRule(text), from: date("1900-01-01"))
            #expect(try recurrence.dates(in: time).map(\.rawValue) == dates)
        }
        let rare = try Recurrence(
            RecurrenceRule("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"), from: date("1999-01-01"))
        #expect(try rare.dates(in: date("2020-01-01")...date("2060-01-01")).map(\.rawValue) == ["2044-02-29"])
        let daily = try Recurrence(RecurrenceRule("FREQ=DAILY"), from: date("1900-01-01"))
        #expect(throws: RecurrenceRefusal.self) { try daily.dates(in: date("1900-01-01")...date("2999-12-31")) }
    }

    private static func recurrence(_ example: RuleCase) throws -> Recurrence {
        try Recurrence(
            try example.rule.map { try RecurrenceRule($0) }, from: date(example.start),
            adding: example.adding.map(date),
            excluding: example.excluding.map(date))
    }
}
