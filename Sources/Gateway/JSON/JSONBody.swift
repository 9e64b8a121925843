import Clinic

/// The gateway's JSON: members in the order of their declaration, instants in RFC 3339 UTC, slashes plain.
package enum JSONBody {
    /// The bytes of a value.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        try JSONWriter.encode(value)
    }

    /// Reads a value strictly.
    /// - Throws: as `read`.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try read(type, from: bytes).value
    }

    /// Reads a value strictly, and gives what it was read from as well.
    /// - Parameter isChange: whether an optional member that is left out stays what it is. There `null`, which elsewhere is
    ///   as good as left out, is refused: to whom it means removal (RFC 7396) it must not seem to have removed anything.
    /// - Parameter rules: what its members keep beyond the rules of its type.
    /// - Throws: `MalformedJSON`; `Problem` of kind `invalid-fields` that names every wrong place found.
    static func read<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], isChange: Bool = false,
        rules: [String: FieldRule] = [:]
    ) throws -> (value: Value, json: JSONValue) {
        let (json, faults) = try JSONParser.parse(bytes)
        let trail = DecodingTrail(isChange: isChange, rules: rules)
        for fault in faults {
            switch fault.kind {
            case .repeatedName: trail.note(fault.pointer, rule: "duplicate", "The name appears more than once.")
            case .halfSurrogatePair: trail.note(fault.pointer, rule: "format", "Must not hold half a surrogate pair.")
            }
        }
        return (try StrictDecoder.decode(type, from: json, trail: trail), json)
    }
}
