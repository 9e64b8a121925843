package import Clinic

/// The JSON of request and reply bodies: members in the order of their declaration, instants in RFC 3339 UTC, slashes plain.
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
    ///   as good as left out, removes what an empty text removes, as RFC 7396 has it, and is refused for what cannot be
    ///   removed.
    /// - Parameter rules: what its members keep beyond the rules of its type.
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
        // To a change that is kept by its key, a removal is not as if it were left out.
        return (value, .object(members.map { .init(name: $0.name, value: $0.value == .null ? "" : $0.value) }))
    }
}
