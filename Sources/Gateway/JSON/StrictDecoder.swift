import Clinic
import FoundationEssentials

/// Reads a `Decodable` from a JSON tree so that nothing the caller sent is ignored: unknown names, missing names and
/// wrong types are all noted with their pointers. A wrong value is replaced by a harmless one so that reading goes on
/// and finds the rest; the result is thrown away then.
///
/// The same reading, done over an example, tells the schema of the type: see `SchemaBuilder`.
struct StrictDecoder: Decoder {
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
    let trail: DecodingErrors
    let sketch: SchemaBuilder?
    var notes: [String: FieldNote] = [:]
    var rules: [String: FieldRule] = [:]
    let asked = Asked()

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Reads a whole value.
    /// - Throws: `Problem` of kind `invalid-fields` with everything that was found.
    static func decode<Value: Decodable>(
        _ type: Value.Type, from json: JSONValue, trail: DecodingErrors = DecodingErrors(), sketch: SchemaBuilder? = nil
    ) throws -> Value {
        let decoder = StrictDecoder(source: .value(json), pointer: JSONPointer(), trail: trail, sketch: sketch)
        do {
            let value = try decoder.read(type)
            if trail.errors.isEmpty { return value }
        } catch is DecodingAborted {}
        throw Problem(.invalidFields, errors: trail.errors)
    }

    func below(_ token: String, _ source: Source, _ sketch: SchemaBuilder?) -> StrictDecoder {
        StrictDecoder(source: source, pointer: pointer.appending(token), trail: trail, sketch: sketch)
    }

    func note(_ rule: String, _ detail: String) {
        // Of what is not there the trail says that, and no more.
        guard case .value = source else { return }
        trail.note(pointer, rule: rule, detail)
    }

    /// Reads this place as a value of the type.
    func read<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let scalar = scalar(type) { return scalar }
        sketch?.meet(type)
        if let chosen = choice(type) { return chosen }
        var decoder = self
        decoder.notes = (type as? any Described.Type)?.notes ?? [:]
        decoder.rules = (type as? any Ruled.Type)?.rules ?? [:]
        if pointer.tokens.isEmpty { decoder.rules.merge(trail.rules) { _, programmes in programmes } }
        do {
            let value = try Value(from: decoder)
            decoder.noteUnknown()
            return value
        } catch let refusal as FieldRefusal where !trail.blames(pointer) {
            note(refusal.rule, refusal.detail)
            throw DecodingAborted()
        } catch {
            if !trail.blames(pointer) { note("format", Self.expectation(of: type)) }
            throw DecodingAborted()
        }
    }

    private static func expectation(of type: any Any.Type) -> String {
        guard case .string(let format)? = (type as? any SchemaGiving.Type)?.schema["format"] else {
            return "The value is not valid here."
        }
        return "Must have the format \(format)."
    }

    private func noteUnknown() {
        guard asked.used, !asked.everything, case .value(.object(let members)) = source else { return }
        for member in members where !asked.names.contains(member.name) {
            trail.note(pointer.appending(member.name), rule: "unknown", "There is no such field.")
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
        sketch?.choose(from: choices)
        guard case .value(let value) = source else { return first }
        var meant = value
        if case .number(let spelling) = value, case .value(let number) = WholeNumber(spelling) {
            meant = .number(String(number))
        }
        if let index = choices.firstIndex(of: meant) { return cases[index] as? Value }
        // A field can take fewer words than its type has.
        guard !trail.blames(pointer) else { return first }
        note(
            "choice",
            "Must be one of \(choices.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: ", ")).")
        return first
    }

    private static func cases<Listed: CaseIterable>(_ type: Listed.Type) -> [Any] { Array(type.allCases) }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        asked.used = true
        sketch?.becomeObject()
        switch source {
        case .value(.object(let members)):
            return KeyedDecodingContainer(StrictObject(decoder: self, members: members))
        case .value(let other): note("type", "Must be an object, not \(other.kind).")
        case .probe: break
        }
        return KeyedDecodingContainer(StrictObject(decoder: self, members: nil))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        sketch?.becomeArray()
        switch source {
        case .value(.array(let elements)): return StrictArray(decoder: self, elements: elements.map(Source.value))
        case .value(let other):
            note("type", "Must be an array, not \(other.kind).")
            return StrictArray(decoder: self, elements: [])
        case .probe: return StrictArray(decoder: self, elements: sketch == nil ? [] : [.probe])
        }
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { StrictSingle(decoder: self) }
}

extension StrictDecoder {
    /// Reads the types that JSON or the house writes as one word; nil for every other type.
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
            text(Date.parameterWords, Date.parameterSchema, or: Date(timeIntervalSince1970: 0)) { RFC3339.parse($0) }
                as? Value
        case is UUID.Type:
            text(UUID.parameterWords, UUID.parameterSchema, or: UUID()) { UUID(uuidString: $0) } as? Value
        case is JSONValue.Type: anything() as? Value
        default: nil
        }
    }

    private func text<Value>(
        _ name: String, _ schema: JSONValue, or harmless: Value, _ parse: (String) -> Value?
    ) -> Value {
        sketch?.becomeScalar(schema)
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
        sketch?.becomeScalar(["type": "boolean"])
        guard case .value(let value) = source else { return false }
        if case .bool(let bool) = value { return bool }
        note("type", "Must be true or false, not \(value.kind).")
        return false
    }

    private func whole<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
        sketch?.becomeScalar(["type": "integer"])
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
        sketch?.becomeScalar(["type": "number"])
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
        sketch?.becomeScalar([:])
        guard case .value(let value) = source else { return .null }
        return value
    }
}
