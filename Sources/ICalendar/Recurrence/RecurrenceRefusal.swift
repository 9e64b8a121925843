package import Clinic

/// Why a recurrence is not taken: what is wrong, by a stable word and in a sentence without the caller's text.
package struct RecurrenceRefusal: Error, Hashable, Sendable {
    /// `format`, `range`, `unsupported`, `impossible` or `start`.
    package let rule: String
    package let detail: String

    /// RFC 5545 §3.3.10 does not allow it.
    static func format(_ detail: String) -> RecurrenceRefusal { RecurrenceRefusal(rule: "format", detail: detail) }

    static func range(_ detail: String) -> RecurrenceRefusal { RecurrenceRefusal(rule: "range", detail: detail) }

    /// RFC 5545 allows it, and this house does not expand it, because no expander at hand does so rightly.
    static func unsupported(_ what: String) -> RecurrenceRefusal {
        RecurrenceRefusal(
            rule: "unsupported", detail: "\(what) is not supported. Supported are \(RecurrenceRule.supported)")
    }

    /// No date would ever come of it.
    static func impossible(_ detail: String) -> RecurrenceRefusal {
        RecurrenceRefusal(rule: "impossible", detail: detail)
    }

    /// The first date must be one of the rule's.
    static func start(_ detail: String) -> RecurrenceRefusal { RecurrenceRefusal(rule: "start", detail: detail) }

    /// As the refusal of a field.
    package func at(_ pointer: String) -> FieldRefusal { FieldRefusal(pointer, rule: rule, detail) }
}
