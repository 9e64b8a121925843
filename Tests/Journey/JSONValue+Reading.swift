import JSON

extension JSONValue {
    /// Reads a JSON text; null for no bytes at all.
    static func read(_ bytes: [UInt8]) throws -> JSONValue {
        bytes.isEmpty ? .null : try JSONParser.parse(bytes).value
    }

    /// The text in the member of that name.
    func text(_ name: String) throws -> String {
        guard case .string(let text) = self[name] else { throw BrokenPromise("there is no text \(name)") }
        return text
    }

    /// The whole number in the member of that name.
    func number(_ name: String) throws -> Int {
        guard case .number(let spelling) = self[name], let number = Int(spelling) else {
            throw BrokenPromise("there is no whole number \(name)")
        }
        return number
    }

    /// The list in the member of that name.
    func list(_ name: String) throws -> [JSONValue] {
        guard case .array(let list) = self[name] else { throw BrokenPromise("there is no list \(name)") }
        return list
    }

    /// The object in the member of that name.
    func object(_ name: String) throws -> JSONValue {
        guard let object = self[name], case .object = object else { throw BrokenPromise("there is no object \(name)") }
        return object
    }

    /// Whether any text within, names of members aside, holds the word.
    func mentions(_ word: String) -> Bool {
        switch self {
        case .null, .bool, .number: false
        case .string(let text): text.contains(word)
        case .array(let list): list.contains { $0.mentions(word) }
        case .object(let members): members.contains { $0.value.mentions(word) }
        }
    }

    /// What books this hold.
    var booking: JSONValue {
        get throws { ["hold": .string(try text("id")), "token": .string(try text("token"))] }
    }
}
