import FoundationEssentials

/// A JSON text as somebody reads it who knows the service from its documents alone.
indirect enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// The member of that name; null when there is none, or when this is no object.
    subscript(name: String) -> JSONValue {
        guard case .object(let members) = self else { return .null }
        return members[name] ?? .null
    }

    /// The text in the member of that name.
    func text(_ name: String) throws -> String {
        guard case .text(let text) = self[name] else { throw BrokenPromise("the reply has no text \(name)") }
        return text
    }

    /// The number in the member of that name.
    func number(_ name: String) throws -> Double {
        guard case .number(let number) = self[name] else { throw BrokenPromise("the reply has no number \(name)") }
        return number
    }

    /// The list in the member of that name.
    func list(_ name: String) throws -> [JSONValue] {
        guard case .list(let list) = self[name] else { throw BrokenPromise("the reply has no list \(name)") }
        return list
    }

    /// Whether the member of that name is true.
    func isTrue(_ name: String) -> Bool { self[name] == .bool(true) }

    /// Whether any text within, names of members aside, holds the word.
    func mentions(_ word: String) -> Bool {
        switch self {
        case .null, .bool, .number: false
        case .text(let text): text.contains(word)
        case .list(let list): list.contains { $0.mentions(word) }
        case .object(let members): members.values.contains { $0.mentions(word) }
        }
    }

    /// This object with another value for one of its members.
    func with(_ name: String, _ value: JSONValue) -> JSONValue {
        guard case .object(var members) = self else { return self }
        members[name] = value
        return .object(members)
    }

    /// The JSON text, its members in order of name, so that a retry sends the same bytes.
    var bytes: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(self))
        }
    }

    /// Reads a JSON text; null for no bytes at all.
    static func read(_ bytes: [UInt8]) throws -> JSONValue {
        bytes.isEmpty ? .null : try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }
}

extension JSONValue: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let flag): try container.encode(flag)
        case .number(let number):
            if let whole = Int64(exactly: number) { try container.encode(whole) } else { try container.encode(number) }
        case .text(let text): try container.encode(text)
        case .list(let list): try container.encode(list)
        case .object(let members): try container.encode(members)
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int) { self = .number(Double(number)) }
    init(booleanLiteral flag: Bool) { self = .bool(flag) }
    init(arrayLiteral list: JSONValue...) { self = .list(list) }
    init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(Dictionary(members) { _, last in last })
    }
    init(nilLiteral: ()) { self = .null }
}
