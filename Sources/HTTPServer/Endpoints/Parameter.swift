package import Clinic
package import FoundationEssentials
package import JSON

/// A value that a path, query or header can carry as text.
package protocol ParameterValue: Sendable {
    /// Reads the percent-decoded text; nil when it is not such a value.
    init?(parameter: String)
    /// Its JSON Schema.
    static var parameterSchema: JSONValue { get }
    /// What it must be, in words.
    static var parameterDescription: String { get }
    /// The value as JSON, for its rule and its default.
    var json: JSONValue { get }
}

extension ParameterValue {
    package var json: JSONValue { .string("\(self)") }
}

extension String: ParameterValue {
    package init?(parameter: String) {
        guard !parameter.isEmpty, parameter.unicodeScalars.count <= 1000, !parameter.utf8.contains(0) else {
            return nil
        }
        self = parameter
    }
    private static let parameterRule = FieldRule.text(.anything(1...1000))

    package static var parameterSchema: JSONValue { parameterRule.applied(to: ["type": "string"]) }
    package static var parameterDescription: String { "1 to 1000 characters" }
}

extension Int: ParameterValue {
    /// Nil beyond what every JSON reader keeps exactly, of which no rule is asked.
    package init?(parameter: String) {
        guard let number = Int(parameter), number.magnitude <= WholeNumber.limit else { return nil }
        self = number
    }
    package static var parameterSchema: JSONValue { ["type": "integer"] }
    package var json: JSONValue { .number(String(self)) }
    package static var parameterDescription: String { "a whole number" }
}

extension Bool: ParameterValue {
    package init?(parameter: String) { self.init(parameter) }
    package static var parameterSchema: JSONValue { ["type": "boolean"] }
    package var json: JSONValue { .bool(self) }
    package static var parameterDescription: String { "true or false" }
}

extension Date: ParameterValue {
    package init?(parameter: String) {
        guard let date = RFC3339.parse(parameter) else { return nil }
        self = date
    }
    package static var parameterSchema: JSONValue { FieldRule.schema(of: RFC3339.form) }
    package static var parameterDescription: String { RFC3339.form.words }
}

extension UUID: ParameterValue {
    package init?(parameter: String) { self.init(uuidString: parameter) }
    package static var parameterSchema: JSONValue { schema }
    package static var parameterDescription: String { words }
}

extension ID: ParameterValue {
    package init?(parameter: String) {
        self.init(parameter)
    }
    package static var parameterSchema: JSONValue { UUID.parameterSchema }
    package static var parameterDescription: String { UUID.parameterDescription }
}

extension ID: SchemaProviding {
    package static var schema: JSONValue { UUID.schema }
}

extension CivilDate: ParameterValue, SchemaProviding {
    package init?(parameter: String) { self.init(rawValue: parameter) }
    package static var parameterSchema: JSONValue { FieldRule.schema(of: .date) }
    package static var parameterDescription: String { TextForm.date.words }
    package static var schema: JSONValue { parameterSchema }
}

extension Jurisdiction: ParameterValue, SchemaProviding {
    package init?(parameter: String) { self.init(rawValue: parameter) }
    package static var parameterSchema: JSONValue { FieldRule.schema(of: .jurisdiction) }
    package static var parameterDescription: String { TextForm.jurisdiction.words }
    package static var schema: JSONValue { parameterSchema }
}

extension LanguageTag: ParameterValue {
    package init?(parameter: String) { self.init(parameter) }
    package static var parameterSchema: JSONValue { FieldRule.schema(of: .languageTag) }
    package static var parameterDescription: String { TextForm.languageTag.words }
}

extension ParameterValue where Self: CaseIterable & RawRepresentable, RawValue == String {
    package init?(parameter: String) { self.init(rawValue: parameter) }
    package static var parameterSchema: JSONValue {
        ["type": "string", "enum": .array(allCases.map { .string($0.rawValue) })]
    }
    package static var parameterDescription: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
}

