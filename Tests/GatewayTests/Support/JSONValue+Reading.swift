@testable import Gateway

extension JSONValue {
    /// The text, if it is one.
    var asString: String? { if case .string(let text) = self { text } else { nil } }
    /// The first element, if it is a list that has one.
    var firstElement: JSONValue? { if case .array(let elements) = self { elements.first } else { nil } }
}
