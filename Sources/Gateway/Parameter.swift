package import Clinic
package import FoundationEssentials

/// A value that a path, query or header can carry as text.
package protocol ParameterValue: Sendable {
    /// Reads the percent-decoded text; nil when it is not such a value.
    init?(parameter: String)
    /// Its JSON Schema.
    static var parameterSchema: JSONValue { get }
    /// What it must be, in words.
    static var parameterWords: String { get }
}

extension String: ParameterValue {
    package init?(parameter: String) {
        guard !parameter.isEmpty, parameter.unicodeScalars.count <= 1000, !parameter.utf8.contains(0) else {
            return nil
        }
        self = parameter
    }
    package static var parameterSchema: JSONValue { ["type": "string", "minLength": 1, "maxLength": 1000] }
    package static var parameterWords: String { "1 to 1000 characters" }
}

extension Int: ParameterValue {
    package init?(parameter: String) { self.init(parameter) }
    package static var parameterSchema: JSONValue { ["type": "integer"] }
    package static var parameterWords: String { "a whole number" }
}

extension Bool: ParameterValue {
    package init?(parameter: String) { self.init(parameter) }
    package static var parameterSchema: JSONValue { ["type": "boolean"] }
    package static var parameterWords: String { "true or false" }
}

extension Date: ParameterValue {
    package init?(parameter: String) {
        guard let date = RFC3339.parse(parameter) else { return nil }
        self = date
    }
    package static var parameterSchema: JSONValue { ["type": "string", "format": "date-time"] }
    package static var parameterWords: String { "an RFC 3339 instant" }
}

extension UUID: ParameterValue {
    package init?(parameter: String) { self.init(uuidString: parameter) }
    package static var parameterSchema: JSONValue { ["type": "string", "format": "uuid"] }
    package static var parameterWords: String { "a UUID" }
}

extension ID: ParameterValue {
    package init?(parameter: String) {
        self.init(parameter)
    }
    package static var parameterSchema: JSONValue { UUID.parameterSchema }
    package static var parameterWords: String { UUID.parameterWords }
}

extension ID: SchemaGiving {
    package static var schema: JSONValue { UUID.parameterSchema }
}

extension CivilDate: ParameterValue, SchemaGiving {
    package init?(parameter: String) { self.init(rawValue: parameter) }
    package static var parameterSchema: JSONValue { ["type": "string", "format": "date"] }
    package static var parameterWords: String { "a date that exists, as 2027-05-31" }
    package static var schema: JSONValue { parameterSchema }
}

extension Jurisdiction: ParameterValue, SchemaGiving {
    package init?(parameter: String) { self.init(rawValue: parameter) }
    package static var parameterSchema: JSONValue {
        ["type": "string", "pattern": "^[A-Z]{2}(-[A-Z0-9]{1,3})?$"]
    }
    package static var parameterWords: String { "an ISO 3166-2 code, as US-OH" }
    package static var schema: JSONValue { parameterSchema }
}

extension LanguageTag: ParameterValue {
    package init?(parameter: String) { self.init(parameter) }
    package static var parameterSchema: JSONValue {
        ["type": "string", "minLength": 1, "maxLength": .number(String(maxLength))]
    }
    package static var parameterWords: String { "a language tag of BCP 47, as en or es-MX" }
}

extension ParameterValue where Self: CaseIterable & RawRepresentable, RawValue == String {
    package init?(parameter: String) { self.init(rawValue: parameter) }
    package static var parameterSchema: JSONValue {
        ["type": "string", "enum": .array(allCases.map { .string($0.rawValue) })]
    }
    package static var parameterWords: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
}

/// Several values of one kind, divided by commas: the `form` style of OpenAPI, not exploded.
package struct CommaList<Element: ParameterValue>: ParameterValue {
    package let elements: [Element]

    package init?(parameter: String) {
        let texts = parameter.split(separator: ",", omittingEmptySubsequences: false)
        elements = texts.prefix(Self.most).compactMap { Element(parameter: String($0)) }
        guard elements.count == texts.count else { return nil }
    }

    private static var most: Int { 10 }

    package static var parameterSchema: JSONValue {
        ["type": "array", "items": Element.parameterSchema, "minItems": 1, "maxItems": .number(String(most))]
    }
    package static var parameterWords: String { "up to \(most) values by commas, each \(Element.parameterWords)" }
}

/// One query parameter: declared once, documented, checked before the handler runs, and read by type with
/// `call.query(_:)`.
package struct Query<Value: ParameterValue>: Sendable {
    package let name: String
    package let text: String
    package let isRequired: Bool
    package let fallback: Value?
    package let range: ClosedRange<Int>?

    /// A parameter that may be left out; `fallback` is what it is then.
    package init(_ name: String, _ text: String, default fallback: Value? = nil, range: ClosedRange<Int>? = nil) {
        self.name = name
        self.text = text
        self.isRequired = false
        self.fallback = fallback
        self.range = range
    }

    /// A parameter that must be given.
    package init(required name: String, _ text: String, range: ClosedRange<Int>? = nil) {
        self.name = name
        self.text = text
        self.isRequired = true
        self.fallback = nil
        self.range = range
    }

    /// Reads the text; an error names the rule.
    func parse(_ text: String) -> Result<Value, BrokenRule> {
        guard let value = Value(parameter: text) else {
            return .failure(BrokenRule(rule: "format", detail: "Must be \(Value.parameterWords)."))
        }
        if let range, let number = value as? Int, !range.contains(number) {
            return .failure(
                BrokenRule(rule: "range", detail: "Must lie from \(range.lowerBound) to \(range.upperBound)."))
        }
        return .success(value)
    }
}

/// Which rule a text broke.
struct BrokenRule: Error {
    let rule: String
    let detail: String
}

/// A declared parameter without its type: what the door checks and the document shows.
package struct DeclaredParameter: Sendable {
    enum Place: String { case path, query, header }

    let place: Place
    let name: String
    let text: String
    let isRequired: Bool
    let schema: JSONValue
    /// Whether several values are divided by commas.
    var isList = false
    let check: @Sendable (String) -> BrokenRule?

    /// A query parameter.
    package static func query<Value>(_ query: Query<Value>) -> DeclaredParameter {
        var schema = Value.parameterSchema
        if let range = query.range {
            schema = schema.with("minimum", .number(String(range.lowerBound)))
                .with("maximum", .number(String(range.upperBound)))
        }
        if let fallback = query.fallback {
            let literal: JSONValue =
                if let number = fallback as? Int { .number(String(number)) } else if let flag = fallback as? Bool {
                    .bool(flag)
                } else { .string("\(fallback)") }
            schema = schema.with("default", literal)
        }
        return DeclaredParameter(
            place: .query, name: query.name, text: query.text, isRequired: query.isRequired, schema: schema,
            isList: Value.parameterSchema["type"] == "array"
        ) { text in
            if case .failure(let refusal) = query.parse(text) { refusal } else { nil }
        }
    }

    /// A path parameter that is something else than an id; what is not declared is taken to be a UUID.
    package static func path<Value: ParameterValue>(
        _ name: String, _ type: Value.Type, _ text: String
    ) -> DeclaredParameter {
        DeclaredParameter(
            place: .path, name: name, text: text, isRequired: true, schema: Value.parameterSchema
        ) { Value(parameter: $0) == nil ? BrokenRule(rule: "format", detail: "Malformed.") : nil }
    }
}
