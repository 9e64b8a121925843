import Clinic
import Testing
import TypedText

@testable import Identity

@Suite("A new password", .timeLimit(.minutes(5)))
struct PasswordRuleTests {
    let rules = PasswordRules(
        blocklist: PasswordBlocklist(["correct horse battery staple", "qwerty1234567890", "passwort"]))

    private func check(_ password: String, besideSecondFactor: Bool = false) throws -> String {
        let context = PasswordContext(name: "María López-Smith", email: try EmailAddress("m.lopez@example.org"))
        return try rules.check(password, context: context, besideSecondFactor: besideSecondFactor)
    }

    private func broken(_ password: String, besideSecondFactor: Bool = false) throws -> String? {
        do {
            _ = try check(password, besideSecondFactor: besideSecondFactor)
            return nil
        } catch let refusal as FieldRefusal {
            return refusal.rule
        }
    }

    @Test(
        "is refused by rule",
        arguments: [
            ("", "min_length"), ("fourteen chars", "min_length"),
            (String(repeating: "long ", count: 26), "max_length"), (String(repeating: "x", count: 5000), "max_length"),
            ("correct horse battery staple", "not_common"), ("Correct Horse Battery STAPLE", "not_common"),
            ("qwerty1234567890qwerty1234567890", "not_common"), ("abcabcabcabcabcabc", "not_common"),
            ("zzzzzzzzzzzzzzzz", "not_common"), ("consilium consilium", "not_personal"),
            ("m.lopez@example.org", "not_personal"), ("María López 1961!", "not_personal"),
            ("a bell\u{7} rings here", "no_control_characters"),
        ])
    func refused(password: String, rule: String) throws {
        #expect(try broken(password) == rule)
    }

    @Test(
        "is taken",
        arguments: ["fifteen chars ok", "violet harbour candle", "пять слонов и кот", "🦆🦆🐘🐘🐁🐁🐇🐇🦊🦊🐻🐻🐼🐼🐨"])
    func taken(password: String) throws {
        #expect(try broken(password) == nil)
    }

    @Test("may be of 8 characters beside a second factor, and of 7 never")
    func besideSecondFactor() throws {
        #expect(try broken("tr4mp8ax", besideSecondFactor: true) == nil)
        #expect(try broken("tr4mp8a", besideSecondFactor: true) == "min_length")
        #expect(try broken("tr4mp8ax") == "min_length")
        #expect(try broken("passwort", besideSecondFactor: true) == "not_common")
    }

    @Test("is the same however its letters are composed")
    func normalised() throws {
        #expect(try check("un cafe\u{301} très ﬁn") == check("un caf\u{E9} très fin"))
    }

    @Test("counts characters, not bytes")
    func countsCharacters() throws {
        #expect(try broken(String(repeating: "ж", count: 14)) == "min_length")
    }
}

@Suite("A kept password")
struct PasswordHashTests {
    let cost = ScryptCost(checking: 5, 2, 1) ?? .standard

    @Test("matches itself and nothing else")
    func matches() throws {
        let hash = try PasswordHash(of: "violet harbour", cost: cost)
        let kept = try #require(PasswordHash(hash.text))
        #expect(try kept.matches("violet harbour"))
        #expect(try !kept.matches("violet harbou"))
        #expect(try !kept.matches(""))
        #expect(hash.text.hasPrefix("$scrypt$ln=5,r=2,p=1$"))
    }

    @Test("has a salt of its own")
    func salted() throws {
        #expect(try PasswordHash(of: "same", cost: cost) != PasswordHash(of: "same", cost: cost))
    }

    @Test("agrees with RFC 7914, section 12, in form and by value")
    func vector() throws {
        // scrypt("pleaseletmein", "SodiumChloride", 16384, 8, 1), the first 32 bytes; the salt there has 14 bytes, so
        // the library is asked as the hash asks it, and the form is checked apart.
        let hash = PasswordHash(
            cost: try #require(ScryptCost(checking: 14, 8, 1)), salt: Array("SodiumChloride".utf8),
            hash: [
                0x70, 0x23, 0xbd, 0xcb, 0x3a, 0xfd, 0x73, 0x48, 0x46, 0x1c, 0x06, 0xcd, 0x81, 0xfd, 0x38, 0xeb, 0xfd,
                0xa8, 0xfb, 0xba, 0x90, 0x4f, 0x8e, 0x3e, 0xa9, 0xb5, 0x43, 0xf6, 0x54, 0x5d, 0xa1, 0xf2,
            ])
        #expect(try hash.matches("pleaseletmein"))
    }

    @Test(
        "is not read when damaged",
        arguments: [
            "", "$scrypt$", "$scrypt$ln=15,r=8,p=3$AAAA$AAAA", "$scrypt$ln=63,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
            "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
        ])
    func damaged(text: String) { #expect(PasswordHash(text) == nil) }

    @Test("The standard cost is the one that was chosen")
    func standard() { #expect(PasswordHash.decoy(cost: .standard).text.hasPrefix("$scrypt$ln=15,r=8,p=3$")) }
}
