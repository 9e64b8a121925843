import Clinic
import FoundationEssentials
import Testing

@testable import ICalendar

@Suite("A foreign calendar that asks for too much", .timeLimit(.minutes(5)))
struct CalendarLimitTests {
    @Test("that is nested without end, or has a time without end, is too much")
    func limits() {
        let nested =
            String(repeating: "BEGIN:VEVENT\n", count: 200_000) + String(repeating: "END:VEVENT\n", count: 200_000)
        #expect(throws: CalendarFault.tooMuch) { try CalendarReader.read(CalendarReaderTests.document(nested)) }
        let long = "EXDATE:" + String(repeating: "20270301T090000Z,", count: 60_000)
        #expect(throws: CalendarFault.tooMuch) { try CalendarReader.read(CalendarReaderTests.event(long)) }
    }

    @Test("has a picture, a description and a rule of any length, and is read")
    func longLines() throws {
        let picture = "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + String(repeating: "AAECAwQF\n ", count: 300_000)
        let event = "DTSTART:20270301T090000Z\n\(picture)\nDTEND:20270301T100000Z"
        #expect(try CalendarReader.read(CalendarReaderTests.event(event)).events.count == 1)
        let rule = "RRULE:FREQ=WEEKLY;" + String(repeating: "X=1;", count: 100_000)
        let calendar = try CalendarReader.read(CalendarReaderTests.event("DTSTART:20270301T090000Z\n\(rule)"))
        #expect(calendar.events.map { $0.rules.map(\.isUncertain) } == [[true]])
    }

    @Test("is read the same in pieces of any length")
    func pieces() throws {
        let bytes = CalendarReaderTests.event(
            "DTSTART;TZID=Euro\n pe/Paris:20270314T093000\nSUMMARY:a\n\tb\nDURATION:PT1H")
        let whole = try CalendarReader.read(bytes)
        #expect(whole.events.map(\.start.zone) == [.named("Europe/Paris")])
        for size in 1...7 {
            var reader = CalendarReader()
            for begin in stride(from: 0, to: bytes.count, by: size) {
                try reader.take(Array(bytes[begin..<min(begin + size, bytes.count)]))
            }
            #expect(try reader.finish() == whole)
        }
    }

    @Test(
        "with a BEGIN or END that names nothing, or an END of nothing, is none",
        arguments: [
            "END:VCALENDAR\nEND:VEVENT\nBEGIN:VEVENT\nBEGIN:VEVENT", "BEGIN:VEVENT\nEND:\nEND:VEVENT",
            "BEGIN:VEVENT\nEND: \nEND:VEVENT",
            "BEGIN:\nEND:VEVENT", "BEGIN:VEVENT\nEND:VEVENT\nEND;X=1:VEVENT\nBEGIN:VEVENT",
            "BEGIN;X=1:VEVENT\nEND:VEVENT",
            "BEGIN:VEVENT:\nEND:VEVENT", "BEGIN:VEVENT\nEND", "BEGIN:VEVENT\nEND:VJOURNAL",
            "BEGIN:VEVENT\nBEGIN:VALARM\nEND:VEVENT\nEND:VALARM",
        ])
    func unpaired(lines: String) {
        #expect(throws: CalendarFault.notCalendar) { try CalendarReader.read(CalendarReaderTests.document(lines)) }
    }

    @Test("cannot nest without end by lines that say nothing")
    func hiddenNesting() {
        let nested =
            String(repeating: "BEGIN:VEVENT\nEND:\n", count: 20) + String(repeating: "END:VEVENT\n", count: 20)
        #expect(throws: CalendarFault.notCalendar) { try CalendarReader.read(CalendarReaderTests.document(nested)) }
    }

    @Test(
        "of more zones than there are is too much, wherever they stand",
        arguments: ["BEGIN:VTIMEZONE", "begin:vtimezone", "BEGIN:VEVENT\nBEGIN: VTIMEZONE\nEND:VTIMEZONE"])
    func manyZones(begin: String) throws {
        func document(_ count: Int) -> [UInt8] {
            let end = begin.contains("VEVENT") ? "VEVENT" : "VTIMEZONE"
            return CalendarReaderTests.document(String(repeating: "\(begin)\nTZID:a\nEND:\(end)\n", count: count))
        }
        #expect(try CalendarReader.read(document(500)).events.isEmpty)
        #expect(throws: CalendarFault.tooMuch) { try CalendarReader.read(document(501)) }
    }

    @Test("with ten years of occurrences left out is read")
    func manyLines() throws {
        let lines = String(repeating: "EXDATE:20270301T090000Z\n", count: 10_000)
        let whole = try CalendarReader.read(CalendarReaderTests.event("DTSTART:20270301T090000Z\n\(lines)"))
        #expect(whole.events.map(\.excluding.count) == [10_000])
    }

    @Test(
        "has rules that cost what is looked at for them, whether or not that suffices",
        arguments: [
            // Days that do not exist, since the year 1; times that are too many of a day; places that are too many.
            ("00010101T000000Z", "FREQ=YEARLY;COUNT=1000;BYMONTH=2;BYMONTHDAY=30"),
            (
                "20270104T000000Z",
                "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=\(list(0..<24));BYMINUTE=\(list(0..<60));BYSECOND=\(list(0..<60))"
            ),
            ("19700101T000000Z", "FREQ=DAILY;COUNT=90000;BYSETPOS=\(list(1..<367))"),
        ])
    func costs(start: String, rule: String) throws {
        let first = try CalendarReaderTests.moment("20261201T000000Z").local
        var steps = 1_000_000
        let answer = EventRule(rule).occurrences(
            from: try CalendarReaderTests.moment(start).local, isDate: false, in: first...(first + 400 * 86_400),
            steps: &steps)
        // More than a tenth of all, and not all.
        #expect((1..<900_000).contains(steps) && !answer.isExact)
    }

    private static func list(_ range: Range<Int>) -> String { range.map(String.init).joined(separator: ",") }
}
