/// A rule of a field beyond its Swift type, as far as JSON Schema (2020-12, validation §6) can express it. One value
/// serves the service that checks the field, the decoder of bodies, and the OpenAPI document.
package indirect enum FieldRule: Sendable, Hashable {
    case text(TextRule)
    /// From the smallest to the largest number.
    case number(ClosedRange<Int>)
    /// One of a few numbers.
    case oneOf([Int])
    /// One of a few words, where a field accepts fewer than its type has.
    case word([String])
    /// So many elements, and the rule of each.
    case list(ClosedRange<Int>, each: FieldRule? = nil, isUnique: Bool = false)
}

/// A body, or a part of one, whose fields have rules.
package protocol Ruled {
    /// By JSON name.
    static var rules: [String: FieldRule] { get }
}

extension FieldRule {
    /// - Throws: `FieldRefusal` `range`.
    package static func check(_ number: Int, in range: ClosedRange<Int>, at pointer: String) throws(FieldRefusal) {
        guard range.contains(number) else {
            throw FieldRefusal(pointer, rule: "range", "must lie from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// - Throws: `FieldRefusal` `min_items`, `max_items`.
    package static func check(
        count: Int, in range: ClosedRange<Int>, at pointer: String
    ) throws(FieldRefusal) {
        guard count >= range.lowerBound else {
            throw FieldRefusal(pointer, rule: "min_items", "must have at least \(range.lowerBound) items")
        }
        guard count <= range.upperBound else {
            throw FieldRefusal(pointer, rule: "max_items", "must have at most \(range.upperBound) items")
        }
    }

    /// - Throws: `FieldRefusal` `duplicate`.
    package static func checkUnique(_ items: [some Hashable], at pointer: String) throws(FieldRefusal) {
        guard Set(items).count == items.count else {
            throw FieldRefusal(pointer, rule: "duplicate", "must name nothing twice")
        }
    }
}
