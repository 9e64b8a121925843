import Clinic
import FoundationEssentials
import Testing

@testable import ICalendar

@Suite("A foreign calendar that asks for too much")
struct CalendarLimitTests {
    @Test("that is nested without end, or has a line without end, is too much")
    func limits() {
        let nested =
            String(repeating: "BEGIN:VEVENT\n", count: 200_000) + String(repeating: "END:VEVENT\n", count: 200_000)
        #expect(throws: CalendarFault.tooMuch) { try CalendarReader.read(CalendarReaderTests.document(nested)) }
        let long = "RRULE:FREQ=DAILY;" + String(repeating: "X=1;", count: 100_000)
        #expect(throws: CalendarFault.tooMuch) { try CalendarReader.read(CalendarReaderTests.event(long)) }
    }

    @Test(
        "with a BEGIN or END that names nothing, or an END of nothing, is none",
        arguments: [
            "END:VCALENDAR\nEND:VEVENT\nBEGIN:VEVENT\nBEGIN:VEVENT", "BEGIN:VEVENT\nEND:\nEND:VEVENT",
            "BEGIN:VEVENT\nEND: \nEND:VEVENT",
            "BEGIN:\nEND:VEVENT", "BEGIN:VEVENT\nEND:VEVENT\nEND;X=1:VEVENT\nBEGIN:VEVENT",
            "BEGIN;X=1:VEVENT\nEND:VEVENT",
            "BEGIN:VEVENT:\nEND:VEVENT", "BEGIN:VEVENT\nEND",
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

    @Test("that libical would look through anew for each of many lines is too much")
    func manyLines() throws {
        let lines = String(repeating: "EXDATE:20270301T090000Z\n", count: 10_000)
        let whole = try CalendarReader.read(CalendarReaderTests.event("DTSTART:20270301T090000Z\n\(lines)"))
        #expect(whole.events.map(\.excluding.count) == [10_000])
        let values = Array(repeating: "20270301T090000Z", count: 3000).joined(separator: ",")
        let folded = String(repeating: "EXDATE:\(values)\n", count: 10)
        let unreadable = String(repeating: "RDATE:x\n", count: 10_000)
        for event in [unreadable + unreadable, lines + unreadable, folded + unreadable] {
            #expect(throws: CalendarFault.tooMuch) { try CalendarReader.read(CalendarReaderTests.event(event)) }
        }
        #expect(throws: CalendarFault.tooMuch) {
            try CalendarReader.read(CalendarReaderTests.document(unreadable + unreadable))
        }
    }

    @Test("of many series under one UID, and as many occurrences told of apart, is too much")
    func sharedUID() throws {
        func document(_ count: Int) -> [UInt8] {
            let series = "BEGIN:VEVENT\nUID:x\nDTSTART:20270301T090000Z\nEND:VEVENT\n"
            let apart = "BEGIN:VEVENT\nUID:x\nRECURRENCE-ID:20270301T090000Z\nDTSTART:20270302T090000Z\nEND:VEVENT\n"
            return CalendarReaderTests.document(String(repeating: series + apart, count: count))
        }
        #expect(try CalendarReader.read(document(300)).events.count == 600)
        #expect(throws: CalendarFault.tooMuch) { try CalendarReader.read(document(400)) }
    }
}
