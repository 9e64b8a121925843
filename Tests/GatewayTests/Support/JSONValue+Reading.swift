@testable import Gateway
@testable import HTTPServer
@testable import JSON
@testable import ServiceAPI

extension JSONValue {
    /// The text, if it is one.
    var asString: String? { if case .string(let text) = self { text } else { nil } }
    /// The first element, if it is a list that has one.
    var firstElement: JSONValue? { if case .array(let elements) = self { elements.first } else { nil } }

    /// What stands at a JSON pointer (RFC 6901) without escapes.
    func value(at pointer: String) -> JSONValue? {
        pointer.split(separator: "/").reduce(Optional(self)) { value, token in
            guard case .array(let elements)? = value else { return value?[String(token)] }
            return Int(token).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
        }
    }

    /// This value with another one at a place that it has.
    func replacing(_ pointer: String, with new: JSONValue) -> JSONValue {
        let tokens = pointer.split(separator: "/", maxSplits: 1).map(String.init)
        guard let token = tokens.first else { return new }
        let rest = tokens.count > 1 ? tokens[1] : ""
        switch self {
        case .array(var elements):
            guard let index = Int(token), elements.indices.contains(index) else { return self }
            elements[index] = elements[index].replacing(rest, with: new)
            return .array(elements)
        case .object: return self[token].map { with(token, $0.replacing(rest, with: new)) } ?? self
        default: return self
        }
    }
}
