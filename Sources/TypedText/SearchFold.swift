// How a search compares text: both sides are folded alike.

extension String {
    /// The text as a search compares it: without case, diacritics and compatibility forms (UAX #15 NFKD, UAX #44's case
    /// mappings). `MÜLLER`, `Mu\u{308}ller` and `Muller` are one, so are `Straße` and `STRASSE`, a sigma at a word's
    /// end and within, the Turkish letters I, full-width letters, and Arabic and Hebrew with and without points.
    ///
    /// Marks that are no diacritics stay: the vowels of India's scripts and of Thai, and the voicing of kana. It takes
    /// linear time; characters that fold alike in every context are read from a table.
    package var searchFolded: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
        var folded = String.UnicodeScalarView()
        if unicodeScalars.allSatisfy(SearchFold.standsAlone) {
            for scalar in unicodeScalars { SearchFold.append(scalar, to: &folded) }
            return String(folded)
        }
        for scalar in compatibilityDecomposed.unicodeScalars { SearchFold.append(scalar, to: &folded) }
        return String(folded).composed
    }

    /// Whether this folded text contains another folded text.
    package func contains(folded: String) -> Bool { utf8.contains(folded.utf8) }
}

private enum SearchFold {
    /// The folds of the alphabets from Latin to Arabic, with the later blocks of Latin and Greek and the signs after
    /// them. Most texts need only these; they are computed once.
    private static let table = (0..<UInt32(0x2070)).map { value -> [Unicode.Scalar] in
        guard standsAlone(value), let scalar = Unicode.Scalar(value) else { return [] }
        return String(scalar).compatibilityDecomposed.unicodeScalars.flatMap(fold)
    }

    /// Whether a character's fold is the same in every context: characters of the table, and ideographs, syllables and
    /// emoji, which have neither case nor decomposition.
    static func standsAlone(_ scalar: Unicode.Scalar) -> Bool { standsAlone(scalar.value) }

    private static func standsAlone(_ value: UInt32) -> Bool {
        switch value {
        case 0..<0x700, 0x1E00..<0x2070, 0x2600...0x27BF, 0x3001...0x3002, 0x3041...0x3096, 0x30A1...0x30FE,
            0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xFE00...0xFE0F, 0x1F300...0x1FAFF:
            true
        default: false
        }
    }

    static func append(_ scalar: Unicode.Scalar, to folded: inout String.UnicodeScalarView) {
        if standsAlone(scalar), scalar.value < table.count {
            folded.append(contentsOf: table[Int(scalar.value)])
        } else {
            folded.append(contentsOf: fold(scalar))
        }
    }

    /// The fold of a decomposed character.
    private static func fold(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        if isLeftOut(scalar) { return [] }
        return scalar.properties.isCased || scalar.isASCII ? withoutCase(scalar) : [scalar]
    }

    /// Diacritics and invisible characters.
    private static func isLeftOut(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Those of any letter, and those of Cyrillic.
        case 0x300...0x36F, 0x483...0x489, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F: true
        // The points of Hebrew, and of Arabic with its stretching.
        case 0x591...0x5BD, 0x5BF, 0x5C1...0x5C2, 0x5C4...0x5C5, 0x5C7, 0x610...0x61A, 0x640, 0x64B...0x65F, 0x670,
            0x6D6...0x6DC, 0x6DF...0x6E4, 0x6E7...0x6E8, 0x6EA...0x6ED:
            true
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    /// Lower, upper and lower case again: so `ß` and its capital become `ss`, and all forms of sigma become one.
    private static func withoutCase(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        let small = scalar.properties.lowercaseMapping.unicodeScalars
        let large = small.map(\.properties.uppercaseMapping).joined().unicodeScalars
        let folded = large.map(\.properties.lowercaseMapping).joined()
        return Array((strokes[folded] ?? folded).unicodeScalars)
    }

    /// Letters without a decomposition that the default table of UTS #10 sorts as a base letter with a mark, or as the
    /// two letters that they join.
    private static let strokes = [
        "ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe",
    ]
}
