import Clinic
package import FoundationEssentials

/// Reads a `Decodable` from a JSON tree so that nothing the caller sent is ignored: unknown names, missing names and
/// wrong types are all noted with their pointers. A wrong value is replaced by a harmless one so that reading goes on
/// and finds the rest; the result is thrown away then.
///
/// The same reading, done over an example, tells the schema of the type: see `SchemaBuilder`.
package struct StrictDecoder: Decoder {
    /// What is read: a value of the body, or `probe`, which answers any question with something of the right type.
    enum Source {
        case value(JSONValue)
        case probe
    }

    /// Which names of an object were asked for; shared by all containers over it.
    final class Asked {
        var names: Set<String> = []
        var everything = false
        var used = false
    }

    let source: Source
    let pointer: JSONPointer
    let errors: DecodingErrors
    let builder: SchemaBuilder?
    var notes: [String: FieldNote] = [:]
    var rules: [String: FieldRule] = [:]
    let asked = Asked()

    package var codingPath: [any CodingKey] { [] }
    package var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Reads a whole value.
    /// - Throws: `InvalidFields` with everything that was found.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from json: JSONValue, errors: DecodingErrors = DecodingErrors(),
        builder: SchemaBuilder? = nil
    ) throws -> Value {
        let decoder = StrictDecoder(source: .value(json), pointer: JSONPointer(), errors: errors, builder: builder)
        do {
            let value = try decoder.read(type)
            if errors.faults.isEmpty { return value }
        } catch is DecodingAborted {}
        throw InvalidFields(faults: errors.faults)
    }

    func below(_ token: String, _ source: Source, _ builder: SchemaBuilder?) -> StrictDecoder {
        StrictDecoder(source: source, pointer: pointer.appending(token), errors: errors, builder: builder)
    }

    func note(_ rule: String, _ detail: String) {
        // Of what is not there the errors says that, and no more.
        guard case .value = source else { return }
        errors.note(pointer, rule: rule, detail)
    }

    /// Reads this place as a value of the type.
    func read<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let scalar = scalar(type) { return scalar }
        builder?.meet(type)
        if let chosen = choice(type) { return chosen }
        var decoder = self
        decoder.notes = (type as? any Described.Type)?.notes ?? [:]
        decoder.rules = (type as? any Ruled.Type)?.rules ?? [:]
        if pointer.tokens.isEmpty { decoder.rules.merge(errors.rules) { _, programmes in programmes } }
        do {
            let value = try Value(from: decoder)
            decoder.noteUnknown()
            return value
        } catch let refusal as FieldRefusal where !errors.blames(pointer) {
            note(refusal.rule, refusal.detail)
            throw DecodingAborted()
        } catch {
            if !errors.blames(pointer) { note("format", Self.expectation(of: type)) }
            throw DecodingAborted()
        }
    }

    private static func expectation(of type: any Any.Type) -> String {
        guard case .string(let format)? = (type as? any SchemaProviding.Type)?.schema["format"] else {
            return "The value is not valid here."
        }
        return "Must have the format \(format)."
    }

    private func noteUnknown() {
        guard asked.used, !asked.everything, case .value(.object(let members)) = source else { return }
        for member in members where !asked.names.contains(member.name) {
            errors.note(pointer.appending(member.name), rule: "unknown", "There is no such field.")
        }
    }

    /// A closed set of words (or numbers): names the choices instead of failing without a reason.
    private func choice<Value>(_ type: Value.Type) -> Value? {
        guard let listed = type as? any CaseIterable.Type else { return nil }
        let cases = Self.cases(listed)
        guard let first = cases.first as? Value, first is any RawRepresentable else { return nil }
        let words = cases.compactMap { ($0 as? any RawRepresentable)?.rawValue }
        let choices = words.compactMap { word in
            (word as? String).map(JSONValue.string) ?? (word as? Int).map { .number(String($0)) }
        }
        guard choices.count == cases.count else { return nil }
        builder?.choose(from: choices)
        guard case .value(let value) = source else { return first }
        var meant = value
        if case .number(let spelling) = value, case .value(let number) = WholeNumber(spelling) {
            meant = .number(String(number))
        }
        if let index = choices.firstIndex(of: meant) { return cases[index] as? Value }
        // A field can take fewer words than its type has.
        guard !errors.blames(pointer) else { return first }
        note(
            "choice",
            "Must be one of \(choices.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: ", ")).")
        return first
    }

    private static func cases<Listed: CaseIterable>(_ type: Listed.Type) -> [Any] { Array(type.allCases) }

    package func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        asked.used = true
        builder?.becomeObject()
        switch source {
        case .value(.object(let members)):
            return KeyedDecodingContainer(StrictObject(decoder: self, members: members))
        case .value(let other): note("type", "Must be an object, not \(other.kind).")
        case .probe: break
        }
        return KeyedDecodingContainer(StrictObject(decoder: self, members: nil))
    }

    package func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        builder?.becomeArray()
        switch source {
        case .value(.array(let elements)): return StrictArray(decoder: self, elements: elements.map(Source.value))
        case .value(let other):
            note("type", "Must be an array, not \(other.kind).")
            return StrictArray(decoder: self, elements: [])
        case .probe: return StrictArray(decoder: self, elements: builder == nil ? [] : [.probe])
        }
    }

    package func singleValueContainer() throws -> any SingleValueDecodingContainer { StrictSingle(decoder: self) }
}

