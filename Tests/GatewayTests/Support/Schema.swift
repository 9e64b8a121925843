import Clinic
@testable import Gateway
@testable import HTTPServer
@testable import JSON
@testable import ServiceAPI
import Synchronization

/// The schemas of one OpenAPI document, as far as the document uses JSON Schema (2020-12). A keyword that is not
/// understood is a fault: nothing passes because it was not looked at.
struct Schemas: Sendable {
    let document: JSONValue

    private static let notes: Set<String> = ["description", "format", "default", "example", "examples"]

    /// What does not conform, each by its JSON pointer and rule; never by the value itself.
    func faults(_ value: JSONValue, _ schema: JSONValue, at pointer: JSONPointer = JSONPointer()) -> [String] {
        OpenAPIChecks.members(schema).flatMap { keyword in
            faults(value, keyword.name, keyword.value, of: schema, at: pointer)
        }
    }

    /// The schema that a reference leads to, or the schema itself.
    func resolved(_ schema: JSONValue) -> JSONValue {
        guard case .string(let reference)? = schema["$ref"] else { return schema }
        let target = reference.split(separator: "/").dropFirst().reduce(Optional(document)) { $0?[String($1)] }
        return target.map(resolved) ?? ["not understood": .string(reference)]
    }

    private func faults(
        _ value: JSONValue, _ keyword: String, _ rule: JSONValue, of schema: JSONValue, at pointer: JSONPointer
    ) -> [String] {
        let fault = ["\(pointer.tokens.isEmpty ? "/" : pointer.description) breaks \(keyword)"]
        switch keyword {
        case "$ref": return faults(value, resolved(schema), at: pointer)
        case "type":
            let types = if case .array(let types) = rule { types } else { [rule] }
            return types.contains { Self.is(value, $0) } ? [] : fault
        case "enum": return OpenAPIChecks.elements(rule).contains(value) ? [] : fault
        case "const": return rule == value ? [] : fault
        case "properties":
            return OpenAPIChecks.members(rule).flatMap { property in
                value[property.name].map { faults($0, property.value, at: pointer.appending(property.name)) } ?? []
            }
        case "required":
            guard case .object = value else { return [] }
            return OpenAPIChecks.elements(rule).compactMap { name in
                guard let name = name.asString, value[name] == nil else { return nil }
                return "\(pointer.appending(name)) is missing"
            }
        case "additionalProperties":
            let known = Set(OpenAPIChecks.members(schema["properties"]).map(\.name))
            return OpenAPIChecks.members(value).filter { !known.contains($0.name) }.flatMap { member in
                let place = pointer.appending(member.name)
                return rule == false ? ["\(place) is unknown"] : faults(member.value, rule, at: place)
            }
        case "items":
            return OpenAPIChecks.elements(value).enumerated().flatMap { index, element in
                faults(element, rule, at: pointer.appending(String(index)))
            }
        case "pattern":
            guard let text = value.asString, let pattern = rule.asString else { return [] }
            return Self.form(pattern).matches(text) ? [] : fault
        case "uniqueItems":
            let spelled = OpenAPIChecks.elements(value).map(\.canonical.bytes)
            return Set(spelled).count == spelled.count ? [] : fault
        case "anyOf": return fits(value, rule, at: pointer) > 0 ? [] : fault
        case "oneOf": return fits(value, rule, at: pointer) == 1 ? [] : fault
        case "allOf": return OpenAPIChecks.elements(rule).flatMap { faults(value, $0, at: pointer) }
        case "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems":
            return Self.measure(value, for: keyword).map { Self.keeps($0, keyword, rule) } ?? true ? [] : fault
        default: return Self.notes.contains(keyword) ? [] : ["\(pointer): \(keyword) is not understood"]
        }
    }

    /// Patterns as they are compiled.
    private static let forms = Mutex<[String: TextForm]>([:])

    private static func form(_ pattern: String) -> TextForm {
        forms.withLock { forms in
            if let form = forms[pattern] { return form }
            let form = TextForm(pattern, "of the pattern")
            forms[pattern] = form
            return form
        }
    }

    private func fits(_ value: JSONValue, _ rule: JSONValue, at pointer: JSONPointer) -> Int {
        OpenAPIChecks.elements(rule).filter { faults(value, $0, at: pointer).isEmpty }.count
    }

    private static func `is`(_ value: JSONValue, _ type: JSONValue) -> Bool {
        switch (value, type) {
        case (.null, "null"), (.bool, "boolean"), (.number, "number"), (.string, "string"), (.array, "array"),
            (.object, "object"):
            true
        case (.number(let spelling), "integer"): Int(spelling) != nil
        default: false
        }
    }

    private static func measure(_ value: JSONValue, for keyword: String) -> Double? {
        switch value {
        case .string(let text) where keyword.hasSuffix("Length"): Double(text.unicodeScalars.count)
        case .number(let spelling) where keyword.hasSuffix("imum"): Double(spelling)
        case .array(let elements) where keyword.hasSuffix("Items"): Double(elements.count)
        default: nil
        }
    }

    private static func keeps(_ measure: Double, _ keyword: String, _ rule: JSONValue) -> Bool {
        guard case .number(let spelling) = rule, let limit = Double(spelling) else { return false }
        return keyword.hasPrefix("min") ? measure >= limit : measure <= limit
    }
}
