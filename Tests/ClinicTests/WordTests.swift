import Clinic
import FoundationEssentials
import Testing

@Suite("The shared words refuse what they cannot mean", .timeLimit(.minutes(5)))
struct WordTests {
    @Test("An id is a UUID of version 7, carries its millisecond, and its text reads back")
    func ids() throws {
        let first = CaseID.random()
        let bytes = first.rawValue.uuid
        #expect(bytes.6 >> 4 == 7)
        #expect(bytes.8 >> 6 == 2)
        let digits = first.description.replacing("-", with: "").prefix(12)
        let seconds = try Double(#require(UInt64(digits, radix: 16))) / 1000
        #expect(abs(seconds - Date().timeIntervalSince1970) < 60)
        #expect(CaseID(first.description) == first)
        #expect(first.description == first.rawValue.uuidString.lowercased())
        #expect(try JSONDecoder().decode([CaseID].self, from: JSONEncoder().encode([first])) == [first])
        #expect(Set((0..<1000).map { _ in CaseID.random() }).count == 1000)
    }

    @Test(
        "Other texts are no id",
        arguments: ["", "7", "{0192d3a4-0000-7000-8000-000000000000}", "not-a-uuid-not-a-uuid-not-a-uuid-no"])
    func notAnID(text: String) {
        #expect(CaseID(text) == nil)
    }

    @Test("A clock's time reads as it is written, and moves over the ends of days, months and years")
    func localTimes() throws {
        for text in ["1900-01-01T00:00", "2024-02-29T23:59", "2027-03-14T09:30", "2999-12-31T12:00"] {
            let time = try #require(LocalTime(text))
            #expect(time.description == text)
            #expect(try JSONDecoder().decode([LocalTime].self, from: JSONEncoder().encode([time])) == [time])
        }
        #expect(LocalTime("2027-12-31T23:45")?.adding(minutes: 30).description == "2028-01-01T00:15")
        #expect(LocalTime("1970-01-01T00:00")?.adding(minutes: -1).description == "1969-12-31T23:59")
    }

    @Test(
        "No other text is a clock's time",
        arguments: [
            "2027-03-14", "2027-03-14T24:00", "2027-03-14T09:60", "2027-02-29T09:30", "2027-03-14 09:30",
            "2027-03-14T9:30", "2027-03-14T09:30Z", "T09:30", "",
        ])
    func notALocalTime(text: String) {
        #expect(LocalTime(text) == nil)
    }

    @Test("A date exists in the calendar", arguments: ["2024-02-29", "2026-12-31", "2000-02-29"])
    func dates(text: String) {
        #expect(CivilDate(rawValue: text)?.rawValue == text)
    }

    @Test(
        "No other text is a date",
        arguments: [
            "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "2026-04-31", "", "2026-04-3a",
            "1899-01-01",
        ])
    func notADate(text: String) {
        #expect(CivilDate(rawValue: text) == nil)
    }

    @Test(
        "A jurisdiction is an ISO 3166-2 code",
        arguments: [
            ("US-OH", true), ("CA", true), ("us-oh", false), ("US-", false), ("US-OHIO", false), ("US-O-H", false),
            ("", false),
        ])
    func jurisdictions(text: String, exists: Bool) {
        #expect((Jurisdiction(rawValue: text) != nil) == exists)
    }

    @Test(
        "A text is not blank, not too long and has no control character",
        arguments: [
            ("fine\nwith a line", nil), ("", "not_blank"), (" \n\t ", "not_blank"),
            ("12345678901234567890x", "max_length"), ("bell\u{7}", "no_control_characters"),
        ] as [(String, String?)])
    func texts(text: String, rule: String?) {
        var refused: String?
        do throws(FieldRefusal) { try checkText(text, at: "/reason", max: 20) } catch { refused = error.rule }
        #expect(refused == rule)
    }

    @Test("What a clinician wrote reveals the earlier opinion, safety facts never do")
    func defaults() {
        for kind in IntakeKind.allCases where kind.isSafetyFact { #expect(!kind.revealsPriorByDefault) }
        for kind in RecordKind.allCases where kind.isSafetyFact { #expect(!kind.revealsPriorByDefault) }
        #expect(RecordKind.pathologyReport.revealsPriorByDefault)
        #expect(!RecordKind.slides.revealsPriorByDefault)
        #expect(IntakeKind.diagnosis.revealsPriorByDefault)
    }
}
