import Clinic

/// What a mail says, in one language. There is no way for anything that a person wrote to get in but a specialist's
/// published name, and that only for those who asked to see names.
struct MessageTemplate {
    let subject: String
    let paragraphs: [String]

    /// What the store adds to a template.
    struct Facts {
        /// The consult's start in the recipient's zone, with the zone's name.
        var time: String?
        /// Of a time that is kept: until when, written alike.
        var deadline: String?
        /// What else is kept, each with its link.
        var alternatives: [(kept: NotificationSubject.KeptTime, link: String)] = []
        /// From the sending until the consult's start.
        var remaining: TimeRemaining?
        /// Bounded; nil unless the recipient asked for names.
        var specialist: String?
        /// Whether the recipient has left the consult's panel.
        var hasLeft = false
        /// What the recipient is in the case; nil where the mail is about an account.
        var reader: Reader?
        /// Of the case.
        var lane: Lane?
        /// Nil where there is nothing that the recipient may read.
        var link: String?
    }

    /// One function a language, by the first part of its tag (BCP 47).
    private static let languages: [String: @Sendable (Notice.Template, Facts) -> MessageTemplate] = [
        "en": { english($0, $1) }
    ]

    /// The wording in a language, or in English where there is none in it.
    static func of(_ template: Notice.Template, in language: String, _ facts: Facts) -> MessageTemplate {
        let write = languages[language.prefix { $0 != "-" }.lowercased()]
        return write?(template, facts) ?? english(template, facts)
    }
}
