import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
@testable import JSON
@testable import ServiceAPI
import Testing

@Suite("Bodies are read strictly", .timeLimit(.minutes(5)))
struct StrictDecodingTests {
    private static let table: [(body: String, expected: Set<String>)] = [
        (#"{"title":"a","count":1,"mood":"calm","parts":[]}"#, []),
        (#"{"title":"a","count":1,"mood":"calm","parts":[],"due":null}"#, []),
        (#"{"title":"a","count":1,"mood":"calm","parts":[],"extra":1}"#, ["/extra unknown"]),
        (#"{"count":1,"mood":"calm","parts":[]}"#, ["/title missing"]),
        (#"{"title":null,"count":1,"mood":"calm","parts":[]}"#, ["/title type"]),
        (#"{"title":7,"count":"1","mood":"calm","parts":[]}"#, ["/title type", "/count type"]),
        (#"{"title":"a","count":1.5,"mood":"calm","parts":[]}"#, ["/count type"]),
        (#"{"title":"a","count":99999999999999999999,"mood":"calm","parts":[]}"#, ["/count range"]),
        (#"{"title":"a","count":5.0,"mood":"calm","parts":[]}"#, []),
        (#"{"title":"a","count":5e0,"mood":"calm","parts":[]}"#, []),
        (#"{"title":"a","count":0.5E+1,"mood":"calm","parts":[]}"#, []),
        (#"{"title":"a","count":-0.0,"mood":"calm","parts":[]}"#, []),
        (#"{"title":"a","count":5e-1,"mood":"calm","parts":[]}"#, ["/count type"]),
        (#"{"title":"a","count":1e99999999999999999999,"mood":"calm","parts":[]}"#, ["/count range"]),
        (#"{"title":"a","count":1e-99999999999999999999,"mood":"calm","parts":[]}"#, ["/count type"]),
        (#"{"title":"a","count":9007199254740993,"mood":"calm","parts":[]}"#, ["/count range"]),
        (#"{"title":"\ud83d\ude00","count":1,"mood":"calm","parts":[]}"#, []),
        (#"{"title":"\ud83d","count":1,"mood":"calm","parts":[]}"#, ["/title format"]),
        (#"{"title":"\ude00\ud83d","count":1,"mood":"calm","parts":[]}"#, ["/title format"]),
        (
            #"{"title":"\ud83d\u0041","count":1,"mood":"calm","parts":[{"name":"\udfff"}]}"#,
            ["/title format", "/parts/0/name format"]
        ),
        (
            #"{"title":"\u00000","count":1,"mood":"calm","parts":[],"\ud800":1}"#,
            ["/title format", "/\u{FFFD} format", "/\u{FFFD} unknown"]
        ),
        (#"{"title":"a","count":10,"mood":"calm","parts":[]}"#, ["/count range"]),
        (#"{"title":"","count":1,"mood":"calm","parts":[]}"#, ["/title min_length"]),
        (#"{"title":"a","count":1,"mood":"angry","parts":[]}"#, ["/mood choice"]),
        (#"{"title":"a","count":1,"mood":"calm","parts":{}}"#, ["/parts type"]),
        (#"{"title":"a","count":1,"mood":"calm","parts":[{"name":"x"},{"name":"y","y":1}]}"#, ["/parts/1/y unknown"]),
        (#"{"title":"a","count":1,"mood":"calm","parts":[{"name":"x"},{"name":3}]}"#, ["/parts/1/name type"]),
        (#"{"title":"a","count":1,"mood":"calm","parts":[{}],"z":0}"#, ["/parts/0/name missing", "/z unknown"]),
        (#"{"title":"a","count":1,"mood":"calm","parts":["x"]}"#, ["/parts/0 type"]),
        (
            #"{"title":"a","count":1,"mood":"calm","parts":[{"name":"a"},{"name":"a"},{"name":"a"},{"name":"a"}]}"#,
            ["/parts max_items"]
        ),
        (#"{"title":"a","title":"b","count":1,"mood":"calm","parts":[]}"#, ["/title duplicate"]),
        (#"{"title":"a","count":1,"mood":"calm","parts":[],"due":"tomorrow"}"#, ["/due format"]),
        (#"{"title":"a","count":1,"mood":"calm","parts":[],"due":1800000000}"#, ["/due type"]),
        (#"{"title":"a","count":1,"mood":"calm","parts":[],"caseID":"7"}"#, ["/caseID format"]),
        (#"{"title":"a\u0000","count":1,"mood":"calm","parts":[]}"#, ["/title format"]),
        (#"{"title":"a","count":1,"mood":"calm","parts":[],"a/b~c":1}"#, ["/a~1b~0c unknown"]),
        (#"[]"#, [" type"]),
    ]

    private func errors<Value: Decodable>(in body: String, as type: Value.Type = Note.self) -> Set<String> {
        do {
            _ = try JSONBody.decode(type, from: Array(body.utf8))
            return []
        } catch let invalid as InvalidFields {
            return Set(invalid.faults.map { "\($0.pointer) \($0.rule)" })
        } catch {
            return ["\(error)"]
        }
    }

    @Test(
        "Every wrong place is named with its rule",
        arguments: Self.table)
    func places(body: String, expected: Set<String>) {
        #expect(errors(in: body) == expected)
    }

    private struct Case: Decodable {
        struct Inner: Decodable { var id: CaseID }
        var inner: Inner
    }

    @Test(
        "Of what is missing, or is something else, no member is named",
        arguments: [
            ("{}", "/inner missing"), (#"{"inner":7}"#, "/inner type"), (#"{"inner":{"id":7}}"#, "/inner/id type"),
        ])
    func missing(body: String, error: String) {
        #expect(errors(in: body, as: Case.self) == [error])
    }

    @Test("What the gateway encodes, it reads back the same")
    func roundTrip() throws {
        let back = try JSONBody.decode(Note.self, from: JSONBody.encode(Note.example))
        #expect(back == Note.example)
    }

    @Test("Members come as their type declares them, and instants are RFC 3339 in UTC")
    func encoding() throws {
        let text = String(decoding: try JSONBody.encode(Note.example), as: UTF8.self)
        #expect(
            text == #"{"title":"Knee","count":2,"mood":"calm","due":"2027-01-15T08:00:00Z","#
                + #""caseID":"0192f0c1-7d2e-7a41-9c3b-5f1de0a7b842","parts":[{"name":"left","weight":1.5}]}"#)
    }

    @Test(
        "What is not JSON is refused with the byte where reading stopped",
        arguments: [
            ("", 0), ("{", 1), ("{\"a\":}", 5), ("[1,]", 3), ("nul", 3), ("01", 1), ("1.", 2), ("-", 1), ("1e", 2),
            ("\"a", 2), ("\"\\x\"", 3), ("{} {}", 3), ("'a'", 0), ("{a:1}", 1), ("\"\u{1}\"", 1),
            ("+1", 0), ("NaN", 0), ("\u{FEFF}{}", 0),
        ])
    func malformed(text: String, offset: Int) {
        #expect {
            try JSONParser.parse(Array(text.utf8))
        } throws: { error in
            (error as? MalformedJSON)?.offset == offset
        }
    }

    @Test("Bytes that are not UTF-8 are refused")
    func encodingOfBytes() {
        #expect(throws: MalformedJSON.self) { try JSONParser.parse([0x22, 0xC3, 0x28, 0x22]) }
    }

    @Test("Depth is bounded, and what lies within is read", arguments: [(32, true), (33, false), (20_000, false)])
    func depth(levels: Int, isRead: Bool) {
        let text = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        #expect(((try? JSONParser.parse(Array(text.utf8))) != nil) == isRead)
    }

    @Test("Escapes and numbers survive")
    func values() throws {
        let text = #"{"a":"\u00e9\ud83d\ude00\n\/","b":[-0,1.5e+3,true,null]}"#
        let value = try JSONParser.parse(Array(text.utf8)).value
        #expect(value == ["a": "é😀\n/", "b": [.number("-0"), .number("1.5e+3"), true, .null]])
        #expect(try JSONParser.parse(value.bytes).value == value)
    }
}

@Suite("Instants are RFC 3339")
struct RFC3339Tests {
    @Test(
        "Instants are read and written",
        arguments: [
            ("1970-01-01T00:00:00Z", 0.0, "1970-01-01T00:00:00Z"),
            ("2024-02-29T23:59:59.999999Z", 1_709_251_199.999999, "2024-02-29T23:59:59.999999Z"),
            ("2027-03-14T02:30:00-05:00", 1_805_009_400, "2027-03-14T07:30:00Z"),
            ("2027-01-01t00:00:00.5z", 1_798_761_600.5, "2027-01-01T00:00:00.5Z"),
            ("1969-12-31T23:59:59.25+00:00", -0.75, "1969-12-31T23:59:59.25Z"),
            ("0001-01-01T00:00:00Z", -62_135_596_800, "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", 253_402_300_799, "9999-12-31T23:59:59Z"),
        ])
    func instants(text: String, seconds: Double, written: String) throws {
        let date = try #require(RFC3339.parse(text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 0.000_001)
        #expect(RFC3339.format(date) == written)
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "2027-01-01", "2027-01-01T00:00:00", "2027-01-01 00:00:00Z", "2027-02-29T00:00:00Z",
            "2027-13-01T00:00:00Z", "2027-00-10T00:00:00Z", "2027-01-01T24:00:00Z", "2027-01-01T00:60:00Z",
            "2016-12-31T23:59:60Z", "2027-01-01T00:00:00.Z", "2027-01-01T00:00:00.1234567Z", "2027-01-01T00:00:00+5:00",
            "2027-01-01T00:00:00+24:00", "2027-01-01T00:00:00Zx", "27-01-01T00:00:00Z", "0000-01-01T00:00:00Z",
            "２027-01-01T00:00:00Z",
        ])
    func refused(text: String) { #expect(RFC3339.parse(text) == nil) }

    @Test("Every day of four centuries comes back as itself")
    func days() throws {
        for day in stride(from: -30_000, to: 120_000, by: 1) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400)
            #expect(RFC3339.parse(RFC3339.format(date)) == date)
        }
    }
}
