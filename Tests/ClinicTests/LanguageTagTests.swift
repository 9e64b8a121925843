import Postgres
import TestSupport
import Testing

@testable import Clinic

@Suite("A language tag", .timeLimit(.minutes(5)))
struct LanguageTagTests {
    @Test(
        "has one canonical form",
        arguments: [
            ("en", "en"), ("EN-us", "en-US"), ("zh-hans-cn", "zh-Hans-CN"), ("es-419", "es-419"),
            // Deprecated.
            ("iw", "he"), ("iw-IL", "he-IL"), ("in", "id"), ("ji", "yi"), ("jw", "jv"), ("mo", "ro"), ("tl", "fil"),
            ("tl-PH", "fil-PH"), ("sh", "sr-Latn"), ("sh-Cyrl", "sr-Cyrl"), ("prs", "fa-AF"), ("drw", "fa-AF"),
            // Three letters where there are two, of both lists of ISO 639-2.
            ("spa", "es"), ("spa-MX", "es-MX"), ("deu", "de"), ("ger", "de"), ("fra", "fr"), ("fre", "fr"),
            ("zho", "zh"),
            ("chi", "zh"), ("heb", "he"), ("nob", "nb"), ("nor", "no"), ("eng-GB", "en-GB"), ("arb", "ar"),
            // Extended languages.
            ("zh-yue", "yue"), ("zh-yue-HK", "yue-HK"), ("zh-cmn", "zh"), ("zh-cmn-Hans-CN", "zh-Hans-CN"),
            ("cmn-Hant", "zh-Hant"), ("zho-yue", "yue"), ("sgn-ase", "ase"), ("ar-arz", "arz"), ("zh-gan", "gan"),
            // Two variants that are one.
            ("ja-heploc-alalc97", "ja-alalc97"),
            // Grandfathered and redundant.
            ("i-klingon", "tlh"), ("I-Navajo", "nv"), ("i-lux", "lb"), ("no-bok", "nb"), ("no-nyn", "nn"),
            ("zh-min-nan", "nan"), ("zh-guoyu", "zh"), ("zh-hakka", "hak"), ("zh-xiang", "hsn"), ("art-lojban", "jbo"),
            ("en-GB-oed", "en-GB-oxendict"), ("sgn-BE-FR", "sfb"), ("sgn-US", "ase"), ("sgn-840", "ase"),
            ("sgn-sgn-no", "nsi"), ("cel-gaulish", "xtg"),
            ("i-default", "en-x-i-default"), ("zh-min", "nan-x-zh-min"), ("hy-arevmda", "hyw"),
            // Regions that are gone, or have letters.
            ("my-BU", "my-MM"), ("de-DD", "de-DE"), ("en-UK", "en-GB"), ("fr-ZR", "fr-CD"), ("pt-TP", "pt-TL"),
            ("en-840", "en-US"), ("ru-SU", "ru-RU"),
            // Variants, extensions and private use.
            ("sl-rozaj-biske", "sl-rozaj-biske"), ("de-1996", "de-1996"), ("de-CH-1901", "de-CH-1901"),
            ("ja-Latn-hepburn-heploc", "ja-Latn-alalc97"), ("el-polytoni", "el-polyton"),
            ("en-US-u-hc-h12", "en-US-u-hc-h12"), ("EN-u-HC-H12", "en-u-hc-h12"), ("de-x-formal", "de-x-formal"),
            ("en-u-hc-h12-a-bbb-x-a", "en-a-bbb-u-hc-h12-x-a"), ("x-whatever", "x-whatever"), ("en-Qaai", "en-Zinh"),
            ("hy-Latn-IT-arevela", "hy-Latn-IT-arevela"), ("nb-NO", "nb-NO"),
        ])
    func canonical(raw: String, text: String) {
        #expect(LanguageTag(raw)?.text == text)
        #expect(LanguageTag(text)?.text == text)
    }

