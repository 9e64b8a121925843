import Testing
import TypedText

@Suite("A search folds", .timeLimit(.minutes(5)))
struct SearchFoldTests {
    @Test(
        "case, diacritics and forms of a letter, on both sides",
        arguments: [
            ("MULLER", "Müller"), ("müller", "MU\u{308}LLER"), ("strasse", "Straße"), ("STRAẞE", "strasse"),
            ("istanbul", "İSTANBUL"), ("ISTANBUL", "ıstanbul"), ("ΟΔΟΣ", "οδός"), ("οδος", "ΟΔΌΣ"),
            ("ＡＢＣ", "abc"), ("ﬁnd", "FIND"), ("Sjogren", "Sjögren"), ("meniere", "Ménière"), ("lodz", "Łódź"),
            ("soren", "Søren"), ("aegir", "Ægir"), ("михаил", "МИХАИЛ"), ("елка", "ёлка"), ("nguyen", "Nguyễn"),
            ("محمد", "مُحَمَّد"), ("שלום", "שָׁלוֹם"), ("µg", "μG"), ("a\u{200B}b", "ab"), ("zürich", "z\u{AD}urich"),
            ("\u{1E9B}\u{323}", "ṩ"), ("x²", "X2"),
        ])
    func folds(one: String, other: String) {
        #expect(one.searchFolded == other.searchFolded)
        #expect("before \(other) behind".searchFolded.contains(folded: one.searchFolded))
    }

    @Test(
        "nothing that makes another word",
        arguments: [("が", "か"), ("की", "क"), ("ก่า", "กา"), ("각", "가"), ("o", "0"), ("l", "1"), ("ñandu", "mandu")])
    func keeps(one: String, other: String) { #expect(one.searchFolded != other.searchFolded) }

    @Test("A syllable is not found within another", arguments: [("각오", "가"), ("がく", "か")])
    func syllables(text: String, word: String) {
        #expect(!text.searchFolded.contains(folded: word.searchFolded))
    }

    @Test("What is folded stays as it is", arguments: ["Müller", "İı", "ΌΔΟΣ", "ẞ", "ŉ", "ǰ", "ﬃ", "ᾳ", "Ꭰ"])
    func isStable(text: String) { #expect(text.searchFolded.searchFolded == text.searchFolded) }

    @Test("The table folds as the whole text is folded")
    func table() {
        for value in 0xA0..<UInt32(0x20000) {
            guard let scalar = Unicode.Scalar(value), scalar.properties.generalCategory != .unassigned else { continue }
            // A vowel of Devanagari stands beside nothing else alone, so that the whole is decomposed.
            let beside = "\u{93F}\(scalar)".searchFolded.unicodeScalars.dropFirst()
            #expect(String(String.UnicodeScalarView(beside)) == "\(scalar)".searchFolded, "\(value)")
        }
    }

    @Test(
        "A name is kept without blanks about it, and with one space between its words",
        arguments: [
            ("  Ana  María ", "Ana María"), ("Cleveland\u{A0}Clinic", "Cleveland Clinic"), ("N\u{303}un", "Ñun"),
            ("Ana\nMaría", "Ana\nMaría"), ("", ""),
        ])
    func names(typed: String, kept: String) { #expect(typed.asName == kept) }
}
