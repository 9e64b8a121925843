import Clinic

/// How long it is until a consult starts, when a mail about it is written.
struct TimeRemaining: Equatable {
    /// Negative once it has begun.
    let seconds: Double
    /// Midnights between now and the start, by the reader's clock.
    let days: Int
    /// Of the start, by the reader's clock, as `Monday`.
    let weekday: String

    /// Whether a reminder is still worth sending. It may be late, after an outage or at the end of quiet hours. The reminder
    /// of a day ahead is dropped from two hours before the start, so that nobody gets it together with the next one; the
    /// other once the consult has begun.
    func isTime(for ahead: Notice.Ahead) -> Bool {
        switch ahead {
        case .day: seconds > 2 * 3600
        case .hour: seconds > 0
        }
    }
}

extension TimeRemaining {
    /// The end of the sentence "Your consult is …".
    var englishDay: String {
        switch days {
        case 0: "today"
        case 1: "tomorrow"
        default: "on \(weekday)"
        }
    }

    /// The end of the sentence "Your consult begins …", to five minutes.
    var englishMinutes: String {
        switch (seconds / 300).rounded() * 5 {
        case ..<10: "in a few minutes"
        case 60...: "in an hour"
        case let minutes: "in \(Int(minutes)) minutes"
        }
    }
}
