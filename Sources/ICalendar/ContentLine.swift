import Clinic

/// One line of a document (RFC 5545 §3.1): a name, parameters, and a value as it is written.
struct ContentLine: Sendable {
    /// In upper case.
    let name: String
    /// Names in upper case, values without quotes. One that is written twice is there twice.
    let parameters: [(name: String, value: String)]
    let value: String

    /// Nil for a line without a name or a value, and for unclosed quotes.
    init?(_ bytes: [UInt8]) {
        // Quoted text may contain colons and semicolons.
        var (parts, isQuoted, valueAt) = ([Range<Int>](), false, nil as Int?)
        var begin = 0
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            guard !isQuoted, byte == UInt8(ascii: ";") || byte == UInt8(ascii: ":") else { continue }
            parts.append(begin..<index)
            begin = index + 1
            guard byte == UInt8(ascii: ":") else { continue }
            valueAt = begin
            break
        }
        guard let valueAt, let first = parts.first, !first.isEmpty else { return nil }
        name = Self.text(bytes[first]).uppercased()
        var parameters: [(name: String, value: String)] = parts.dropFirst().compactMap { part in
            guard let equals = bytes[part].firstIndex(of: UInt8(ascii: "=")) else { return nil }
            return (
                Self.text(bytes[part.lowerBound..<equals]).uppercased(),
                Self.text(bytes[(equals + 1)..<part.upperBound].filter { $0 != UInt8(ascii: "\"") })
            )
        }
        let rest = Self.text(bytes[valueAt...])
        // A zone's name with a colon must be quoted, and sometimes is not: `TZID=GMT+05:00:20261208T110000`. A time begins
        // with its year.
        if let last = parameters.last, last.name == "TZID", !rest.prefix(4).allSatisfy(\.isNumber),
            let colon = rest.lastIndex(of: ":")
        {
            parameters[parameters.count - 1].value += ":" + rest[..<colon]
            value = String(rest[rest.index(after: colon)...])
        } else {
            value = rest
        }
        self.parameters = parameters
    }

    /// A line of which only the name can be read.
    /// - Parameter bytes: as `ContentLineReader` gives them: they begin with a name in ASCII.
    init(unreadable bytes: [UInt8]) {
        let end = bytes.firstIndex { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ";") } ?? bytes.count
        (name, parameters, value) = (Self.text(bytes[..<end]).uppercased(), [], "")
    }

    /// The values of a parameter.
    func all(_ name: String) -> [String] { parameters.filter { $0.name == name }.map(\.value) }

    /// The value of a parameter that is written once.
    subscript(name: String) -> String? {
        let values = all(name)
        return values.count == 1 ? values[0] : nil
    }

    /// The value in upper case, without blanks.
    var word: String { value.filter { $0 != " " && $0 != "\t" }.uppercased() }

    /// The value as TEXT (RFC 5545 §3.3.11), without its escapes.
    var text: String { Self.unescaped(value) }

    /// The clock of those times of the line that name none themselves. Some programs escape text in parameters, where that
    /// is not allowed: names are compared without escapes.
    var zone: CalendarDateTime.Zone { self["TZID"].map { .named(Self.unescaped($0)) } ?? .floating }

    private static func unescaped(_ text: String) -> String {
        var (plain, isEscaped) = ("", false)
        for character in text {
            if isEscaped {
                plain.append(character == "n" || character == "N" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                plain.append(character)
            }
        }
        return plain
    }

    private static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: Array(bytes), as: UTF8.self).unpadded
    }
}

extension StringProtocol {
    /// The text without blanks and tabs at its ends (WSP of RFC 5234): any other space is a part of what is written.
    var unpadded: String { trimmed { $0 == " " || $0 == "\t" } }
}
