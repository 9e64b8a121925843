package import Clinic

/// Which notifications somebody wants, and when. Mails that protect the account are sent regardless.
package struct NotificationPreferences: Codable, Sendable, Equatable {
    /// Whether any mail is sent.
    package var email: Bool
    /// Whether reminders of consults are sent, a day and an hour before.
    package var reminders: Bool
    /// Between these wall-clock times, in the account's zone, only changes of bookings are sent; the rest follows when the
    /// quiet hours end.
    package var quietHours: QuietHours?
    /// Whether mails name the specialist: a name can reveal the field, and others may read the mail.
    package var showNames: Bool

    /// The preferences of an account that has set none.
    package static let usual = NotificationPreferences(email: true, reminders: true, quietHours: nil, showNames: false)

    package static let example = NotificationPreferences(
        email: true, reminders: true, quietHours: QuietHours(from: "22:00", to: "07:00"), showNames: false)

    /// From one wall-clock time to another, `HH:MM`; past midnight when the end is the earlier one.
    package struct QuietHours: Codable, Sendable, Equatable {
        package var from: String
        package var to: String
    }

    /// - Throws: `FieldRefusal`.
    func check() throws {
        guard let quietHours else { return }
        try QuietHours.rule.check(quietHours.from, at: "/quietHours/from")
        try QuietHours.rule.check(quietHours.to, at: "/quietHours/to")
        guard quietHours.from != quietHours.to else {
            throw FieldRefusal("/quietHours/to", rule: "differs", "must differ from the beginning")
        }
    }
}

extension NotificationPreferences.QuietHours: Ruled {
    fileprivate static let rule = TextRule.form(.timeOfDay)

    package static let rules: [String: FieldRule] = ["from": .text(rule), "to": .text(rule)]
}
