import Clinic
@testable import Gateway
@testable import HTTPServer
@testable import JSON
@testable import ServiceAPI
import Testing

@Suite("What the head and the numbers of a request mean", .timeLimit(.minutes(5)))
struct HTTPGrammarTests {
    @Test(
        "A number is whole by its value and not by its spelling",
        arguments: [
            ("0", .value(0)), ("-0", .value(0)), ("0e999999999999999999999", .value(0)), ("5", .value(5)),
            ("5.0", .value(5)), ("5e0", .value(5)), ("-5.00E+0", .value(-5)), ("0.05e2", .value(5)),
            ("500e-2", .value(5)), ("9007199254740991", .value(9_007_199_254_740_991)),
            ("-9007199254740991", .value(-9_007_199_254_740_991)),
            ("9.007199254740991e15", .value(9_007_199_254_740_991)),
            ("9007199254740992", .tooLarge), ("1e16", .tooLarge), ("1e9223372036854775807", .tooLarge),
            ("100e9223372036854775807", .tooLarge), ("1e99999999999999999999", .tooLarge), ("5.5", .fraction),
            ("5e-1", .fraction), ("0.1e0", .fraction), ("1e-9223372036854775808", .fraction),
            ("0.1e-9223372036854775808", .fraction), ("1e-99999999999999999999", .fraction),
        ] as [(String, WholeNumber)])
    func wholeNumbers(spelling: String, number: WholeNumber) { #expect(WholeNumber(spelling) == number) }

    @Test(
        "A range is of the bytes that there are",
        arguments: [
            ("bytes=0-", 10, .part(0..<10)), ("bytes=9-", 10, .part(9..<10)), ("bytes=10-", 10, .unsatisfiable),
            ("bytes=0-0", 10, .part(0..<1)), ("bytes=3-99", 10, .part(3..<10)), ("bytes=-3", 10, .part(7..<10)),
            ("bytes=-99", 10, .part(0..<10)), ("bytes=-0", 10, .unsatisfiable), ("bytes=0-", 0, .unsatisfiable),
            ("bytes=-1", 0, .unsatisfiable), ("bytes=99999999999999999999-", 10, .unsatisfiable),
            ("bytes=1-99999999999999999999", 10, .part(1..<10)),
            ("bytes=99999999999999999999-99999999999999999999", 10, .unsatisfiable), ("bytes=5-4", 10, .whole),
            ("bytes=", 10, .whole), ("bytes=-", 10, .whole), ("bytes=a-b", 10, .whole), ("bytes=1-2,4-5", 10, .whole),
            ("bytes=+1-2", 10, .whole), ("items=0-1", 10, .whole), ("0-1", 10, .whole), ("", 10, .whole),
        ] as [(String, Int, ByteRange)])
    func ranges(value: String, length: Int, range: ByteRange) { #expect(ByteRange(value, of: length) == range) }

    @Test("A version is expected, one of several, any, or none")
    func versions() {
        #expect(ExpectedVersion(3).holds(for: 3) && !ExpectedVersion(3).holds(for: 4))
        #expect(ExpectedVersion.any.holds(for: 4) && !ExpectedVersion.among([]).holds(for: 4))
        let besides = ExpectedVersion.besides([3], orNone: true)
        #expect(besides.holds(for: 4) && !besides.holds(for: 3) && besides.holdsForNone)
        #expect(!ExpectedVersion.besides([3], orNone: false).holdsForNone)
        #expect(!ExpectedVersion.absent.holds(for: 4))
        #expect(ExpectedVersion.absent.holdsForNone && !ExpectedVersion.any.holdsForNone)
    }
}
