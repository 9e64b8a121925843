import Clinic
import Testing
import TypedText

@Suite("An e-mail address", .timeLimit(.minutes(5)))
struct EmailAddressTests {
    @Test(
        "is compared trimmed, in lower case and in ASCII",
        arguments: [
            (" Maria@Example.ORG\n", "maria@example.org"), ("o'neil+x@sub.example.co", "o'neil+x@sub.example.co"),
            ("ana@bücher.example", "ana@xn--bcher-kva.example"), ("ana@BÜCHER.example", "ana@xn--bcher-kva.example"),
            ("ana@bu\u{308}cher.example", "ana@xn--bcher-kva.example"),
            ("ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
            ("ana@XN--BCHER-KVA.example", "ana@xn--bcher-kva.example"), ("zh@пример.рф", "zh@xn--e1afmkfd.xn--p1ai"),
            ("li@例子.example", "li@xn--fsqu00a.example"), ("li@例子。example", "li@xn--fsqu00a.example"),
            ("a@straße.example", "a@xn--strae-oqa.example"), ("a@ｅｘａｍｐｌｅ.org", "a@example.org"),
            ("a@r3---sn-x.example.org", "a@r3---sn-x.example.org"),
        ])
    func normalised(raw: String, text: String) throws { #expect(try EmailAddress(raw).text == text) }

    @Test(
        "is refused when it is none, or could smuggle something",
        arguments: [
            "maria", "@example.org", "maria@", "a@b", "a@b@example.org", "a b@example.org",
            "a@example.org\r\nBcc: b@example.org", "<a@example.org>", "a@example.org,b@example.org", ".a@example.org",
            "a..b@example.org", "a@-example.org", "a@example..org", "\"a\"@example.org", "a\0@example.org",
            String(repeating: "a", count: 65) + "@example.org", "a@exam ple.org", "a@xn--a.example",
            "a@xn--bcher-kv.example", "a@bu\u{200D}cher.example", "a@\u{202E}bücher.example", "a@ü.-example.org",
            "a@\(String(repeating: "ü", count: 64)).example", "a@\(String(repeating: "ü.", count: 40))org",
        ])
    func malformed(raw: String) { #expect(rule(of: raw) == "format") }

    @Test("is refused with another rule where it is blank or too long", arguments: ["", " \n", "\u{3000}"])
    func blank(raw: String) {
        #expect(rule(of: raw) == "not_blank")
        #expect(rule(of: "a@" + String(repeating: "b.", count: 200) + "org") == "max_length")
    }

    @Test(
        "is refused with letters beyond ASCII before the @, because no mail would leave",
        arguments: [
            "jürgen@example.org", "Jose\u{301}@example.org", "用户@例子.example", "ж@пример.рф", "\u{212A}im@example.org",
            "a\u{200B}@example.org", "İ@example.org",
        ])
    func localPart(raw: String) { #expect(rule(of: raw) == "ascii") }

    @Test("has a second spelling where its domain has one")
    func spellings() throws {
        #expect(
            try EmailAddress("ana@bücher.example").spellings == ["ana@bücher.example", "ana@xn--bcher-kva.example"])
        #expect(try EmailAddress("ana@example.org").spellings == ["ana@example.org"])
    }

    private func rule(of raw: String) -> String? {
        do throws(FieldRefusal) {
            _ = try EmailAddress(raw)
            return nil
        } catch {
            return error.rule
        }
    }
}
