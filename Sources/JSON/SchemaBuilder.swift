import Clinic

/// What a strict reading of an example taught about a type: the JSON Schema (2020-12, as OpenAPI 3.1 uses it) of the
/// very code that will read or write the body. `required` is what the type decodes without an alternative.
package final class SchemaBuilder {
    private enum Shape {
        case unknown
        case scalar(JSONValue)
        case object, map, array
    }

    private var shape = Shape.unknown
    private var name: String?
    private var given: JSONValue?
    private var choices: [JSONValue] = []
    private var note: FieldNote?
    private var rule: FieldRule?
    private var properties: [(name: String, builder: SchemaBuilder, required: Bool)] = []
    private var elements: SchemaBuilder?
    /// How far below the root this builder stands; bounds the reading of types that contain themselves.
    let depth: Int

    package init(depth: Int = 0) { self.depth = depth }

    var isKnown: Bool {
        if case .unknown = shape { given != nil } else { true }
    }

    func meet(_ type: any Any.Type) {
        guard name == nil else { return }
        let spelled = String(describing: type)
        if spelled.allSatisfy({ $0.isLetter || $0.isNumber }) { name = spelled }
        given = (type as? any SchemaProviding.Type)?.schema
    }

    func choose(from choices: [JSONValue]) { self.choices = choices }
    func annotate(_ note: FieldNote) { self.note = note }
    func restrict(to rule: FieldRule) { self.rule = rule }
    func becomeScalar(_ schema: JSONValue) { shape = .scalar(schema) }
    func becomeMap() { shape = .map }
    func becomeArray() { shape = .array }

    func becomeObject() {
        if case .unknown = shape { shape = .object }
    }

    func property(_ name: String, required: Bool) -> SchemaBuilder {
        if let known = properties.first(where: { $0.name == name }) { return known.builder }
        let builder = SchemaBuilder(depth: depth + 1)
        properties.append((name, builder, required))
        return builder
    }

    func element() -> SchemaBuilder {
        if let elements { return elements }
        let builder = SchemaBuilder(depth: depth + 1)
        elements = builder
        return builder
    }

    /// The JSON pointers whose type the example leaves open: an empty array, say.
    package func unknownPlaces(at pointer: JSONPointer = JSONPointer()) -> [JSONPointer] {
        if given != nil || !choices.isEmpty { return [] }
        switch shape {
        case .unknown: return [pointer]
        case .scalar: return []
        case .array: return element().unknownPlaces(at: pointer.appending("0"))
        case .object, .map: return properties.flatMap { $0.builder.unknownPlaces(at: pointer.appending($0.name)) }
        }
    }

    /// The schema; what has a name of its own is put into the registry and referred to.
    package func schema(_ registry: SchemaRegistry) -> JSONValue {
        let bare = bare(registry)
        let schema = rule?.applied(to: bare) ?? bare
        return note.map { schema.with("description", .string($0.text)) } ?? schema
    }

    private func bare(_ registry: SchemaRegistry) -> JSONValue {
        if let given { return given }
        if !choices.isEmpty {
            let type: JSONValue = if case .string = choices[0] { "string" } else { "integer" }
            return .members(["type": type, "enum": .array(choices)])
        }
        switch shape {
        case .unknown: return [:]
        case .scalar(let schema): return schema
        case .array: return .members(["type": "array", "items": element().schema(registry)])
        case .map:
            let values = properties.first?.builder.schema(registry) ?? [:]
            return .members(["type": "object", "additionalProperties": values])
        case .object:
            let sorted = properties.sorted { $0.name < $1.name }
            let required = sorted.filter(\.required).map { JSONValue.string($0.name) }
            let schema = JSONValue.members([
                "type": "object",
                "properties": .object(sorted.map { .init(name: $0.name, value: $0.builder.schema(registry)) }),
                "required": required.isEmpty ? nil : .array(required),
                "additionalProperties": false,
            ])
            guard let name else { return schema }
            return ["$ref": .string("#/components/schemas/" + registry.put(schema, as: name))]
        }
    }
}

/// A type whose JSON cannot be learnt from an example (an enum with payloads, say) and that states its own schema.
package protocol SchemaProviding {
    /// JSON Schema 2020-12.
    static var schema: JSONValue { get }
}

/// The named schemas of one OpenAPI document.
package final class SchemaRegistry {
    package private(set) var schemas: [String: JSONValue] = [:]

    package init() {}

    /// Puts a schema under its name, or under the name with a number when another schema has it already.
    func put(_ schema: JSONValue, as name: String) -> String {
        var candidate = name
        var count = 1
        while let taken = schemas[candidate], taken != schema {
            count += 1
            candidate = name + String(count)
        }
        schemas[candidate] = schema
        return candidate
    }
}