extension StrictDecoder {
    /// Reads the types that are written as one word; nil for every other type.
    private func scalar<Value>(_ type: Value.Type) -> Value? {
        switch type {
        case is String.Type: text("string", ["type": "string"], or: "") { $0 } as? Value
        case is Bool.Type: bool() as? Value
        case is Int.Type: whole(Int.self) as? Value
        case is Int64.Type: whole(Int64.self) as? Value
        case is Int32.Type: whole(Int32.self) as? Value
        case is Int16.Type: whole(Int16.self) as? Value
        case is Int8.Type: whole(Int8.self) as? Value
        case is UInt.Type: whole(UInt.self) as? Value
        case is UInt8.Type: whole(UInt8.self) as? Value
        case is UInt16.Type: whole(UInt16.self) as? Value
        case is UInt32.Type: whole(UInt32.self) as? Value
        case is UInt64.Type: whole(UInt64.self) as? Value
        case is Double.Type: number() as? Value
        case is Float.Type: Float(number()) as? Value
        case is Date.Type:
            text(
                RFC3339.form.words, FieldRule.schema(of: RFC3339.form), or: Date(timeIntervalSince1970: 0),
                RFC3339.parse) as? Value
        case is UUID.Type:
            text(UUID.words, UUID.schema, or: UUID()) { UUID(uuidString: $0) } as? Value
        case is JSONValue.Type: anything() as? Value
        default: nil
        }
    }

    private func text<Value>(
        _ name: String, _ schema: JSONValue, or harmless: Value, _ parse: (String) -> Value?
    ) -> Value {
        builder?.becomeScalar(schema)
        guard case .value(let value) = source else { return harmless }
        guard case .string(let text) = value else {
            note("type", "Must be a string, not \(value.kind).")
            return harmless
        }
        // A zero byte cannot be stored in PostgreSQL's text.
        if text.utf8.contains(0) {
            note("format", "Must not contain U+0000.")
            return harmless
        }
        if let parsed = parse(text) { return parsed }
        note("format", "Must be \(name).")
        return harmless
    }

    private func bool() -> Bool {
        builder?.becomeScalar(["type": "boolean"])
        guard case .value(let value) = source else { return false }
        if case .bool(let bool) = value { return bool }
        note("type", "Must be true or false, not \(value.kind).")
        return false
    }

    private func whole<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
        builder?.becomeScalar(["type": "integer"])
        guard case .value(let value) = source else { return 0 }
        guard case .number(let spelling) = value else {
            note("type", "Must be a whole number, not \(value.kind).")
            return 0
        }
        switch WholeNumber(spelling) {
        case .value(let value):
            if let number = Number(exactly: value) { return number }
        case .tooLarge: break
        case .fraction:
            note("type", "Must be a whole number.")
            return 0
        }
        let (low, high) = (Int(clamping: Number.min), Int(clamping: Number.max))
        note("range", "Must lie from \(max(low, -WholeNumber.limit)) to \(min(high, WholeNumber.limit)).")
        return 0
    }

    private func number() -> Double {
        builder?.becomeScalar(["type": "number"])
        guard case .value(let value) = source else { return 0 }
        guard case .number(let spelling) = value else {
            note("type", "Must be a number, not \(value.kind).")
            return 0
        }
        if let number = Double(spelling), number.isFinite { return number }
        note("range", "The number is too large.")
        return 0
    }

    private func anything() -> JSONValue {
        builder?.becomeScalar([:])
        guard case .value(let value) = source else { return .null }
        return value
    }
}

extension UUID {
    package static var schema: JSONValue { ["type": "string", "format": "uuid"] }
    package static var words: String { "a UUID" }
}
