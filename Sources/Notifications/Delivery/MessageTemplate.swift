import Clinic

/// What a mail says, in one language. Nothing that a person wrote can get in, except a specialist's published name, and
/// that only for recipients who asked for names.
struct MessageTemplate {
    let subject: String
    let paragraphs: [String]

    /// What fills in a template.
    struct Facts {
        /// When the consult starts, in the recipient's zone, with the zone's name.
        var time: String?
        /// Until when a time is kept, in the same form.
        var deadline: String?
        /// The other times that are kept, each with its link.
        var alternatives: [(kept: NotificationSubject.HeldTime, link: String)] = []
        /// From the sending until the consult starts.
        var remaining: TimeRemaining?
        /// Bounded; nil unless the recipient asked for names.
        var specialist: String?
        /// Whether the recipient has left the consult's panel.
        var hasLeft = false
        /// The recipient's part in the case; nil where the mail is about an account.
        var reader: Reader?
        /// The case's.
        var lane: Lane?
        /// Nil where the recipient may read nothing.
        var link: String?
    }

    /// One function a language, by the first part of its tag (BCP 47).
    private static let languages: [String: @Sendable (Notice.Template, Facts) -> MessageTemplate] = [
        "en": { english($0, $1) }
    ]

    /// The message in a language, or in English where there is none in that language.
    static func of(_ template: Notice.Template, in language: String, _ facts: Facts) -> MessageTemplate {
        let write = languages[language.prefix { $0 != "-" }.lowercased()]
        return write?(template, facts) ?? english(template, facts)
    }
}
