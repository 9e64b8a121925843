/// What one strict reading found wrong so far, place by place.
final class DecodingTrail {
    private(set) var errors: [FieldError] = []
    /// Whether an optional member of the whole keeps what it is when it is left out.
    let isChange: Bool

    /// How many faults are told of a body: the reply must not grow with what is wrong in it.
    static let most = 100

    init(isChange: Bool = false) { self.isChange = isChange }

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
struct Abandoned: Error {}

/// What is said about one field of a DTO beyond its Swift type. The gateway documents it in OpenAPI and enforces the
/// limits when it reads a body, so that both come from one place.
package struct FieldNote: Sendable {
    /// For the reader of the OpenAPI document.
    package let text: String
    /// The shortest and longest string, in Unicode scalars.
    package var length: ClosedRange<Int>?
    /// The smallest and largest number.
    package var range: ClosedRange<Int>?
    /// The fewest and most elements of an array.
    package var items: ClosedRange<Int>?

    package init(
        _ text: String, length: ClosedRange<Int>? = nil, range: ClosedRange<Int>? = nil,
        items: ClosedRange<Int>? = nil
    ) {
        self.text = text
        self.length = length
        self.range = range
        self.items = items
    }

    /// Notes what the value breaks.
    func check(_ value: JSONValue, at pointer: JSONPointer, trail: DecodingTrail) {
        switch value {
        case .string(let text):
            if let length, !length.contains(text.unicodeScalars.count) {
                trail.note(
                    pointer, rule: "length", "Must have \(length.lowerBound) to \(length.upperBound) characters.")
            }
        case .number(let spelling):
            if let range, let number = Double(spelling),
                number < Double(range.lowerBound) || number > Double(range.upperBound)
            {
                trail.note(pointer, rule: "range", "Must lie from \(range.lowerBound) to \(range.upperBound).")
            }
        case .array(let elements):
            if let items, !items.contains(elements.count) {
                trail.note(pointer, rule: "length", "Must have \(items.lowerBound) to \(items.upperBound) elements.")
            }
        case .null, .bool, .object: break
        }
    }
}

/// A DTO that says more about its fields than their types do.
package protocol Described {
    /// Notes by JSON name.
    static var notes: [String: FieldNote] { get }
}
