import FoundationEssentials

/// Encodes values as JSON straight into bytes. Foundation's encoder builds a tree of dictionaries first, which took
/// two thirds of the processor time of a long list.
///
/// One writer serves a value and all within it, because a value is complete when its `encode(to:)` returns: what it
/// wrote stands at the end of the bytes. An object's members are put in order then, if they did not come in order.
final class JSONWriter: Encoder {
    /// A value under way.
    private struct Frame {
        enum Kind { case nothing, scalar, array, object }
        var kind = Kind.nothing
        /// Where its bytes begin.
        let start: Int
        /// Where its members begin in `members`.
        let firstMember: Int
        var isInOrder = true
        var count = 0
    }

    private struct Member {
        let key: String
        let start: Int
    }

    private(set) var bytes: [UInt8] = []
    private var frames: [Frame] = []
    /// Of all objects under way, the innermost last.
    private var members: [Member] = []
    private var scratch: [UInt8] = []

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
            append(UInt8(ascii: "\""))
            RFC3339.append(date, to: &bytes)
            append(UInt8(ascii: "\""))
        } else if Value.self == Data.self, let data = value as? Data {
            write(data.base64EncodedString())
        } else {
            frames.append(Frame(start: bytes.count, firstMember: members.count))
            try value.encode(to: self)
            finish(frames.removeLast())
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
        frames[frames.count - 1].kind = .scalar
        return ScalarWriter(writer: self)
    }

    private func begin(_ kind: Frame.Kind, _ bracket: UInt8) {
        guard frames[frames.count - 1].kind == .nothing else { return }
        frames[frames.count - 1].kind = kind
        append(bracket)
    }

    private func finish(_ frame: Frame) {
        switch frame.kind {
        case .scalar: break
        case .nothing: bytes += [UInt8(ascii: "{"), UInt8(ascii: "}")]
        case .array: append(UInt8(ascii: "]"))
        case .object:
            if !frame.isInOrder { sort(frame) }
            members.removeSubrange(frame.firstMember...)
            append(UInt8(ascii: "}"))
        }
    }

    /// Puts the members of an object, which are the last bytes, in the order of their names.
    private func sort(_ frame: Frame) {
        let mine = members[frame.firstMember...]
        let order = mine.indices.sorted { members[$0].key < members[$1].key }
        scratch.removeAll(keepingCapacity: true)
        for index in order {
            if !scratch.isEmpty { scratch.append(UInt8(ascii: ",")) }
            let end = index + 1 < members.count ? members[index + 1].start - 1 : bytes.count
            scratch += bytes[members[index].start..<end]
        }
        bytes.replaceSubrange((frame.start + 1)..., with: scratch)
    }

    /// The name of an object's next member.
    func writeName(_ key: some CodingKey) {
        let (key, last) = (key.stringValue, frames.count - 1)
        if members.count > frames[last].firstMember {
            append(UInt8(ascii: ","))
            if key < members[members.count - 1].key { frames[last].isInOrder = false }
        }
        members.append(Member(key: key, start: bytes.count))
        write(key)
        append(UInt8(ascii: ":"))
    }

    /// The place of an array's next element.
    func beginElement() {
        if frames[frames.count - 1].count > 0 { append(UInt8(ascii: ",")) }
        frames[frames.count - 1].count += 1
    }

    var elementCount: Int { frames[frames.count - 1].count }

    private func append(_ byte: UInt8) { bytes.append(byte) }
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

    func write(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { text in
            var plain = 0
            for (index, byte) in text.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
                bytes += text[plain..<index]
                plain = index + 1
                escape(byte)
            }
            bytes += text[plain...]
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// RFC 8259 §7.
    private func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x22, 0x5C: bytes.append(byte)
        default:
            bytes += "u00".utf8
            bytes += [0x30 + byte >> 4, Array("0123456789abcdef".utf8)[Int(byte & 15)]]
        }
    }
}
