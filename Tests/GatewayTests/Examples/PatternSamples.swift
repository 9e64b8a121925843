import Clinic
@testable import Gateway
@testable import HTTPServer
import ICalendar
import Identity
@testable import JSON
@testable import Scheduling
@testable import ServiceAPI

/// Texts that a pattern of the document takes, and others that it does not. A pattern that is not here is a fault.
struct PatternSamples {
    /// The most usual first.
    private let exact: [String]
    let forbidden: [String]
    /// Pieces of which texts of any length can be made.
    private var pieces: [Character] = []
    /// One of many different ones, for lists.
    var numbered: (@Sendable (Int) -> String)?

    /// Texts of the shortest and of the longest length, where any length will do.
    func allowed(_ shortest: Int?, _ longest: Int?) -> [String] {
        let edges = pieces.flatMap { piece in
            [shortest ?? 1, longest ?? 3000].map { String(repeating: piece, count: max($0, 1)) }
        }
        return (exact + edges).filter { text in
            let count = text.unicodeScalars.count
            return count >= shortest ?? 0 && count <= longest ?? .max
        }
    }

    static func of(_ pattern: String) -> PatternSamples {
        table[pattern] ?? PatternSamples(exact: ["the pattern \(pattern) has no samples"], forbidden: [])
    }

    /// Where a schema has no pattern, whatever a text can hold.
    static let unbound = PatternSamples(
        exact: ["text", "", " ", "a\nb", "bell\u{7}", "nothing\u{0}"], forbidden: [], pieces: ["x", "体"])

    private static let written = [
        "", " ", " \n\t ", "bell\u{7}", "\u{9b}1m", "\u{200B}", "\u{2800}", "\u{3164}", "scan\u{202E}fdp.exe",
    ]

