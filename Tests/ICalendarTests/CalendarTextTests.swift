import Clinic
import FoundationEssentials
import Rig
import Testing

@testable import ICalendar

@Suite("The text of a foreign calendar", .timeLimit(.minutes(5)))
struct CalendarTextTests {
    @Test(
        "that is none, or is cut off, is not read",
        arguments: [
            "", "garbage", "<html><body>Sign in</body></html>", "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT",
            "BEGIN:VCALENDAR\nEND:VCALENDAR\n\0", "BEGIN:VEVENT\nEND:VEVENT", "BEGIN:VCARD\nEND:VCARD",
        ])
    func refuses(text: String) {
        #expect(throws: CalendarFault.notCalendar) { try CalendarReader.read(Array(text.utf8)) }
    }

    @Test("is folded, has line ends of its own and a mark at its head, and it does not matter")
    func folded() throws {
        let text =
            "\u{feff}BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=Euro\n pe/Paris:202703\n\t14T093000\nEND:VEVENT\nEND:VCALENDAR"
        let calendar = try CalendarReader.read(Array(text.utf8))
        #expect(
            calendar.events.map(\.start) == [try CalendarReaderTests.moment("20270314T093000", .named("Europe/Paris"))])
    }

    @Test("damaged at random is read or refused, and never more")
    func damaged() throws {
        var generator = SeededGenerator(seed: SeededGenerator.testSeed)
        var (read, refused) = (0, 0)
        let whole = CalendarReaderTests.event(
            """
            DTSTART;TZID=Europe/Paris:20270301T090000
            DTEND;TZID=Europe/Paris:20270301T100000
            RRULE:FREQ=WEEKLY;BYDAY=MO,WE
            EXDATE;TZID=Europe/Paris:20270303T090000,20270308T090000
            RDATE;VALUE=PERIOD:20270305T090000Z/PT2H
            """)
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
                }
            }
            do {
                _ = try CalendarReader.read(bytes)
                read += 1
            } catch {
                refused += 1
            }
        }
        #expect(read > 0 && refused > 0, "\(read) were read, \(refused) refused")
    }
}
