package import Clinic

/// The JSON of request and reply bodies. Members keep the order of their declaration, instants are RFC 3339 in UTC, and
/// slashes are not escaped.
package enum JSONBody {
    /// The bytes of a value.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        try JSONWriter.encode(value)
    }

    /// Decodes a value strictly.
    /// - Throws: as `read`.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try read(type, from: bytes).value
    }

    /// Decodes a value strictly. Returns the JSON that it was decoded from as well.
    /// - Parameter isChange: whether an optional member that is left out keeps its value. In a change, `null` removes
    ///   what an empty text removes (RFC 7396), and is refused for a member that cannot be removed. Elsewhere `null`
    ///   means the same as leaving the member out.
    /// - Parameter rules: rules of its members beyond those of its type.
    /// - Throws: `MalformedJSON`; `InvalidFields` that names every wrong place found.
    package static func read<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], isChange: Bool = false,
        rules: [String: FieldRule] = [:]
    ) throws -> (value: Value, json: JSONValue) {
        let (json, faults) = try JSONParser.parse(bytes)
        let errors = DecodingErrors(isChange: isChange, rules: rules)
        for fault in faults {
            switch fault.kind {
            case .repeatedName: errors.note(fault.pointer, rule: "duplicate", "The name appears more than once.")
            case .halfSurrogatePair: errors.note(fault.pointer, rule: "format", "Must not hold half a surrogate pair.")
            }
        }
        let value = try StrictDecoder.decode(type, from: json, errors: errors)
        guard isChange, case .object(let members) = json else { return (value, json) }
        // The idempotency fingerprint of a change must tell a removed member from one that is left out.
        return (value, .object(members.map { .init(name: $0.name, value: $0.value == .null ? "" : $0.value) }))
    }
}
