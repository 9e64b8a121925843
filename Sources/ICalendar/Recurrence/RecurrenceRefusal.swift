package import Clinic

/// Why a recurrence is refused: a stable word, and a sentence without the caller's text.
package struct RecurrenceRefusal: Error, Hashable, Sendable {
    /// `format`, `range`, `unsupported`, `impossible` or `start`.
    package let rule: String
    package let detail: String

    /// RFC 5545 §3.3.10 does not allow it.
    static func format(_ detail: String) -> RecurrenceRefusal { RecurrenceRefusal(rule: "format", detail: detail) }

    static func range(_ detail: String) -> RecurrenceRefusal { RecurrenceRefusal(rule: "range", detail: detail) }

    /// RFC 5545 allows it, but no expander at hand computes it correctly.
    static func unsupported(_ what: String) -> RecurrenceRefusal {
        RecurrenceRefusal(
            rule: "unsupported", detail: "\(what) is not supported. Supported are \(RecurrenceRule.supported)")
    }

    /// No date fulfils it.
    static func impossible(_ detail: String) -> RecurrenceRefusal {
        RecurrenceRefusal(rule: "impossible", detail: detail)
    }

    /// The rule does not name the first date, which it must.
    static func start(_ detail: String) -> RecurrenceRefusal { RecurrenceRefusal(rule: "start", detail: detail) }

    /// The same as the refusal of a field.
    package func at(_ pointer: String) -> FieldRefusal { FieldRefusal(pointer, rule: rule, detail) }
}
