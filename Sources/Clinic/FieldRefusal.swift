/// A value that breaks a rule of its field: what every service answers to bad input, naming the field and the rule.
package struct FieldRefusal: Error, Hashable, Sendable {
    /// RFC 6901, as `/intake/2/text`.
    package let pointer: String
    /// A stable word for the rule, as `max_length`.
    package let rule: String
    /// The rule in a sentence, without the value.
    package let detail: String

    package init(_ pointer: String, rule: String, _ detail: String) {
        self.pointer = pointer
        self.rule = rule
        self.detail = detail
    }
}

/// Checks that a text has from 1 to so many characters (Unicode scalars) and no control character but line breaks
/// and tabs.
package func checkText(_ text: String, at pointer: String, max: Int) throws(FieldRefusal) {
    let scalars = text.unicodeScalars
    guard !scalars.allSatisfy(\.properties.isWhitespace) else {
        throw FieldRefusal(pointer, rule: "not_blank", "must not be blank")
    }
    guard scalars.count <= max else {
        throw FieldRefusal(pointer, rule: "max_length", "must have at most \(max) characters")
    }
    guard scalars.allSatisfy({ $0.properties.generalCategory != .control || $0 == "\n" || $0 == "\r" || $0 == "\t" })
    else {
        throw FieldRefusal(pointer, rule: "no_control_characters", "must not contain control characters")
    }
}

/// As ``checkText(_:at:max:)``, and that the text is one line: it goes into the headers of mails and calendars.
package func checkLine(_ text: String, at pointer: String, max: Int) throws(FieldRefusal) {
    try checkText(text, at: pointer, max: max)
    guard !text.contains(where: \.isNewline) else {
        throw FieldRefusal(pointer, rule: "one_line", "must be one line")
    }
}
