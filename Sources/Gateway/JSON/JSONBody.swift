/// The gateway's JSON: members in the order of their declaration, instants in RFC 3339 UTC, slashes plain.
package enum JSONBody {
    /// The bytes of a value.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        try JSONWriter.encode(value)
    }

    /// Reads a value strictly.
    /// - Throws: `MalformedJSON`; `Problem` of kind `invalid-fields` that names every wrong place found.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        let (json, repeated) = try JSONParser.parse(bytes)
        let trail = DecodingTrail()
        for pointer in repeated {
            trail.note(pointer, rule: "duplicate", "The name appears more than once.")
        }
        return try StrictDecoder.decode(type, from: json, trail: trail)
    }
}
