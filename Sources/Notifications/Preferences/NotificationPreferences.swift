package import Clinic

/// What somebody wants to be told, and when. Mails that guard the account are sent regardless.
package struct NotificationPreferences: Codable, Sendable, Equatable {
    /// Whether anything is mailed at all.
    package var email: Bool
    /// Whether she is reminded of consults, a day and an hour before.
    package var reminders: Bool
    /// Between these wall times in her zone only changes of bookings are sent, the rest when they end.
    package var quietHours: QuietHours?
    /// Whether mails name the specialist: a name can reveal the field, and a mail is read by others.
    package var showNames: Bool

    /// What is in force until somebody chooses.
    package static let usual = NotificationPreferences(email: true, reminders: true, quietHours: nil, showNames: false)

    package init(email: Bool, reminders: Bool, quietHours: QuietHours?, showNames: Bool) {
        self.email = email
        self.reminders = reminders
        self.quietHours = quietHours
        self.showNames = showNames
    }

    /// From one wall time to another, `HH:MM`; over midnight when the end is the earlier one.
    package struct QuietHours: Codable, Sendable, Equatable {
        package var from: String
        package var to: String

        package init(from: String, to: String) {
            self.from = from
            self.to = to
        }
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
