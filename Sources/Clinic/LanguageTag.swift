/// A language by BCP 47 (RFC 5646), in one canonical form, so that two spellings of one language are one: `iw` is
/// `he`, `spa` is `es`, `zh-cmn-hans-cn` is `zh-Hans-CN`.
///
/// The form is that of RFC 5646 §4.5 with the aliases of CLDR (UTS #35, "Canonicalization"): deprecated and
/// grandfathered tags are replaced, three letters by two where there are two (§2.2.1), an extended language stands
/// alone, extensions are sorted, and letters are upper or lower case as in §2.1.1. Whether a subtag is registered is
/// not checked, except that no language has more than three letters.
package struct LanguageTag: Hashable, Sendable {
    /// The most bytes of a tag: RFC 5646 §4.4.1 asks for 35 at least.
    package static let maxLength = 64

    /// The canonical form.
    package let text: String
    /// The language alone, as `es`; of a tag for private use the whole.
    private let language: String

    /// Nil for a text that is not well-formed.
    package init?(_ raw: String) {
        guard (1...Self.maxLength).contains(raw.utf8.count), var parts = LanguageTagParts(raw)?.canonical else {
            return nil
        }
        // One alias can lead to another: `sgn-840` is `sgn-US`, and that is `ase`.
        while let next = LanguageTagParts(parts.text)?.canonical, next.text != parts.text { parts = next }
        text = parts.text
        language = parts.language.isEmpty ? parts.text : parts.language
        guard text.utf8.count <= Self.maxLength else { return nil }
    }

    /// - Throws: `FieldRefusal` with the rule `format`.
    package init(_ raw: String, at pointer: String) throws(FieldRefusal) {
        guard let tag = LanguageTag(raw) else {
            throw FieldRefusal(pointer, rule: "format", "must be a language tag of BCP 47, as en or es-MX")
        }
        self = tag
    }

    /// The tag of the spoken language: Norwegian for Bokmål and Nynorsk, which are ways to write it.
    package var spoken: String { Self.spoken(language) + text.dropFirst(language.count) }

    /// The ranges by which this tag finds others (RFC 4647 §3.3.1): itself, and the same with each language that is
    /// spoken alike.
    package var ranges: [String] {
        let alike = Self.written.keys.filter { Self.spoken($0) == Self.spoken(language) }.sorted()
        return (alike.isEmpty ? [language] : alike).map { $0 + text.dropFirst(language.count) }
    }

    private static func spoken(_ language: String) -> String { written[language] ?? language }

    /// By the language of which each is a written form: the macrolanguage `no` of the IANA registry. Of other
    /// macrolanguages the usual member is an alias already (`cmn` is `zh`), and the rest differ in speech.
    private static let written = ["nb": "no", "nn": "no", "no": "no"]
}

/// The subtags of a well-formed tag, in lower case (RFC 5646 §2.1).
private struct LanguageTagParts {
    /// Empty in a tag for private use alone.
    var language = ""
    private var script = ""
    private var region = ""
    private var variants: [String] = []
    /// Each with its singleton.
    private var extensions: [[String]] = []
    /// Behind the `x`.
    private var privateUse: [String] = []

    init?(_ raw: String) {
        // Some letters beyond ASCII have a small form within it.
        guard raw.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let subtags = raw.split(separator: "-", omittingEmptySubsequences: false).map { $0.lowercased() }
        guard subtags.allSatisfy({ (1...8).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isLetterOrDigit) }) else {
            return nil
        }
        var rest = Self.withKnownBeginning(subtags)[...]
        if rest.first != "x" {
            guard let first = rest.popFirst(), (2...3).contains(first.utf8.count), first.isLetters else { return nil }
            language = first
            // An extended language stands behind the one that it is a form of.
            if rest.first?.utf8.count == 3, let extended = rest.first, extended.isLetters {
                let prefix = LanguageAliases.languages[first] ?? first
                let alias = LanguageAliases.languages[extended]
                // One with two letters of its own is a form of nothing else.
                guard Self.haveExtended.contains(prefix), alias == nil || alias == prefix || alias?.utf8.count != 2
                else { return nil }
                language = extended
                rest.removeFirst()
            }
        }
        take(&rest)
        guard rest.isEmpty, Set(variants).count == variants.count,
            Set(extensions.map { $0[0] }).count == extensions.count, extensions.allSatisfy({ $0.count > 1 })
        else { return nil }
    }

    private mutating func take(_ rest: inout ArraySlice<String>) {
        if !language.isEmpty {
            if let next = rest.first, next.utf8.count == 4, next.isLetters { script = rest.removeFirst() }
            if let next = rest.first, next.isRegion { region = rest.removeFirst() }
            while let next = rest.first, next.isVariant { variants.append(rest.removeFirst()) }
            while let next = rest.first, next.utf8.count == 1, next != "x" {
                rest.removeFirst()
                let values = rest.prefix { $0.utf8.count > 1 }
                extensions.append([next] + values)
                rest = rest.dropFirst(values.count)
            }
        }
        if rest.first == "x", rest.count > 1 {
            privateUse = Array(rest.dropFirst())
            rest = []
        }
    }

    var canonical: LanguageTagParts {
        var parts = self
        parts.canonicalise()
        return parts
    }

    private mutating func canonicalise() {
        // An alias can lead to another.
        while let alias = LanguageAliases.languages[language] {
            for (place, subtag) in alias.split(separator: "-").map(String.init).enumerated() {
                if place == 0 {
                    language = subtag
                } else if subtag.utf8.count == 4 {
                    script = script.isEmpty ? subtag : script
                } else {
                    region = region.isEmpty ? subtag : region
                }
            }
        }
        script = LanguageAliases.scripts[script] ?? script
        region = LanguageAliases.regions[region] ?? region
        var known: Set<String> = []
        variants = variants.map { LanguageAliases.variants[$0] ?? $0 }.filter { known.insert($0).inserted }
        extensions.sort { $0[0] < $1[0] }
    }

    var text: String {
        var subtags = [language, script.prefix(1).uppercased() + script.dropFirst(), region.uppercased()] + variants
        subtags += extensions.joined()
        if !privateUse.isEmpty { subtags += ["x"] + privateUse }
        return subtags.filter { !$0.isEmpty }.joined(separator: "-")
    }

    /// The subtags, with what their first few stand for in place of those, if they stand for anything.
    private static func withKnownBeginning(_ subtags: [String]) -> [String] {
        for count in [4, 3, 2] where subtags.count >= count {
            if let alias = LanguageAliases.beginnings[subtags.prefix(count).joined(separator: "-")] {
                return alias.split(separator: "-").map(String.init) + subtags.dropFirst(count)
            }
        }
        return subtags
    }

    /// The languages of which the IANA registry has extended ones: the prefixes of all `extlang` records.
    private static let haveExtended: Set = ["ar", "kok", "lv", "ms", "sgn", "sw", "uz", "zh"]
}

extension String {
    fileprivate var isLetters: Bool { utf8.allSatisfy { !$0.isDigit } }
    /// Two letters of ISO 3166-1, or three digits of UN M.49.
    fileprivate var isRegion: Bool {
        utf8.count == 2 ? isLetters : utf8.count == 3 && utf8.allSatisfy(\.isDigit)
    }
    fileprivate var isVariant: Bool {
        (5...8).contains(utf8.count) || (utf8.count == 4 && utf8.first?.isDigit == true)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    fileprivate var isLetterOrDigit: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
    }
}
