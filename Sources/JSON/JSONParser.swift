/// Why a body is not JSON at all: told with the byte where reading stopped, never with the bytes.
package struct MalformedJSON: Error, Equatable {
    /// How many bytes were understood.
    package let offset: Int
    /// What was expected there, in words that hold no caller data.
    package let expected: String
}

/// Reads one JSON text strictly (RFC 8259): UTF-8 only, no byte order mark, no trailing bytes, bounded depth. Names
/// that an object repeats are collected with their pointers, for RFC 8259 §4 leaves their meaning open; so are strings
/// with an escape of half a surrogate pair, which is no character (§8.2).
package struct JSONParser {
    /// How deep arrays and objects may nest.
    package static let depthLimit = 32

    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0
    private var pointer = JSONPointer()
    private var faults: [Fault] = []

    /// What is one JSON text and cannot be taken all the same.
    package struct Fault: Sendable, Equatable {
        /// The name that its object gives more than once, or the string that holds half a character.
        package let pointer: JSONPointer
        package let kind: Kind

        package enum Kind: Sendable { case repeatedName, halfSurrogatePair }
    }

    /// Parses a whole text.
    /// - Throws: `MalformedJSON`.
    /// - Returns: the tree, and its faults. Half a surrogate pair stands in it as U+FFFD.
    package static func parse(_ bytes: [UInt8]) throws -> (value: JSONValue, faults: [Fault]) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw MalformedJSON(offset: 0, expected: "UTF-8")
        }
        var parser = JSONParser(bytes: bytes)
        parser.skipSpace()
        let value = try parser.value()
        parser.skipSpace()
        guard parser.at == bytes.count else { throw parser.malformed("the end of the text") }
        return (value, parser.faults)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func malformed(_ expected: String) -> MalformedJSON { MalformedJSON(offset: at, expected: expected) }

    private mutating func note(_ kind: Fault.Kind) {
        if faults.count < DecodingErrors.most { faults.append(Fault(pointer: pointer, kind: kind)) }
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func take(_ byte: UInt8, _ expected: String) throws {
        guard next == byte else { throw malformed(expected) }
        at += 1
    }

    private mutating func value() throws -> JSONValue {
        switch next {
        case UInt8(ascii: "{"): return try nested { try $0.object() }
        case UInt8(ascii: "["): return try nested { try $0.array() }
        case UInt8(ascii: "\""):
            let (text, hasHalfPair) = try string()
            if hasHalfPair { note(.halfSurrogatePair) }
            return .string(text)
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func nested(_ body: (inout JSONParser) throws -> JSONValue) throws -> JSONValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw malformed("at most \(Self.depthLimit) nested levels") }
        return try body(&self)
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws -> JSONValue {
        for byte in text.utf8 { try take(byte, "a value") }
        return value
    }

    private mutating func object() throws -> JSONValue {
        at += 1
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipSpace()
        if next == UInt8(ascii: "}") {
            at += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw malformed("a name") }
            let (name, hasHalfPair) = try string()
            pointer.push(name)
            if hasHalfPair { note(.halfSurrogatePair) }
            if !names.insert(name).inserted { note(.repeatedName) }
            skipSpace()
            try take(UInt8(ascii: ":"), "a colon")
            skipSpace()
            members.append(.init(name: name, value: try value()))
            pointer.pop()
            skipSpace()
            if next == UInt8(ascii: ",") {
                at += 1
                continue
            }
            try take(UInt8(ascii: "}"), "a comma or a closing brace")
            return .object(members)
        }
    }

    private mutating func array() throws -> JSONValue {
        at += 1
        var elements: [JSONValue] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            at += 1
            return .array([])
        }
        while true {
            skipSpace()
            pointer.push(String(elements.count))
            elements.append(try value())
            pointer.pop()
            skipSpace()
            if next == UInt8(ascii: ",") {
                at += 1
                continue
            }
            try take(UInt8(ascii: "]"), "a comma or a closing bracket")
            return .array(elements)
        }
    }

    private mutating func number() throws -> String {
        let start = at
        if next == UInt8(ascii: "-") { at += 1 }
        guard let first = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            throw malformed("a value")
        }
        if next == UInt8(ascii: "0") { at += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            at += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func digits() throws {
        let start = at
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        guard at > start else { throw malformed("a digit") }
    }

    private mutating func string() throws -> (text: String, hasHalfPair: Bool) {
        at += 1
        var text: [UInt8] = []
        var hasHalfPair = false
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return (String(decoding: text, as: UTF8.self), hasHalfPair)
            case UInt8(ascii: "\\"):
                at += 1
                if try !escape(into: &text) { hasHalfPair = true }
            case 0..<0x20: throw malformed("control characters to be escaped")
            default:
                text.append(byte)
                at += 1
            }
        }
        throw malformed("a closing quotation mark")
    }

    /// - Returns: whether it means a character.
    private mutating func escape(into text: inout [UInt8]) throws -> Bool {
        let plain: [UInt8: UInt8] = [
            0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
        ]
        guard let byte = next else { throw malformed("an escape") }
        at += 1
        if let meant = plain[byte] {
            text.append(meant)
            return true
        }
        guard byte == UInt8(ascii: "u") else { throw malformed("an escape") }
        var code = UInt32(try hexQuad())
        if (0xD800..<0xDC00).contains(code), bytes[at...].starts(with: "\\u".utf8) {
            let before = at
            at += 2
            let low = UInt32(try hexQuad())
            if (0xDC00..<0xE000).contains(low) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            } else {
                at = before
            }
        }
        text += Array(String(Character(Unicode.Scalar(code) ?? "\u{FFFD}")).utf8)
        return Unicode.Scalar(code) != nil
    }

    private mutating func hexQuad() throws -> UInt16 {
        guard at + 4 <= bytes.count, bytes[at..<at + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt16(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw malformed("four hexadecimal digits") }
        at += 4
        return value
    }
}
