import Clinic

/// What one strict reading found wrong so far, place by place.
final class DecodingErrors {
    private(set) var errors: [FieldError] = []
    /// Whether an optional member of the whole keeps what it is when it is left out.
    let isChange: Bool
    /// What members of the whole keep beyond the rules of its type: limits that the programme sets.
    let rules: [String: FieldRule]

    /// How many faults are told of a body: the reply must not grow with what is wrong in it.
    static let most = 100

    init(isChange: Bool = false, rules: [String: FieldRule] = [:]) {
        self.isChange = isChange
        self.rules = rules
    }

    func note(_ pointer: JSONPointer, rule: String, _ detail: String) {
        guard errors.count < Self.most else { return }
        errors.append(FieldError(.pointer(pointer), rule: rule, detail))
    }

    /// Whether something at or below the pointer has been found wrong.
    func blames(_ pointer: JSONPointer) -> Bool {
        errors.contains { error in
            guard case .pointer(let place) = error.place else { return false }
            return pointer.covers(place)
        }
    }
}

/// Thrown inside a reading when a value cannot be made at all; the trail holds the reason.
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