/// Several values of one kind, separated by commas: the `form` style of OpenAPI, not exploded.
package struct CommaList<Element: ParameterValue>: ParameterValue {
    package let elements: [Element]

    package init?(parameter: String) {
        let texts = parameter.split(separator: ",", omittingEmptySubsequences: false)
        elements = texts.prefix(Self.most).compactMap { Element(parameter: String($0)) }
        guard elements.count == texts.count else { return nil }
    }

    private static var most: Int { 10 }

    package var json: JSONValue { .array(elements.map(\.json)) }

    package static var parameterSchema: JSONValue {
        ["type": "array", "items": Element.parameterSchema, "minItems": 1, "maxItems": .number(String(most))]
    }
    package static var parameterDescription: String {
        "up to \(most) values separated by commas, each \(Element.parameterDescription)"
    }
}

/// One query parameter: declared once, documented, checked before the handler runs, and read by type with
/// `call.query(_:)`.
package struct Query<Value: ParameterValue>: Sendable {
    package let name: String
    package let text: String
    package let isRequired: Bool
    package let fallback: Value?
    package let rule: FieldRule?

    /// An optional parameter; `fallback` is its value when it is left out.
    package init(_ name: String, _ text: String, default fallback: Value? = nil, rule: FieldRule? = nil) {
        self.name = name
        self.text = text
        self.isRequired = false
        self.fallback = fallback
        self.rule = rule
    }

    /// An optional number within a range.
    package init(_ name: String, _ text: String, default fallback: Value? = nil, range: ClosedRange<Int>)
    where Value == Int {
        self.init(name, text, default: fallback, rule: .number(range))
    }

    /// A parameter that must be given.
    package init(required name: String, _ text: String) {
        self.name = name
        self.text = text
        self.isRequired = true
        self.fallback = nil
        self.rule = nil
    }

    /// Reads the text; an error names the rule.
    func parse(_ text: String) -> Result<Value, BrokenRule> {
        guard let value = Value(parameter: text) else {
            return .failure(BrokenRule(rule: "format", detail: "Must be \(Value.parameterDescription)."))
        }
        let errors = DecodingErrors()
        rule?.check(value.json, at: JSONPointer(), errors: errors)
        if let broken = errors.faults.first { return .failure(BrokenRule(rule: broken.rule, detail: broken.detail)) }
        return .success(value)
    }
}

/// Which rule a text broke.
struct BrokenRule: Error {
    let rule: String
    let detail: String
}

/// A declared parameter without its type: what the responder checks and the document shows.
package struct DeclaredParameter: Sendable {
    enum Place: String { case path, query, header }

    let place: Place
    let name: String
    let text: String
    let isRequired: Bool
    let schema: JSONValue
    /// Whether it is a list of values separated by commas.
    var isList = false
    let check: @Sendable (String) -> BrokenRule?

    /// A query parameter.
    package static func query<Value>(_ query: Query<Value>) -> DeclaredParameter {
        var schema = Value.parameterSchema
        if let rule = query.rule { schema = rule.applied(to: schema) }
        if let fallback = query.fallback { schema = schema.with("default", fallback.json) }
        return DeclaredParameter(
            place: .query, name: query.name, text: query.text, isRequired: query.isRequired, schema: schema,
            isList: Value.parameterSchema["type"] == "array"
        ) { text in
            if case .failure(let refusal) = query.parse(text) { refusal } else { nil }
        }
    }

    /// A required header, which the handler reads by itself.
    package static func header(_ name: String, _ text: String, schema: JSONValue) -> DeclaredParameter {
        DeclaredParameter(
            place: .header, name: name, text: text, isRequired: true, schema: schema, check: { _ in nil })
    }

    /// A path parameter that is not an id. An undeclared one is taken to be a UUID.
    package static func path<Value: ParameterValue>(
        _ name: String, _ type: Value.Type, _ text: String
    ) -> DeclaredParameter {
        DeclaredParameter(
            place: .path, name: name, text: text, isRequired: true, schema: Value.parameterSchema
        ) { Value(parameter: $0) == nil ? BrokenRule(rule: "format", detail: "Malformed.") : nil }
    }
}
