import Clinic

/// How long it is until a consult starts, at the moment in which a mail about it is written.
struct TimeRemaining: Equatable {
    /// Negative once it has begun.
    let seconds: Double
    /// Midnights between now and the start, by the reader's clock.
    let days: Int
    /// Of the start, by the reader's clock, as `Monday`.
    let weekday: String

    /// Whether a reminder that is sent now still says something of its own. Mails may come late, after an outage or at the
    /// end of quiet hours: a day-ahead one is dropped from an hour before the next reminder is due, so that nobody gets
    /// both at once, and each one when the consult begins.
    func isTime(for ahead: Notice.Ahead) -> Bool {
        switch ahead {
        case .day: seconds > 2 * 3600
        case .hour: seconds > 0
        }
    }
}

extension TimeRemaining {
    /// As it ends the sentence "Your consult is …".
    var englishDay: String {
        switch days {
        case 0: "today"
        case 1: "tomorrow"
        default: "on \(weekday)"
        }
    }

    /// As it ends the sentence "Your consult begins …", to five minutes.
    var englishMinutes: String {
        switch (seconds / 300).rounded() * 5 {
        case ..<10: "in a few minutes"
        case 60...: "in an hour"
        case let minutes: "in \(Int(minutes)) minutes"
        }
    }
}
