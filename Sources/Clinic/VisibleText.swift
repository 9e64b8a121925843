// Which characters of a text are visible, and in which order: UAX #9, UAX #44 and UTS #39, by the standard library's
// tables.

extension Unicode.Scalar {
    /// Whether it is visible by itself: a letter, number, sign or symbol. A combining mark needs one of them.
    var isVisible: Bool {
        guard !properties.isDefaultIgnorableCodePoint, !Self.blanks.contains(self) else { return false }
        return switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .connectorPunctuation, .dashPunctuation, .openPunctuation,
            .closePunctuation, .initialPunctuation, .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol,
            .modifierSymbol, .otherSymbol:
            true
        default: false
        }
    }

    /// Letters and symbols by category that are empty: Braille's blank, two hieroglyphs, and the musical null notehead.
    private static let blanks: Set<Unicode.Scalar> = ["\u{2800}", "\u{13441}", "\u{13442}", "\u{1D159}"]

    /// Bidi_Control (UAX #44): embeddings, overrides, isolates, their terminators, and the marks.
    var isDirectionControl: Bool { properties.isBidiControl }
    var isDirectionMark: Bool { self == "\u{200E}" || self == "\u{200F}" || self == "\u{61C}" }
    var isDirectionOverride: Bool { self == "\u{202D}" || self == "\u{202E}" }

    /// Whether it is a letter of a script from right to left (UAX #9 §3.2, R and AL), by the blocks that Unicode
    /// reserves for them.
    var isRightToLeft: Bool {
        guard properties.isAlphabetic else { return false }
        return switch value {
        case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFE, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
        default: false
        }
    }
}

/// Limits the combining marks on one letter.
enum TextMarks {
    /// The limit of the Stream-Safe Text Format (UAX #15 §13): no script needs more, and sorting them takes quadratic
    /// time.
    static let most = 30

    static func areTooMany(in text: String) -> Bool {
        var count = 0
        for scalar in text.unicodeScalars {
            count = scalar.properties.canonicalCombiningClass == .notReordered ? 0 : count + 1
            if count > most { return true }
        }
        return false
    }
}

/// Checks the changes of direction in a text.
enum TextDirection {
    /// The most nested changes (UAX #9 BD2, max_depth): deeper ones are not shown.
    private static let deepest = 125

    /// Whether every embedding and isolate ends in the paragraph in which it begins (UAX #9 BD8 to BD13): an open one
    /// would change the direction of what follows the text on a screen. An end without a beginning does nothing.
    static func isClosed(_ text: String) -> Bool {
        var open: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{202A}", "\u{202B}", "\u{2066}", "\u{2067}", "\u{2068}":
                guard open.count < deepest else { return false }
                open.append(scalar)
            // Ends an embedding within the innermost isolate.
            case "\u{202C}": if let last = open.last, last.value < 0x2066 { open.removeLast() }
            // Ends an isolate with its embeddings.
            case "\u{2069}":
                if let place = open.lastIndex(where: { $0.value >= 0x2066 }) { open.removeSubrange(place...) }
            case "\n", "\r", "\u{2029}": if !open.isEmpty { return false }
            default: break
            }
        }
        return open.isEmpty
    }
}

/// Invisible characters, and where scripts need them.
///
/// Refused are the format characters and default-ignorable ones of UAX #44 (zero-width spaces, fillers, tags, the soft
/// hyphen), noncharacters, private use, and the separators of lines and paragraphs. Allowed are a joiner after a letter
/// of a script whose letters join, and a non-joiner beside one (Persian and the scripts of India need them: RFC 5892
/// appendix A), a joiner within an emoji (UTS #51), a zero-width space between letters of a script without spaces, a
/// variation selector after the character that it varies (Japanese names need them: UTS #37), and the signs of Arabic
/// and Syriac that are format characters but visible.
enum InvisibleCharacters {
    static func stand(in text: String) -> Bool {
        var previous: Unicode.Scalar?
        let scalars = Array(text.unicodeScalars)
        for (place, scalar) in scalars.enumerated() {
            if isInvisible(scalar), !isNeeded(scalar, behind: previous, before: scalars[(place + 1)...].first) {
                return true
            }
            previous = scalar
        }
        return false
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.properties.isDefaultIgnorableCodePoint { return true }
        return switch scalar.properties.generalCategory {
        case .format: !isSign(scalar)
        case .lineSeparator, .paragraphSeparator, .privateUse, .surrogate: true
        default: scalar.properties.isNoncharacterCodePoint
        }
    }

    private static func isNeeded(
        _ scalar: Unicode.Scalar, behind previous: Unicode.Scalar?, before next: Unicode.Scalar?
    ) -> Bool {
        guard let previous else { return scalar.isDirectionMark }
        switch scalar.value {
        // After a digit or a foreign word, the first letter of a suffix joins.
        case 0x200C: return joins(previous) || (previous.isVisible && next.map(joins) == true)
        case 0x200D:
            return joins(previous)
                || (isPictured(previous) && next.map { $0.properties.isEmoji && !$0.isASCII } == true)
        case 0x200B: return hasNoSpaces(previous) && next.map(hasNoSpaces) == true
        case 0x180B...0x180F: return (0x1800...0x18AF).contains(previous.value)
        case 0xFE0E...0xFE0F: return previous.properties.isEmoji
        case 0xFE00...0xFE0D: return isVaried(previous)
        case 0xE0100...0xE01EF: return previous.properties.isIdeographic
        default: return scalar.isDirectionMark
        }
    }

    /// Whether a letter or mark is of a script whose letters join or make conjuncts: those from Arabic to Tibetan, and
    /// the later ones of the same families.
    private static func joins(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .uppercaseLetter, .lowercaseLetter: break
        default: return false
        }
        return switch scalar.value {
        case 0x600...0x109F, 0x1700...0x18AF, 0x1900...0x1AAF, 0x1B00...0x1C4F, 0xA800...0xABFF, 0xFB50...0xFDFF,
            0xFE70...0xFEFC, 0x10A00...0x11FFF, 0x1E900...0x1E95F:
            true
        default: false
        }
    }

    /// Whether a letter or mark is of a script without spaces between words, where zero-width spaces separate them:
    /// Thai, Lao, Burmese, Khmer.
    private static func hasNoSpaces(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xE00...0xEFF, 0x1000...0x109F, 0x1780...0x17FF: scalar.properties.generalCategory != .unassigned
        default: false
        }
    }

    /// Characters with standardised variants besides emoji: ideographs and their punctuation, mathematical signs,
    /// Burmese, Phags-pa.
    private static func isVaried(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1000...0x109F, 0x3001...0x3002, 0xA840...0xA87F, 0xFF01...0xFF1F: true
        default: scalar.properties.isIdeographic || scalar.properties.generalCategory == .mathSymbol
        }
    }

    /// The end of an emoji, to which another can be joined.
    private static func isPictured(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\u{FE0F}" || (scalar.properties.isEmoji && !scalar.isASCII)
    }

    /// Prepended_Concatenation_Mark (UAX #44): a sign of a number or a verse, which is drawn around what follows it.
    private static func isSign(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x600...0x605, 0x6DD, 0x70F, 0x890...0x891, 0x8E2, 0x110BD, 0x110CD: true
        default: false
        }
    }
}