    static let table: [String: PatternSamples] = [
        TextRule.lines(max: 1).pattern: .init(
            exact: ["Two\nlines\tand more", "é", "\u{2068}Nora\u{2069} is well"], forbidden: written,
            pieces: ["x", "体", "🩺"]),
        TextRule.lines(max: 1).orEmpty.pattern: .init(
            exact: ["Two\nlines", ""], forbidden: Array(written.dropFirst()), pieces: ["x", "体"]),
        TextRule.line(max: 1).pattern: .init(
            exact: ["One line", "é", "محمد", "می\u{200C}خواهم"],
            forbidden: written + ["a\nb", "a\u{2028}b", "a\u{200B}b"], pieces: ["x", "体", "🩺"]),
        TextRule.line(max: 1).orEmpty.pattern: .init(
            exact: ["One line", ""], forbidden: written.dropFirst() + ["a\nb"], pieces: ["x", "体"]),
        TextRule.line(max: 1, without: ["\t", "/", "\\"], notLast: ["."]).pattern: .init(
            exact: ["biopsy 2.pdf", "scan ❤\u{FE0F}"],
            forbidden: written + ["a\tb", "a/b", "a\\b", "a\nb", "..", "a.", "a "],
            pieces: ["x", "体"]),
        TextRule.anything().pattern: .init(
            exact: ["text", "bell\u{7}", " "], forbidden: ["nothing\u{0}"], pieces: ["x", "体"]),
        "^[^\\x00-\\x1F\\x7F-\\x9F]*$": .init(
            exact: ["violet harbour candle", "紫の港の蝋燭と三つの古い時計の音"], forbidden: ["a bell\u{7} rings in the harbour"]),
        TextForm.email.pattern: .init(
            exact: ["nora.lindqvist@example.org", "a@b.co", "o'neill+case_1@mail.example-site.org"]
                + ["\(String(repeating: "l", count: 64))@\(String(repeating: "d", count: 63)).example.org"],
            forbidden: ["nora", "nora@", "@example.org", "a@b", "a b@example.org", "a..b@example.org", "a@-b.org"]),
        TextForm.timeZone.pattern: .init(
            exact: ["America/New_York", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"],
            forbidden: ["", "EST5EDT", "posix/UTC", "America/New York", "+05:00"]),
        TextForm.word.pattern: .init(
            exact: ["consult-45", "a", String(repeating: "a", count: 64)],
            forbidden: ["", "Consult", "4-consults", "a b", String(repeating: "a", count: 65)],
            numbered: { "kind-\($0)" }),
        TextForm.timeOfDay.pattern: .init(
            exact: ["09:00", "00:00", "23:59"], forbidden: ["", "24:00", "9:00", "12:60", "noon"]),
        TextForm.endOfDay.pattern: .init(
            exact: ["17:30", "24:00", "23:59"], forbidden: ["", "24:01", "9:00", "12:60", "noon"]),
        TextForm.date.pattern: .init(
            exact: ["2027-05-31", "1900-01-01", "2999-12-31", "2028-02-29"],
            forbidden: ["", "1899-12-31", "3000-01-01", "2027-13-01", "2027-5-31", "31.05.2027"],
            numbered: { CivilDate(rawValue: "2027-01-01")?.adding(days: $0)?.rawValue ?? "" }),
        RFC3339.form.pattern: .init(
            exact: ["2027-03-15T13:30:00Z", "2027-03-15t09:30:00.123456-04:00", "0001-01-01T00:00:00Z"]
                + ["9999-12-31T23:59:59Z"],
            forbidden: ["", "2027-03-15", "2027-03-15T13:30:00", "2027-03-15T24:00:00Z", "2027-03-15 13:30:00Z"]
                + ["2027-03-15T13:30:00.1234567Z"]),
        TextForm.jurisdiction.pattern: .init(
            exact: ["US-OH", "CA", "GB-ENG"], forbidden: ["", "us-oh", "US-", "US-OHIO", "Ohio"]),
        TextForm.languageTag.pattern: .init(
            exact: ["en", "es-MX", "zh-Hant-TW", "ast", "de-1996-fonipa", "en-US-u-hc-h12", "en-x-foo"],
            forbidden: ["", "e", "english", "en_US", "en-"],
            numbered: { "a\(["a", "b", "c", "d", "e"][$0 / 26 % 5])-\(String(UnicodeScalar(UInt8(97 + $0 % 26))))x" }),
        TextForm.conditionCode.pattern: .init(
            exact: ["C50.911", "C50", "C7A.1"], forbidden: ["", "C5", "c50.911", "C50.", "C50.91111", "50.1"]),
        TextForm.taxonomyCode.pattern: .init(
            exact: ["207RX0202X"], forbidden: ["", "207RX0202", "207RX02020", "207rx0202x"],
            numbered: { String("20700000\($0 + 10)X".suffix(10)) }),
        "^[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}$": .init(
            exact: ["application/pdf", "a/b", "application/vnd.x+json"],
            forbidden: ["", "pdf", "a/", "a/b/c", "text/plain; charset=utf-8"]),
        "^[0-9A-Fa-f]{64}$": .init(
            exact: [String(repeating: "0a", count: 32), String(repeating: "AF", count: 32)],
            forbidden: ["", String(repeating: "a", count: 63), String(repeating: "g", count: 64)]),
        FeedURL.rule.pattern: .init(
            exact: ["https://calendar.example.com/basic.ics", "webcal://example.org:8443/a?b=c"],
            forbidden: ["", "calendar.example.com", "ftp://example.com/x.ics", "http://example.com/x.ics"]),
        TextForm.idempotencyKey.pattern: .init(
            exact: ["a-key", "!", String(repeating: "~", count: 255)],
            forbidden: ["", "a key", String(repeating: "k", count: 256)]),
        TextForm.eventID.pattern: .init(exact: ["3", "0"], forbidden: ["-1", "three", "1.5"]),
        TextForm.entityTags.pattern: .init(
            exact: ["\"3\"", "W/\"3\", \"4-a\"", "*", "\"\""], forbidden: ["3", "\"3", "\"3\" \"4\"", "w/\"3\""]),
        RecurrenceRule.rule.pattern: .init(
            exact: ["FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=DAILY", "FREQ=MONTHLY;BYDAY=2TU", "BYDAY=MO;FREQ=WEEKLY"],
            forbidden: ["", "every Monday", "FREQ=HOURLY", "BYDAY=MO"]),
        "^(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$": .init(
            exact: ["17:00-21:00", "00:00-24:00"], forbidden: ["17-21", "29:00-30:00", "17:00", "17:00-24:30"]),
    ]
}
