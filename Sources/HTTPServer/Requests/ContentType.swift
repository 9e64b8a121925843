/// The value of `Content-Type` (RFC 9110 §8.3.1): type and subtype in lower case, and its parameters.
struct ContentType: Sendable {
    /// Type and subtype, as `application/json`.
    let name: String
    private let parameters: [(name: String, value: String)]

    /// Nil for what is no media type, also for two of them.
    init?(_ value: String) {
        var rest = Array(value.utf8)[...]
        func skipSpace() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 } }
        func token() -> String? {
            let bytes = rest.prefix(while: Self.isTokenByte)
            rest = rest.dropFirst(bytes.count)
            return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self).lowercased()
        }
        skipSpace()
        guard let type = token(), rest.popFirst() == UInt8(ascii: "/"), let subtype = token() else { return nil }
        name = "\(type)/\(subtype)"
        var found: [(name: String, value: String)] = []
        while true {
            skipSpace()
            guard let byte = rest.popFirst() else { break }
            guard byte == UInt8(ascii: ";") else { return nil }
            skipSpace()
            // A semicolon with nothing behind it (RFC 9110 §5.6.6).
            guard let next = rest.first, next != UInt8(ascii: ";") else { continue }
            guard let name = token(), rest.popFirst() == UInt8(ascii: "=") else { return nil }
            if rest.first == UInt8(ascii: "\"") {
                guard let text = Self.quoted(&rest) else { return nil }
                found.append((name, text))
            } else {
                guard let text = token() else { return nil }
                found.append((name, text))
            }
        }
        parameters = found
    }

    /// The character encoding that it names, in lower case; nil where it names none.
    /// - Returns: an empty text for one that is named twice: no encoding has that name.
    var charset: String? {
        let named = parameters.filter { $0.name == "charset" }
        return named.count > 1 ? "" : named.first?.value.lowercased()
    }

    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> String? {
        rest = rest.dropFirst()
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                text.append(escaped)
            default: text.append(byte)
            }
        }
        return nil
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
