import Clinic
import FoundationEssentials
import Rig
@testable import Gateway
@testable import HTTPServer
@testable import JSON
@testable import Scheduling
@testable import ServiceAPI
import Testing

@Suite("The gateway's JSON", .timeLimit(.minutes(5)))
struct JSONWriterTests {
    private struct Leaf: Codable, Equatable {
        var zone = "America/Vancouver"
        var at: Date?
        var id = UUID()
        var flag = false
    }

    private struct Tree: Codable, Equatable {
        var zebra = 1
        var apple: [Leaf] = []
        var middle: Leaf?
        var texts: [String: [Int?]] = [:]
        var number = 2.0
        var part = 0.1
        var bytes = Data([0, 255, 16])
        var nested: [[String]] = [[], [""]]
        var small: Int8 = -128
        var large = UInt64.max
    }

    private struct Empty: Codable {}

    /// What Foundation writes with the gateway's settings.
    private func reference(_ value: some Encodable) throws -> JSONValue {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(RFC3339.format(date))
        }
        return sorted(try JSONParser.parse(Array(encoder.encode(value))).0)
    }

    private func written(_ value: some Encodable) throws -> JSONValue {
        sorted(try JSONParser.parse(JSONBody.encode(value)).0)
    }

    private func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONBody.encode(value), as: UTF8.self)
    }

    /// The same with the members of each object by name: a dictionary's come in no order.
    private func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): .array(elements.map(sorted))
        case .object(let members):
            .object(members.map { .init(name: $0.name, value: sorted($0.value)) }.sorted { $0.name < $1.name })
        default: value
        }
    }

    @Test("Objects, lists, absent values and numbers are as Foundation writes them")
    func trees() throws {
        let leaf = Leaf(at: Date(timeIntervalSince1970: 1_800_000_000.25))
        for tree in [
            Tree(), Tree(apple: [leaf, Leaf()], middle: leaf, texts: ["b": [1, nil], "a": [], "ä": [2], "B": [3]]),
            Tree(number: -1.5e300, part: 1e-7, bytes: Data()),
        ] {
            #expect(try written(tree) == reference(tree))
            #expect(try written([tree, tree]) == reference([tree, tree]))
        }
        #expect(try text(Empty()) == "{}")
        #expect(try text([Empty()]) == "[{}]")
        #expect(try text("text") == #""text""#)
        #expect(try text([Int]()) == "[]")
    }

    @Test("Members come in the order in which their type declares them")
    func order() throws {
        struct Members: Codable {
            var zebra = 1
            var apple = [2.5, 3]
            var middle: [String: Bool] = ["only": true]
        }
        #expect(
            try text([Members(), Members()]) == #"[{"zebra":1,"apple":[2.5,3],"middle":{"only":true}},"#
                + #"{"zebra":1,"apple":[2.5,3],"middle":{"only":true}}]"#)
    }

    @Test("A list of openings is written as its openings write themselves")
    func openings() throws {
        let example = Opening.example
        let abroad = WallClockTime(local: example.partyTime.local.adding(minutes: 15), timeZone: "Asia/\"Kathmandu\"")
        let openings = [
            example, example,
            Opening(
                specialist: .random(), visitType: "consult-30", startsAt: example.startsAt + 0.25,
                endsAt: example.endsAt, specialistTime: example.specialistTime, partyTime: abroad),
            example,
        ]
        for count in 0...openings.count {
            let some = Array(openings.prefix(count))
            #expect(try text(OpeningList(openings: some)) == text(["openings": some]))
        }
    }

    @Test("Every text comes out as Foundation escapes it")
    func texts() throws {
        var random = SeededGenerator(seed: SeededGenerator.testSeed)
        let controls = String(String.UnicodeScalarView((0..<0x300).compactMap { Unicode.Scalar($0) }))
        #expect(try written([controls]) == reference([controls]))
        for _ in 0..<500 {
            let scalars = (0..<Int.random(in: 0...40, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...(Bool.random(using: &random) ? 0x7F : 0x1_FFFF), using: &random))
            }
            let text = String(String.UnicodeScalarView(scalars))
            #expect(try written([text: text]) == reference([text: text]))
        }
    }

    @Test("Any instant reads back as it was, to the microsecond", arguments: [0, 0.5, 0.000_001, 0.999_999, 0.12])
    func instants(fraction: Double) throws {
        for whole in stride(from: -62_135_596_800.0, through: 253_402_300_799, by: 3_000_000_007) {
            let text = RFC3339.format(Date(timeIntervalSince1970: whole + fraction))
            let read = try #require(RFC3339.parse(text))
            #expect(abs(read.timeIntervalSince1970 - whole - fraction) < 0.000_1)
            #expect(!text.hasSuffix("0Z") || !text.contains("."))
        }
    }

    @Test("A number that JSON does not have is refused", arguments: [Double.nan, .infinity, -.infinity])
    func numbers(value: Double) {
        #expect(throws: EncodingError.self) { try JSONBody.encode([value]) }
    }
}
