import Clinic

/// One line of a document (RFC 5545 §3.1): a name, parameters, a value as it was written.
struct ContentLine: Sendable {
    /// In capitals.
    let name: String
    /// Names in capitals, values without quotes; one that is named twice stands twice.
    let parameters: [(name: String, value: String)]
    let value: String

    /// Nil for a line without a name or a value, and for one whose quotes do not end.
    init?(_ bytes: [UInt8]) {
        // What is quoted may hold colons and semicolons.
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
        // A zone's name with a colon has to be quoted, and is not always: `TZID=GMT+05:00:20261208T110000`. A time begins with
        // its year.
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

    /// A line of which its name is all that can be read, in the place of one that says nothing or whose quotes do not end.
    /// - Parameter bytes: they begin with a name of ASCII, as `ContentLineReader` has it.
    init(unreadable bytes: [UInt8]) {
        let end = bytes.firstIndex { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ";") } ?? bytes.count
        (name, parameters, value) = (Self.text(bytes[..<end]).uppercased(), [], "")
    }

    /// The values of a parameter.
    func all(_ name: String) -> [String] { parameters.filter { $0.name == name }.map(\.value) }

    /// The value of a parameter that is named once.
    subscript(name: String) -> String? {
        let values = all(name)
        return values.count == 1 ? values[0] : nil
    }

    /// In capitals, without blanks.
    var word: String { value.filter { $0 != " " && $0 != "\t" }.uppercased() }

    /// A value that is TEXT (RFC 5545 §3.3.11) without its escapes.
    var text: String { Self.unescaped(value) }

    /// By which clock its times are that name none themselves. Some programs escape in parameters too, where nothing is
    /// escaped: what is compared is compared so.
    var zone: WallMoment.Zone { self["TZID"].map { .named(Self.unescaped($0)) } ?? .floating }

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
        String(decoding: Array(bytes), as: UTF8.self).trimmed
    }
}
