import Foundation

/// SQL as `pgbench` reads it: there a colon before a name is a variable, wherever it stands.
enum PgbenchSQL {
    /// One line, with `$1`, `$2` … replaced.
    static func text(_ sql: String, values: [String]) -> String {
        var text = ""
        var rest = sql[...]
        while let next = rest.first {
            rest.removeFirst()
            switch next {
            case "'":
                let end = rest.firstIndex(of: "'") ?? rest.endIndex
                text += quoted(String(rest[..<end]))
                rest = rest[end...].dropFirst()
            case "$":
                let digits = rest.prefix { $0.isNumber }
                rest = rest.dropFirst(digits.count)
                text += Int(digits).flatMap { values.indices.contains($0 - 1) ? values[$0 - 1] : nil } ?? "NULL"
            case "\n": text += " "
            default: text.append(next)
            }
        }
        return text
    }

    /// A value as it was sent, of the type that its looks tell, or of the one that its place asks for.
    static func literal(_ value: String?) -> String {
        value.map { quoted($0) + cast(of: $0) } ?? "NULL"
    }

    static func quoted(_ value: String) -> String {
        let doubled = value.replacing("'", with: "''")
        guard value.contains(":") else { return "'\(doubled)'" }
        return "E'\(doubled.replacing("\\", with: "\\\\").replacing(":", with: "\\x3a"))'"
    }

    /// What the server cannot tell from the place where a value stands.
    static func cast(of value: String) -> String {
        let isList = value.hasPrefix("{") && value.hasSuffix("}") && value.count > 2
        let one = isList ? String(value.dropFirst().prefix { $0 != "," && $0 != "}" }) : value
        let type: String
        if one.count == 36, UUID(uuidString: one) != nil {
            type = "::uuid"
        } else if !isList, one.hasPrefix("\\x") {
            type = "::bytea"
        } else if !isList, microseconds(one) != nil {
            type = "::timestamptz"
        } else {
            return ""
        }
        return isList ? "\(type)[]" : type
    }

    /// Since 1970, of an instant such as `2026-12-15 10:00:00.5+00`.
    static func microseconds(_ value: String) -> Int? {
        guard value.hasSuffix("+00"), value.count >= 22 else { return nil }
        let halves = value.dropLast(3).split(separator: ".", maxSplits: 1)
        let text = "\(halves[0].replacing(" ", with: "T"))Z"
        guard let date = try? Date(text, strategy: .iso8601) else { return nil }
        let fraction = halves.count == 2 ? halves[1].padding(toLength: 6, withPad: "0", startingAt: 0) : "0"
        return Int(fraction).map { Int(date.timeIntervalSince1970) * 1_000_000 + $0 }
    }
}
