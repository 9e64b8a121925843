package import Clinic
import TypedText

/// The rules of a new password: NIST SP 800-63B-4 §3.1.1.2. No rule asks for kinds of characters.
package struct PasswordRules: Sendable {
    static let maxLength = 128
    let blocklist: PasswordBlocklist

    /// The fewest characters: 15 without a second factor, 8 with one.
    package static func minLength(besideSecondFactor: Bool) -> Int { besideSecondFactor ? 8 : 15 }

    /// The rule as it is documented. The service counts the characters of the composed form (NFKC).
    package static func rule(besideSecondFactor: Bool) -> FieldRule {
        let form = TextForm(
            "^[^\\x00-\\x1F\\x7F-\\x9F]*$", "a password without control characters", isReadByService: true)
        return .text(.form(form, length: minLength(besideSecondFactor: besideSecondFactor)...maxLength))
    }

    /// Checks a new password and returns it in the form that is hashed (NFKC).
    /// - Parameter context: what somebody who knows the person would try: their name and address, and the programme's
    ///   name.
    /// - Throws: `FieldRefusal` naming the rule.
    func check(
        _ password: String, context: PasswordContext, besideSecondFactor: Bool, at pointer: String = "/password"
    ) throws(FieldRefusal) -> String {
        let least = Self.minLength(besideSecondFactor: besideSecondFactor)
        guard password.utf8.count <= 4 * Self.maxLength else { throw Self.tooLong(pointer) }
        let text = password.compatibilityComposed
        let scalars = text.unicodeScalars
        guard scalars.count >= least else {
            throw FieldRefusal(pointer, rule: "min_length", "must have at least \(least) characters")
        }
        guard scalars.count <= Self.maxLength else { throw Self.tooLong(pointer) }
        guard scalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw FieldRefusal(pointer, rule: "no_control_characters", "must not contain control characters")
        }
        guard !blocklist.contains(text) else {
            throw FieldRefusal(pointer, rule: "not_common", "is among the passwords that are tried first")
        }
        guard context.remainder(of: text) >= 8 else {
            throw FieldRefusal(
                pointer, rule: "not_personal", "must be more than the name or address of its owner or of this service")
        }
        return text
    }

    private static func tooLong(_ pointer: String) -> FieldRefusal {
        FieldRefusal(pointer, rule: "max_length", "must have at most \(maxLength) characters")
    }
}

/// The words that a password must not mainly consist of.
struct PasswordContext: Sendable {
    private let words: [String]

    init(name: String, email: EmailAddress) {
        let names = name.lowercased().split { !$0.isLetter }.map(String.init)
        let local = email.localPart.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        // The longest first, so that an address is removed before its parts are.
        words = (["consilium", email.text, email.localPart] + names + local)
            .map(\.compatibilityComposed).filter { $0.count >= 3 }.sorted { $0.count > $1.count }
    }

    /// How many characters of the password are left without these words.
    func remainder(of password: String) -> Int {
        var rest = password.lowercased()
        for word in words { rest = rest.replacing(word, with: "") }
        return rest.unicodeScalars.count
    }
}