    @Test(
        "is refused where it is not well-formed",
        arguments: [
            "", "e", "-", "en-", "-en", "en--US", "en_US", "english", "en US", "en-US-", "1a", "en-abc", "e1", "en-u",
            "en-u-", "en-x", "x", "x-", "x-123456789", "en-US-US", "zh-eng", "ar-fra", "en-a-bb-a-cc", "de-1996-1996",
            "zh-yue-hak",
            "en-Latn-Latn", "en-toolongsubtag", "\u{FF45}n", "e\u{301}n", "\u{212A}o", "i-nothing",
            "en-x-" + String(repeating: "aaaaaaa-", count: 8) + "a",
        ])
    func malformed(raw: String) {
        #expect(LanguageTag(raw) == nil)
        let refusal = #expect(throws: FieldRefusal.self) { try LanguageTag(raw, at: "/language") }
        #expect(refusal?.pointer == "/language" && refusal?.rule == "format")
    }

    @Test(
        "is compared by what is spoken, and Norwegian is one",
        arguments: [
            ("nb-NO", "no-NO"), ("no-bok", "no"), ("nn", "no"), ("no", "no"), ("es-MX", "es-MX"), ("iw", "he"),
            ("cmn-Hans", "zh-Hans"), ("yue", "yue"), ("hr", "hr"), ("da", "da"), ("x-nb", "x-nb"),
        ])
    func spoken(tag: String, spoken: String) throws { #expect(try #require(LanguageTag(tag)).spoken == spoken) }

    @Test(
        "finds others by ranges",
        arguments: [
            ("es-MX", ["es-MX"]), ("nb-NO", ["nb-NO", "nn-NO", "no-NO"]), ("no", ["nb", "nn", "no"]), ("iw", ["he"]),
        ])
    func ranges(tag: String, ranges: [String]) throws { #expect(try #require(LanguageTag(tag)).ranges == ranges) }
}

@Suite("The database's own forms", .database)
struct DatabaseFormTests {
    @Test("take a language in its canonical form alone")
    func languages() async throws {
        let taken = [
            "en", "zh-Hans-CN", "en-US-u-hc-h12", "de-x-formal", "x-whatever", "es-419", "sl-rozaj-biske", "de-1996",
        ]
        let refused = [
            "EN", "en-us", "zh-hans", "en-u", "en_US", "english", "zh-yue", "", "en-x", "en\nx", "en-x-\u{E9}",
            "en-x-" + String(repeating: "aaaaaaa-", count: 8) + "a",
        ]
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            for tag in taken + refused {
                #expect((LanguageTag(tag)?.text == tag) == taken.contains(tag))
                let row = try await tx.first(
                    """
                    SELECT consilium.is_language_tag(\(tag)), consilium.are_language_tags(ARRAY['en', \(tag)]),
                        consilium.are_language_tags(ARRAY['en', NULL])
                    """)
                let (one, all, null) = try #require(row).decode(Bool.self, Bool.self, Bool.self)
                #expect(one == taken.contains(tag) && all == one && !null, "\(tag)")
            }
        }
    }

    @Test("take each place by one code")
    func places() async throws {
        for (alias, code) in Jurisdiction.territories.merging(Jurisdiction.formerCountries, uniquingKeysWith: { $1 }) {
            #expect(Jurisdiction(rawValue: alias)?.rawValue == code)
            #expect(Jurisdiction(rawValue: code)?.rawValue == code)
            try await take(code)
            await #expect(throws: DatabaseError.self, "\(alias)") { try await take(alias) }
        }
        try await take("US-OH")
        await #expect(throws: DatabaseError.self) { try await take("UK-ENG") }
        #expect(Jurisdiction(rawValue: "UK-ENG")?.rawValue == "GB-ENG")
    }

    private func take(_ code: String) async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.first("SELECT \(code)::consilium.jurisdiction::text")
        }
    }
}
