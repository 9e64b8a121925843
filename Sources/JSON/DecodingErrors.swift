package import Clinic

/// One thing that is wrong in a body.
package struct DecodingFault: Sendable, Hashable {
    package let pointer: JSONPointer
    /// A stable word for the rule that was broken, as `max_length`.
    package let rule: String
    /// The rule in a sentence, without the value.
    package let detail: String
}

/// A body that is JSON and breaks rules: everything that was found.
package struct InvalidFields: Error, Equatable {
    package let faults: [DecodingFault]
}

/// What one strict reading found wrong so far, place by place.
package final class DecodingErrors {
    package private(set) var faults: [DecodingFault] = []
    /// Whether an optional member of the whole keeps what it is when it is left out.
    let isChange: Bool
    /// What members of the whole keep beyond the rules of its type: limits that the programme sets.
    let rules: [String: FieldRule]

    /// How many faults are told of a body: the reply must not grow with what is wrong in it.
    package static let most = 100

    package init(isChange: Bool = false, rules: [String: FieldRule] = [:]) {
        self.isChange = isChange
        self.rules = rules
    }

    package func note(_ pointer: JSONPointer, rule: String, _ detail: String) {
        guard faults.count < Self.most else { return }
        faults.append(DecodingFault(pointer: pointer, rule: rule, detail: detail))
    }

    /// Whether something at or below the pointer has been found wrong.
    package func blames(_ pointer: JSONPointer) -> Bool {
        faults.contains { pointer.covers($0.pointer) }
    }
}

/// Thrown inside a reading when a value cannot be made at all; the errors hold the reason.
struct DecodingAborted: Error {}

/// What the OpenAPI document says about one field of a DTO, for its reader. Which values it takes its rule says (`Ruled`).
package struct FieldNote: Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }
}

/// A DTO that says more about its fields than their types do.
package protocol Described {
    /// Notes by JSON name.
    static var notes: [String: FieldNote] { get }
}
