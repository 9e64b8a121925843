/// A body as the OpenAPI document shows it: an example, and the schema learnt by reading it with the gateway's own
/// strict decoder.
package struct DocumentedBody: Sendable {
    let example: JSONValue
    let mediaType: String
    private let describe: @Sendable (SchemaShelf) -> JSONValue
    /// Where the example leaves the type open; every such place is a fault that the tests report.
    let unknownPlaces: [String]

    /// A JSON body. The example must show every list with at least one element.
    init<Value: Codable & Sendable>(json value: Value) throws {
        let json = try JSONParser.parse(JSONBody.encode(value)).value
        let sketch = Sketch()
        _ = try StrictDecoder.decode(Value.self, from: json, sketch: sketch)
        example = json
        mediaType = "application/json"
        unknownPlaces = sketch.unknownPlaces().map(\.description)
        describe = { shelf in
            let sketch = Sketch()
            _ = try? StrictDecoder.decode(Value.self, from: json, sketch: sketch)
            return sketch.schema(shelf)
        }
    }

    /// A body of another media type: bytes, a calendar, an event stream.
    init(_ mediaType: String, example: String? = nil) {
        self.example = example.map(JSONValue.string) ?? .null
        self.mediaType = mediaType
        unknownPlaces = []
        describe = { _ in ["type": "string"] }
    }

    /// The media type object (OpenAPI 3.1 §4.8.14) under its media type.
    func content(_ shelf: SchemaShelf) -> JSONValue {
        .object([
            .init(
                name: mediaType,
                value: .members(["schema": describe(shelf), "example": example == .null ? nil : example]))
        ])
    }
}
