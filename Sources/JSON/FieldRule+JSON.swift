package import Clinic

extension FieldRule {
    /// Notes what the value breaks. What is of another type the decoder notes.
    package func check(_ value: JSONValue, at pointer: JSONPointer, errors: DecodingErrors) {
        do throws(FieldRefusal) {
            switch (self, value) {
            case (.text(let rule), .string(let text)) where !rule.isReadByService:
                try rule.check(text, at: pointer.description)
            case (.number(let range), .number(let spelling)):
                guard case .value(let number) = WholeNumber(spelling) else { return }
                try Self.check(number, in: range, at: pointer.description)
            case (.oneOf(let numbers), .number(let spelling)):
                guard case .value(let number) = WholeNumber(spelling), !numbers.contains(number) else { return }
                throw FieldRefusal(pointer.description, rule: "choice", "must be one of \(numbers)")
            case (.word(let words), .string(let text)):
                guard !words.contains(text) else { return }
                throw FieldRefusal(pointer.description, rule: "choice", "must be one of \(words)")
            case (.list(let range, let each, let isUnique), .array(let elements)):
                try Self.check(count: elements.count, in: range, at: pointer.description)
                if isUnique { try Self.checkUnique(elements.map(\.canonical.bytes), at: pointer.description) }
                for (index, element) in elements.enumerated() {
                    each?.check(element, at: pointer.appending(String(index)), errors: errors)
                }
            default: return
            }
        } catch {
            errors.note(pointer, rule: error.rule, error.detail)
        }
    }

    /// The schema of the type with what the rule adds to it.
    package func applied(to schema: JSONValue) -> JSONValue {
        var schema = schema
        func add(_ keyword: String, _ number: Int?) {
            if let number { schema = schema.with(keyword, .number(String(number))) }
        }
        switch self {
        case .text(let rule):
            add("minLength", rule.mayBeEmpty ? nil : rule.shortest)
            add("maxLength", rule.longest)
            schema = schema.with("pattern", .string(rule.pattern))
            if case .form(let form) = rule.content, let format = form.format {
                schema = schema.with("format", .string(format))
            }
        case .number(let range):
            add("minimum", range.lowerBound)
            add("maximum", range.upperBound)
        case .oneOf(let numbers): schema = schema.with("enum", .array(numbers.map { .number(String($0)) }))
        case .word(let words): schema = schema.with("enum", .array(words.map(JSONValue.string)))
        case .list(let range, let each, let isUnique):
            if range.lowerBound > 0 { add("minItems", range.lowerBound) }
            add("maxItems", range.upperBound)
            if isUnique { schema = schema.with("uniqueItems", .bool(true)) }
            if let each, let items = schema["items"] { schema = schema.with("items", each.applied(to: items)) }
        }
        return schema
    }

    /// The schema of a text of a form.
    package static func schema(of form: TextForm) -> JSONValue {
        FieldRule.text(.form(form)).applied(to: ["type": "string"])
    }
}
