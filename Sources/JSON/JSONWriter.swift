package import FoundationEssentials

/// Encodes values as JSON straight into bytes, members as they come: in the order in which a type declares them.
/// Foundation's encoder builds a tree of dictionaries first, which took two thirds of the processor time of a long list.
///
/// One writer serves a value and all within it, because a value is complete when its `encode(to:)` returns: what it
/// wrote stands at the end of the bytes.
final class JSONWriter: Encoder {
    /// The value under way.
    private struct Level {
        enum Shape { case nothing, scalar, array, object }
        var shape = Shape.nothing
        /// Members or elements so far.
        var count = 0
    }

    private(set) var bytes: [UInt8] = []
    private var level = Level()

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The bytes of a value.
    /// - Throws: `EncodingError` for a number that JSON does not have, and what a value's `encode(to:)` throws.
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let writer = JSONWriter()
        try writer.write(value)
        return writer.bytes
    }

    /// Writes a value of any type: instants and bytes in the gateway's own way, others as they encode themselves.
    func write<Value: Encodable>(_ value: Value) throws {
        if Value.self == Date.self, let date = value as? Date {
            bytes.append(json: date)
        } else if Value.self == Data.self, let data = value as? Data {
            write(data.base64EncodedString())
        } else if Value.self == RawJSON.self, let json = value as? RawJSON {
            bytes += json.bytes
        } else {
            let outer = level
            level = Level()
            try value.encode(to: self)
            switch level.shape {
            case .scalar: break
            case .nothing: bytes += "{}".utf8
            case .array: bytes.append(UInt8(ascii: "]"))
            case .object: bytes.append(UInt8(ascii: "}"))
            }
            level = outer
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        begin(.object, UInt8(ascii: "{"))
        return KeyedEncodingContainer(ObjectWriter<Key>(writer: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        begin(.array, UInt8(ascii: "["))
        return ArrayWriter(writer: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        level.shape = .scalar
        return ScalarWriter(writer: self)
    }

    private func begin(_ shape: Level.Shape, _ bracket: UInt8) {
        guard level.shape == .nothing else { return }
        level.shape = shape
        bytes.append(bracket)
    }

    /// The name of an object's next member.
    func writeName(_ key: some CodingKey) {
        bytes.append(jsonName: key.stringValue, isFirst: level.count == 0)
        level.count += 1
    }

    /// The place of an array's next element.
    func beginElement() {
        if level.count > 0 { bytes.append(UInt8(ascii: ",")) }
        level.count += 1
    }

    var elementCount: Int { level.count }
}

// Scalars.
extension JSONWriter {
    func writeNull() { bytes += "null".utf8 }

    func write(_ value: Bool) { bytes += (value ? "true" : "false").utf8 }

    func write(integer value: some FixedWidthInteger) { bytes += String(value).utf8 }

    func write(number value: some BinaryFloatingPoint & CustomStringConvertible & Encodable) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, EncodingError.Context(codingPath: [], debugDescription: "JSON has no such number"))
        }
        let text = value.description
        bytes += text.hasSuffix(".0") ? text.dropLast(2).utf8 : text[...].utf8
    }

    func write(_ value: String) { bytes.append(json: value) }
}

// Whole tokens, because each access to a writer's bytes from outside is checked to be the only one.
extension [UInt8] {
    fileprivate mutating func append(jsonName name: String, isFirst: Bool) {
        if !isFirst { append(UInt8(ascii: ",")) }
        append(json: name)
        append(UInt8(ascii: ":"))
    }

    package mutating func append(json date: Date) {
        append(UInt8(ascii: "\""))
        RFC3339.append(date, to: &self)
        append(UInt8(ascii: "\""))
    }

    package mutating func append(json value: String) {
        append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { text in
            var plain = 0
            for index in text.indices where text[index] < 0x20 || text[index] == 0x22 || text[index] == 0x5C {
                append(contentsOf: text[plain..<index])
                plain = index + 1
                append(escaped: text[index])
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: text[plain...]))
        }
        append(UInt8(ascii: "\""))
    }

    /// RFC 8259 §7.
    private mutating func append(escaped byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        case 0x22, 0x5C: append(byte)
        default:
            self += "u00".utf8
            self += [0x30 + byte >> 4, Array("0123456789abcdef".utf8)[Int(byte & 15)]]
        }
    }
}
