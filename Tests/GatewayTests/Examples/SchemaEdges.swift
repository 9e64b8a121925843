import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
@testable import JSON
@testable import ServiceAPI

/// One place of a body that a schema speaks of, and how the body is with another value there.
struct SchemaPlace {
    let pointer: JSONPointer
    let schema: JSONValue
    /// What the body has there; a sample where it has nothing.
    let value: JSONValue
    let body: (JSONValue) -> JSONValue
}

/// Values at the edges of what a schema allows, and just beyond them.
struct SchemaEdges {
    let schemas: Schemas

    /// Every property, and every element of a list, below a value.
    func places(
        _ schema: JSONValue, _ value: JSONValue, at pointer: JSONPointer = JSONPointer(),
        in body: @escaping (JSONValue) -> JSONValue = { $0 }
    ) -> [SchemaPlace] {
        let schema = schemas.resolved(schema)
        let properties = OpenAPIChecks.members(schema["properties"])
        if !properties.isEmpty {
            return properties.flatMap { property in
                let value = value.member(or: [:])
                let below = value[property.name] ?? sample(property.value)
                return places(property.value, below, at: pointer.appending(property.name)) {
                    body(value.with(property.name, $0))
                }
            }
        }
        let place = SchemaPlace(pointer: pointer, schema: schema, value: value, body: body)
        guard let items = schema["items"] else { return [place] }
        let elements = OpenAPIChecks.elements(value)
        let first = elements.first ?? sample(items)
        return [place]
            + places(items, first, at: pointer.appending("0")) { body(.array([$0] + elements.dropFirst())) }
    }

    /// What is most usual of what the schema allows.
    func sample(_ schema: JSONValue) -> JSONValue { allowed(schema, like: nil).first ?? .null }

    /// What the schema allows, the most usual first.
    func allowed(_ schema: JSONValue, like value: JSONValue?) -> [JSONValue] {
        let schema = schemas.resolved(schema)
        if let choices = schema["enum"] { return OpenAPIChecks.elements(choices) }
        switch schema["type"] {
        case "boolean": return [true, false]
        case "integer":
            let (least, most) = (schema.whole("minimum") ?? -1, schema.whole("maximum") ?? 1_000_000)
            return [.number("\(least)"), .number("\(most)")]
        case "number": return [.number("0.5")]
        case "array":
            // No list has more different elements than there are.
            let choices = OpenAPIChecks.elements(schemas.resolved(schema["items"] ?? [:])["enum"]).count
            let most = schema.whole("maxItems") ?? 1000
            let isBound = schema["uniqueItems"] == true && choices > 0
            return lists(schema, value, schema.whole("minItems") ?? 0, isBound ? min(most, choices) : most)
        case "object":
            let required = OpenAPIChecks.elements(schema["required"]).compactMap(\.asString)
            return [
                .object(required.map { .init(name: $0, value: sample(schema["properties"]?[$0] ?? [:])) })
            ]
        default: return texts(schema).map(JSONValue.string)
        }
    }

    /// What it forbids, by one step where it counts, and by its kind.
    func forbidden(_ schema: JSONValue, like value: JSONValue?) -> [JSONValue] {
        let schema = schemas.resolved(schema)
        if schema["enum"] != nil { return ["not among them", .number("4711")] }
        switch schema["type"] {
        case "boolean": return ["true", .number("1")]
        case "integer":
            let beyond = [schema.whole("minimum").map { $0 - 1 }, schema.whole("maximum").map { $0 + 1 }]
            return beyond.compactMap { $0.map { .number("\($0)") } } + ["1", .number("1.5")]
        case "number": return ["1"]
        case "array":
            var wrong: [JSONValue] = ["[]"]
            if let least = schema.whole("minItems"), least > 0 {
                wrong += lists(schema, value, least - 1, least - 1)
            }
            if let most = schema.whole("maxItems") { wrong += lists(schema, value, most + 1, most + 1) }
            if schema["uniqueItems"] == true, let one = lists(schema, value, 1, 1).first {
                let element = OpenAPIChecks.elements(one)[0]
                wrong.append(.array([element, element]))
            }
            return wrong
        case "object": return ["{}", []]
        default: return [.number("1"), true] + wrongTexts(schema).map(JSONValue.string)
        }
    }

    private func lists(_ schema: JSONValue, _ value: JSONValue?, _ least: Int, _ most: Int) -> [JSONValue] {
        let items = schemas.resolved(schema["items"] ?? [:])
        let example = OpenAPIChecks.elements(value).first
        func list(_ count: Int) -> JSONValue {
            .array((0..<count).map { numbered(items, $0) ?? example ?? sample(items) })
        }
        return least == most ? [list(least)] : [list(least), list(most)]
    }

    /// One of many different elements.
    private func numbered(_ items: JSONValue, _ number: Int) -> JSONValue? {
        let choices = OpenAPIChecks.elements(items["enum"])
        if !choices.isEmpty { return choices[number % choices.count] }
        if items["format"] == "uuid" { return .string(UUID().uuidString.lowercased()) }
        if let least = items.whole("minimum"), let most = items.whole("maximum") {
            return .number("\(least + number % (most - least + 1))")
        }
        return items["pattern"]?.asString.flatMap { PatternSamples.table[$0]?.numbered?(number) }.map(JSONValue.string)
    }

    private func texts(_ schema: JSONValue) -> [String] {
        switch (schema["pattern"]?.asString, schema["format"]) {
        case (let pattern?, _): PatternSamples.of(pattern).allowed(schema.whole("minLength"), schema.whole("maxLength"))
        case (nil, "uuid"): ["0192f0c1-7d2e-7a41-9c3b-5f1de0a7b842", "0192F0C1-7D2E-7A41-9C3B-5F1DE0A7B842"]
        default: PatternSamples.unbound.allowed(schema.whole("minLength"), schema.whole("maxLength"))
        }
    }

    private func wrongTexts(_ schema: JSONValue) -> [String] {
        var wrong: [String] = []
        if let pattern = schema["pattern"]?.asString { wrong += PatternSamples.of(pattern).forbidden }
        if schema["format"] == "uuid" { wrong += ["", "4711", "0192f0c1-7d2e-7a41-9c3b-5f1de0a7b84"] }
        if let least = schema.whole("minLength"), least > 0 { wrong.append(String(repeating: "x", count: least - 1)) }
        if let most = schema.whole("maxLength") { wrong.append(String(repeating: "x", count: most + 1)) }
        return wrong
    }
}

extension JSONValue {
    fileprivate func whole(_ keyword: String) -> Int? {
        guard case .number(let spelling)? = self[keyword] else { return nil }
        return Int(spelling)
    }

    /// Itself if it is an object.
    fileprivate func member(or other: JSONValue) -> JSONValue { if case .object = self { self } else { other } }
}
