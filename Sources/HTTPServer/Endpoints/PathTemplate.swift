/// A route's path, such as `/v1/cases/{id}/records` or `/v1/calendars/{token}.ics`.
package struct PathTemplate: Sendable, Hashable {
    enum Segment: Sendable, Hashable {
        case literal(String)
        /// A parameter that fills the segment up to a fixed ending.
        case parameter(String, suffix: String)
    }

    /// As written: what logs and metrics show in place of the concrete path.
    package let text: String
    let segments: [Segment]

    package init(_ text: String) {
        self.text = text
        segments = text.split(separator: "/").map { part in
            guard part.hasPrefix("{"), let close = part.firstIndex(of: "}") else { return .literal(String(part)) }
            let name = part[part.index(after: part.startIndex)..<close]
            return .parameter(String(name), suffix: String(part[part.index(after: close)...]))
        }
    }

    /// The names between braces, in order.
    var parameterNames: [String] {
        segments.compactMap { if case .parameter(let name, _) = $0 { name } else { nil } }
    }
}

/// Undoes percent-encoding (RFC 3986 §2.1); nil when it is malformed or not UTF-8. `+` stays itself in a path and is a
/// space in a query, as HTML forms write it.
func percentDecoded(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%") {
            let pair = rest.prefix(2)
            guard pair.count == 2, pair.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: pair, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
        }
    }
    return String(validating: bytes, as: UTF8.self)
}
