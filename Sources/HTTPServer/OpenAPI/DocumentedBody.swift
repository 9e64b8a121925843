import Clinic
import JSON

/// A body as the OpenAPI document shows it: an example, and the schema learnt by reading it with the gateway's own
/// strict decoder.
package struct DocumentedBody: Sendable {
    let example: JSONValue
    private let describe: @Sendable (SchemaRegistry) -> JSONValue
    /// Where the example leaves the type open; every such place is a fault that the tests report.
    let unknownPlaces: [String]

    /// A JSON body.
    /// - Parameters:
    ///   - full: what the schema is learnt from, where the example has an empty list: with an element in each.
    ///   - rules: what its members keep beyond the rules of its type.
    init<Value: Codable & Sendable>(
        json value: Value, full: Value? = nil, rules: [String: FieldRule] = [:]
    ) throws {
        example = try JSONParser.parse(JSONBody.encode(value)).value
        _ = try StrictDecoder.decode(Value.self, from: example, errors: DecodingErrors(rules: rules))
        let json = try full.map { try JSONParser.parse(JSONBody.encode($0)).value } ?? example
        let builder = SchemaBuilder()
        _ = try StrictDecoder.decode(Value.self, from: json, builder: builder)
        unknownPlaces = builder.unknownPlaces().map(\.description)
        describe = { registry in
            let builder = SchemaBuilder()
            _ = try? StrictDecoder.decode(
                Value.self, from: json, errors: DecodingErrors(rules: rules), builder: builder)
            return builder.schema(registry)
        }
    }

    /// A body of another media type: bytes, a calendar, an event stream.
    init(text: String? = nil) {
        example = text.map(JSONValue.string) ?? .null
        unknownPlaces = []
        describe = { _ in ["type": "string"] }
    }

    /// The media type object (OpenAPI 3.1 §4.8.14) under each of the media types that it comes as.
    func content(_ registry: SchemaRegistry, as mediaTypes: [String]) -> JSONValue {
        let media = JSONValue.members(["schema": describe(registry), "example": example == .null ? nil : example])
        return .object(mediaTypes.map { .init(name: $0, value: media) })
    }
}
