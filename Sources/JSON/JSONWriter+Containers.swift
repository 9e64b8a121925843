/// What `JSONWriter` hands out. A value that opens a container inside of its own instead of encoding another value
/// would come after its siblings began: no value of the house does.
private func unsupported() -> Never {
    preconditionFailure("values of replies nest by encoding values")
}

struct ObjectWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let writer: JSONWriter
    var codingPath: [any CodingKey] { [] }

    private func name(_ key: Key) -> JSONWriter {
        writer.writeName(key)
        return writer
    }

    func encodeNil(forKey key: Key) { name(key).writeNull() }
    func encode(_ value: Bool, forKey key: Key) { name(key).write(value) }
    func encode(_ value: String, forKey key: Key) { name(key).write(value) }
    func encode(_ value: Double, forKey key: Key) throws { try name(key).write(number: value) }
    func encode(_ value: Float, forKey key: Key) throws { try name(key).write(number: value) }
    func encode(_ value: Int, forKey key: Key) { name(key).write(integer: value) }
    func encode(_ value: Int8, forKey key: Key) { name(key).write(integer: value) }
    func encode(_ value: Int16, forKey key: Key) { name(key).write(integer: value) }
    func encode(_ value: Int32, forKey key: Key) { name(key).write(integer: value) }
    func encode(_ value: Int64, forKey key: Key) { name(key).write(integer: value) }
    func encode(_ value: UInt, forKey key: Key) { name(key).write(integer: value) }
    func encode(_ value: UInt8, forKey key: Key) { name(key).write(integer: value) }
    func encode(_ value: UInt16, forKey key: Key) { name(key).write(integer: value) }
    func encode(_ value: UInt32, forKey key: Key) { name(key).write(integer: value) }
    func encode(_ value: UInt64, forKey key: Key) { name(key).write(integer: value) }
    func encode(_ value: some Encodable, forKey key: Key) throws { try name(key).write(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy keyType: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { unsupported() }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { unsupported() }
    func superEncoder() -> any Encoder { unsupported() }
    func superEncoder(forKey key: Key) -> any Encoder { unsupported() }
}

struct ArrayWriter: UnkeyedEncodingContainer {
    let writer: JSONWriter
    var codingPath: [any CodingKey] { [] }
    var count: Int { writer.elementCount }

    private var next: JSONWriter {
        writer.beginElement()
        return writer
    }

    func encodeNil() { next.writeNull() }
    func encode(_ value: Bool) { next.write(value) }
    func encode(_ value: String) { next.write(value) }
    func encode(_ value: Double) throws { try next.write(number: value) }
    func encode(_ value: Float) throws { try next.write(number: value) }
    func encode(_ value: Int) { next.write(integer: value) }
    func encode(_ value: Int8) { next.write(integer: value) }
    func encode(_ value: Int16) { next.write(integer: value) }
    func encode(_ value: Int32) { next.write(integer: value) }
    func encode(_ value: Int64) { next.write(integer: value) }
    func encode(_ value: UInt) { next.write(integer: value) }
    func encode(_ value: UInt8) { next.write(integer: value) }
    func encode(_ value: UInt16) { next.write(integer: value) }
    func encode(_ value: UInt32) { next.write(integer: value) }
    func encode(_ value: UInt64) { next.write(integer: value) }
    func encode(_ value: some Encodable) throws { try next.write(value) }

    func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
        unsupported()
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { unsupported() }
    func superEncoder() -> any Encoder { unsupported() }
}

struct ScalarWriter: SingleValueEncodingContainer {
    let writer: JSONWriter
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { writer.writeNull() }
    func encode(_ value: Bool) { writer.write(value) }
    func encode(_ value: String) { writer.write(value) }
    func encode(_ value: Double) throws { try writer.write(number: value) }
    func encode(_ value: Float) throws { try writer.write(number: value) }
    func encode(_ value: Int) { writer.write(integer: value) }
    func encode(_ value: Int8) { writer.write(integer: value) }
    func encode(_ value: Int16) { writer.write(integer: value) }
    func encode(_ value: Int32) { writer.write(integer: value) }
    func encode(_ value: Int64) { writer.write(integer: value) }
    func encode(_ value: UInt) { writer.write(integer: value) }
    func encode(_ value: UInt8) { writer.write(integer: value) }
    func encode(_ value: UInt16) { writer.write(integer: value) }
    func encode(_ value: UInt32) { writer.write(integer: value) }
    func encode(_ value: UInt64) { writer.write(integer: value) }
    func encode(_ value: some Encodable) throws { try writer.write(value) }
}
