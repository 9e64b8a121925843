/// A rule for a text: its length in Unicode scalars, and its content. One value serves the service that checks it and
/// the OpenAPI document.
package struct TextRule: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        /// As ``checkText(_:at:max:)`` has it.
        case lines
        /// As ``checkLine(_:at:max:)`` has it, without some characters, and without others, or a blank, at the end.
        case line(without: [Character], notLast: [Character], words: String?)
        /// A code of a form.
        case form(TextForm)
        /// Anything that can be stored. U+0000 cannot, and the decoder of bodies refuses it in every text.
        case anything
    }

    package let content: Content
    package let shortest: Int?
    package let longest: Int?
    /// Whether an empty text is accepted too; it means that there is none.
    package let mayBeEmpty: Bool

    private init(_ content: Content, shortest: Int?, longest: Int?, mayBeEmpty: Bool = false) {
        self.content = content
        self.shortest = shortest
        self.longest = longest
        self.mayBeEmpty = mayBeEmpty
    }

    /// A text of any number of lines.
    package static func lines(min: Int = 1, max: Int) -> TextRule { TextRule(.lines, shortest: min, longest: max) }

    /// One line: it goes into the headers of mails and calendars.
    /// - Parameters:
    ///   - excluded: characters that it must not have.
    ///   - notLast: those that it must not end with; nor with a blank, if there are any.
    ///   - words: what it must be, for the refusal.
    package static func line(
        max: Int, without excluded: [Character] = [], notLast: [Character] = [], words: String? = nil
    ) -> TextRule {
        TextRule(.line(without: excluded, notLast: notLast, words: words), shortest: 1, longest: max)
    }

    /// A code; the form bounds its length by itself where no length is given.
    package static func form(_ form: TextForm, length: ClosedRange<Int>? = nil) -> TextRule {
        TextRule(.form(form), shortest: length?.lowerBound, longest: length?.upperBound)
    }

    /// A secret, or another text that nobody writes by hand.
    package static func anything(_ length: ClosedRange<Int>? = nil) -> TextRule {
        TextRule(.anything, shortest: length?.lowerBound, longest: length?.upperBound)
    }

    /// The same rule for a text that an empty one removes.
    package var orEmpty: TextRule { TextRule(content, shortest: shortest, longest: longest, mayBeEmpty: true) }

    /// See `TextForm.isReadByService`.
    package var isReadByService: Bool { if case .form(let form) = content { form.isReadByService } else { false } }

    /// - Throws: `FieldRefusal`: `min_length`, `max_length`, `not_blank`, `no_control_characters`, `visible`, `marks`,
    ///   `no_direction_controls`, `closed_direction`, `one_line`, `no_invisible_characters`, `format`.
    package func check(_ text: String, at pointer: String) throws(FieldRefusal) {
        if mayBeEmpty, text.isEmpty { return }
        switch content {
        case .lines: try checkText(text, at: pointer, max: longest ?? .max)
        case .line(let excluded, let notLast, let words):
            try checkLine(text, at: pointer, max: longest ?? .max)
            let last = notLast.isEmpty ? nil : text.unicodeScalars.last
            guard !text.unicodeScalars.contains(where: { excluded.contains(Character($0)) }),
                last.map({ !$0.properties.isWhitespace && !notLast.contains(Character($0)) }) ?? true
            else {
                throw FieldRefusal(pointer, rule: "format", "must be \(words ?? "without such characters")")
            }
        case .form, .anything: try checkLength(text, at: pointer)
        }
        if let shortest, text.unicodeScalars.count < shortest {
            throw FieldRefusal(pointer, rule: "min_length", "must have at least \(shortest) characters")
        }
        if case .form(let form) = content, !form.matches(text) {
            throw FieldRefusal(pointer, rule: "format", "must be \(form.words)")
        }
    }

    private func checkLength(_ text: String, at pointer: String) throws(FieldRefusal) {
        if let longest, text.unicodeScalars.count > longest {
            throw FieldRefusal(pointer, rule: "max_length", "must have at most \(longest) characters")
        }
    }
}

extension TextRule {
    /// The rule without lengths, as a pattern of ECMA 262 (with the flag `u`). Python's `re` and .NET read it alike,
    /// except that their `$` allows a line feed at the end.
    package var pattern: String {
        let pattern =
            switch content {
            case .form(let form): form.pattern
            case .anything: "^[^\\x00]*$"
            case .lines:
                Self.written(without: "\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F\\u202D\\u202E")
            case .line(let excluded, let notLast, _):
                Self.written(
                    without: "\\x00-\\x08\\x0A-\\x1F\\x7F-\\x9F\\u2028\\u2029" + Self.turning + Self.invisible
                        + excluded.map(Self.escaped).joined(), notLast: notLast)
            }
        guard mayBeEmpty else { return pattern }
        return "^(?:\(pattern.dropFirst().dropLast()))?$"
    }

    /// Characters that change the direction of others: embeddings, overrides and isolates. A text of several lines may
    /// have all but overrides if it closes them (``checkText(_:at:max:)``), which a pattern cannot express.
    private static let turning = "\\u202A-\\u202E\\u2066-\\u2069"
    /// Invisible characters below U+10000, except joiners and selectors, which letters need.
    private static let invisible =
        "\\u00AD\\u115F\\u1160\\u17B4\\u17B5\\u180E\\u200B\\u2060-\\u2065\\u206A-\\u206F\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB"

    /// Characters of which at least one is visible. The look-ahead avoids backtracking.
    private static func written(without excluded: String, notLast: [Character] = []) -> String {
        let unseen = "\(invisible)\\u034F\\u200C-\\u200F\\u2800\\uFE00-\\uFE0F\\s"
        let last = notLast.isEmpty ? "" : "[^\(excluded)\\s\(notLast.map(escaped).joined())]"
        return "^(?=[^\(excluded)]*?[^\(excluded)\(unseen)])[^\(excluded)]*\(last)$"
    }

    private static func escaped(_ character: Character) -> String { character == "\t" ? "\\t" : "\\\(character)" }
}

/// The form of a code.
package struct TextForm: Sendable, Hashable {
    /// A pattern of ECMA 262 (with the flag `u`), anchored at both ends, in the syntax that all regular-expression
    /// engines share.
    package let pattern: String
    /// What the text must be, to follow "must be".
    package let words: String
    /// Its name in JSON Schema (2020-12, validation §7.3).
    package let format: String?
    /// Whether the service reads it by a rule of its own, and the pattern only documents it: a text of this form is
    /// accepted; another text may be corrected, or refused for a better reason.
    package let isReadByService: Bool
    private let expression: TextExpression

    package init(_ pattern: String, _ words: String, format: String? = nil, isReadByService: Bool = false) {
        self.pattern = pattern
        self.words = words
        self.format = format
        self.isReadByService = isReadByService
        expression = TextExpression(pattern)
    }

    package func matches(_ text: String) -> Bool { expression.matches(text) }

    package static func == (left: TextForm, right: TextForm) -> Bool { left.pattern == right.pattern }
    package func hash(into hasher: inout Hasher) { hasher.combine(pattern) }
}

/// A compiled pattern. It is safe to share: a `Regex` without custom code never changes once it is made.
private final class TextExpression: @unchecked Sendable {
    private let regex: Regex<AnyRegexOutput>

    init(_ pattern: String) {
        guard let regex = try? Regex(pattern) else { preconditionFailure("the pattern of a form must compile") }
        self.regex = regex.matchingSemantics(.unicodeScalar)
    }

    func matches(_ text: String) -> Bool { (try? regex.wholeMatch(in: text)) != nil }
}
