import Clinic

/// The members of an object as a type asks for them; without members (a probe) it has whatever is asked for.
struct StrictObject<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: StrictDecoder
    let members: [JSONValue.Member]?

    var codingPath: [any CodingKey] { [] }

    /// Asked by dictionaries and by enums with payloads: names are data there.
    var allKeys: [Key] {
        decoder.asked.everything = true
        decoder.builder?.becomeMap()
        return (members?.map(\.name) ?? ["name"]).compactMap(Key.init(stringValue:))
    }

    private func value(_ key: Key) -> JSONValue? {
        decoder.asked.names.insert(key.stringValue)
        return members?.first { $0.name == key.stringValue }?.value
    }

    private func child(_ key: Key, required: Bool) -> StrictDecoder? {
        let builder = decoder.builder?.property(key.stringValue, required: required)
        if let note = decoder.notes[key.stringValue] { builder?.annotate(note) }
        let rule = decoder.rules[key.stringValue]
        if let rule { builder?.restrict(to: rule) }
        var found = value(key)
        // Of what an empty text takes back null says the same (RFC 7396).
        if found == .null, isOfChange, case .text(let text)? = rule, text.mayBeEmpty { found = "" }
        if let found, required || found != .null {
            let child = decoder.below(key.stringValue, .value(found), builder)
            rule?.check(found, at: child.pointer, errors: decoder.errors)
            return child
        }
        if found == .null, isOfChange {
            decoder.errors.note(
                decoder.pointer.appending(key.stringValue), rule: "type",
                "Must not be null: what is left out stays as it is.")
        }
        if required {
            if members != nil {
                decoder.errors.note(
                    decoder.pointer.appending(key.stringValue), rule: "missing", "The field is needed.")
            }
            return decoder.below(key.stringValue, .probe, builder)
        }
        return nil
    }

    private var isOfChange: Bool { decoder.errors.isChange && decoder.pointer.tokens.isEmpty }

    func contains(_ key: Key) -> Bool { value(key) != nil || members == nil && decoder.builder != nil }

    func decodeNil(forKey key: Key) throws -> Bool { value(key).map { $0 == .null } ?? (decoder.builder == nil) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        guard let child = child(key, required: true) else { throw DecodingAborted() }
        return try child.read(type)
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try optional(type, key)
    }

    // The protocol's own versions for these types ask `contains` and then `decode`, and would hide that the field may
    // be left out.
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try optional(type, key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try optional(type, key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try optional(type, key) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try optional(type, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try optional(type, key) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try optional(type, key) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try optional(type, key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try optional(type, key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try optional(type, key) }

    private func optional<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
        if let child = child(key, required: false) { return try child.read(type) }
        // A field that the example does not show still has a type: ask it, and keep only what the builder learns.
        if let builder = decoder.builder?.property(key.stringValue, required: false), !builder.isKnown,
            builder.depth < 8
        {
            let probe = StrictDecoder(
                source: .probe, pointer: decoder.pointer, errors: DecodingErrors(), builder: builder)
            _ = try? probe.read(type)
        }
        return nil
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        guard let child = child(key, required: true) else { throw DecodingAborted() }
        return try child.container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        guard let child = child(key, required: true) else { throw DecodingAborted() }
        return try child.unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { decoder }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        guard let child = child(key, required: true) else { throw DecodingAborted() }
        return child
    }
}

/// The elements of an array, one after another.
struct StrictArray: UnkeyedDecodingContainer {
    let decoder: StrictDecoder
    let elements: [StrictDecoder.Source]
    var currentIndex = 0

    init(decoder: StrictDecoder, elements: [StrictDecoder.Source]) {
        self.decoder = decoder
        self.elements = elements
        // An empty example still shows what kind of elements there would be once the type is asked.
        if elements.isEmpty, decoder.builder != nil { _ = decoder.builder?.element() }
    }

    var codingPath: [any CodingKey] { [] }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    private mutating func next() throws -> StrictDecoder {
        guard currentIndex < elements.count else {
            decoder.note("length", "The array is too short.")
            throw DecodingAborted()
        }
        defer { currentIndex += 1 }
        return decoder.below(String(currentIndex), elements[currentIndex], decoder.builder?.element())
    }

    mutating func decodeNil() throws -> Bool {
        guard currentIndex < elements.count, case .value(.null) = elements[currentIndex] else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().read(type) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

    mutating func superDecoder() throws -> any Decoder { try next() }
}

/// A place read as one value, as identifiers and enums do.
struct StrictSingle: SingleValueDecodingContainer {
    let decoder: StrictDecoder

    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool {
        switch decoder.source {
        case .value(let value): value == .null
        case .probe: decoder.builder == nil
        }
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.read(type) }
}
