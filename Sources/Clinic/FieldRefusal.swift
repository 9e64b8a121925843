/// A value that breaks a rule of its field. Every service refuses bad input with it.
package struct FieldRefusal: Error, Hashable, Sendable {
    /// RFC 6901, as `/intake/2/text`.
    package let pointer: String
    /// A stable name of the rule, as `max_length`.
    package let rule: String
    /// The rule in a sentence, without the value.
    package let detail: String

    package init(_ pointer: String, rule: String, _ detail: String) {
        self.pointer = pointer
        self.rule = rule
        self.detail = detail
    }
}

/// Checks that a text has from 1 to so many characters (Unicode scalars), that at least one of them can be seen, that
/// it has no control character but line breaks and tabs, and that it shows its letters in their own order: no override
/// of their direction, and every embedding and isolate closed in its paragraph (UAX #9 §3.3.2, UTR #36 §2.5).
package func checkText(_ text: String, at pointer: String, max: Int) throws(FieldRefusal) {
    try checkCharacters(text, at: pointer, max: max)
    guard !text.unicodeScalars.contains(where: \.isDirectionOverride) else {
        throw FieldRefusal(
            pointer, rule: "no_direction_controls", "must not contain characters that override the direction of others")
    }
    guard TextDirection.isClosed(text) else {
        throw FieldRefusal(
            pointer, rule: "closed_direction", "must end each change of direction in the paragraph in which it begins")
    }
}

/// As ``checkText(_:at:max:)``, and that the text is one line that shows all that it is: names, titles and what else
/// stands in lists, in the headers of mails and in calendars.
///
/// No character changes the direction of others. The marks of direction alone (U+200E, U+200F, U+061C) are let through
/// in a line that has letters from right to left: there they keep a full stop or a number in its place, and move
/// nothing but such neutral characters (UAX #9 §2.6); in any other line they do nothing that a reader would want. No
/// character is invisible but where writing needs it: ``InvisibleCharacters``.
package func checkLine(_ text: String, at pointer: String, max: Int) throws(FieldRefusal) {
    try checkCharacters(text, at: pointer, max: max)
    guard !text.contains(where: \.isNewline) else {
        throw FieldRefusal(pointer, rule: "one_line", "must be one line")
    }
    let scalars = text.unicodeScalars
    let hasRightToLeft = scalars.contains(where: \.isRightToLeft)
    guard !scalars.contains(where: { $0.isDirectionControl && !($0.isDirectionMark && hasRightToLeft) }) else {
        throw FieldRefusal(
            pointer, rule: "no_direction_controls", "must not contain characters that change the direction of others")
    }
    guard !InvisibleCharacters.stand(in: text) else {
        throw FieldRefusal(
            pointer, rule: "no_invisible_characters",
            "must not contain invisible characters but joiners between letters that join")
    }
}

private func checkCharacters(_ text: String, at pointer: String, max: Int) throws(FieldRefusal) {
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
    guard scalars.contains(where: \.isVisible) else {
        throw FieldRefusal(pointer, rule: "visible", "must have a character that can be seen")
    }
    guard !TextMarks.areTooMany(in: text) else {
        throw FieldRefusal(pointer, rule: "marks", "must not have more than \(TextMarks.most) marks on one letter")
    }
}
