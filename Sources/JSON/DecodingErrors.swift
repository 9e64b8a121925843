package import Clinic

/// One thing that is wrong in a body.
package struct DecodingFault: Sendable, Hashable {
    package let pointer: JSONPointer
    /// A stable word for the rule that was broken, as `max_length`.
    package let rule: String
    /// The rule in a sentence, without the value.
    package let detail: String
}

/// A body that is JSON but breaks rules, with every fault that was found.
package struct InvalidFields: Error, Equatable {
    package let faults: [DecodingFault]
}

/// The faults that one strict decoding has found so far, with their places.
package final class DecodingErrors {
    package private(set) var faults: [DecodingFault] = []
    /// Whether an optional member of the top object keeps its value when it is left out.
    let isChange: Bool
    /// Rules of the top object's members beyond those of its type: limits that the programme sets.
    let rules: [String: FieldRule]

    /// The most faults that are reported of a body: the reply must not grow with their number.
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
    package func hasFault(at pointer: JSONPointer) -> Bool {
        faults.contains { pointer.covers($0.pointer) }
    }
}

/// Thrown while decoding when no value can be made at all. The errors hold the reason.
struct DecodingAborted: Error {}

/// What the OpenAPI document says about one field of a DTO. The field's rule (`Ruled`) says which values it takes.
package struct FieldNote: Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }
}

/// A DTO that says more about its fields than their types do.
package protocol Described {
    /// Notes by JSON name.
    static var notes: [String: FieldNote] { get }
}
