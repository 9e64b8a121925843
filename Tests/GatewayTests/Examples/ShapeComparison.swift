@testable import Gateway
@testable import HTTPServer
@testable import JSON
@testable import ServiceAPI

/// Whether an answer has all that an example shows: every member, of the same kind of JSON, and where the schema gives
/// a choice of words the same word. For each element that a list of the example shows, the answer's list has one that
/// is like it.
struct ShapeComparison: Sendable {
    let schemas: Schemas

    /// What the example shows and the answer has not, each by its place; never by its value.
    func lacks(
        _ answer: JSONValue, of example: JSONValue, _ schema: JSONValue, at pointer: JSONPointer = JSONPointer()
    ) -> [String] {
        let schema = schemas.resolved(schema)
        let place = pointer.tokens.isEmpty ? "/" : pointer.description
        switch (example, answer) {
        case (.object(let members), .object):
            return members.flatMap { member -> [String] in
                let below = pointer.appending(member.name)
                guard let given = answer[member.name] else { return ["\(below) is shown and not answered"] }
                return lacks(given, of: member.value, rule(of: member.name, in: schema), at: below)
            }
        case (.array(let shown), .array(let given)):
            return shown.enumerated().flatMap { index, element in
                let below = pointer.appending(String(index))
                let found = given.map { lacks($0, of: element, schema["items"] ?? [:], at: below) }
                return found.min { $0.count < $1.count } ?? ["\(below) is shown and not answered"]
            }
        case (.string, .string):
            return schema["enum"] == nil || example == answer ? [] : ["\(place) is answered with another word"]
        default: return example.kind == answer.kind ? [] : ["\(place) is \(example.kind), answered with \(answer.kind)"]
        }
    }

    private func rule(of member: String, in schema: JSONValue) -> JSONValue {
        schema["properties"]?[member] ?? schema["additionalProperties"] ?? [:]
    }
}
