package import HTTPTypes
package import JSON

/// One kind of refusal: what `type`, `status` and `title` of its RFC 9457 replies are, and what the caller can do.
/// Capabilities declare their own beside their mapping; OpenAPI lists them all.
package struct ProblemKind: Sendable, Hashable {
    /// The stable name; the reply's `type` is the relative reference `/problems/NAME`.
    package let name: String
    /// The status of every reply of this kind.
    package let status: HTTPResponse.Status
    /// A short summary that never changes between occurrences (RFC 9457 §3.1.3).
    package let title: String
    /// For OpenAPI: when it happens and what to do about it.
    package let meaning: String

    package init(_ name: String, _ status: HTTPResponse.Status, _ title: String, _ meaning: String) {
        self.name = name
        self.status = status
        self.title = title
        self.meaning = meaning
    }

    /// The `type` member (RFC 9457 §3.1.1).
    package var type: String { "/problems/\(name)" }
}

/// One thing wrong with one place of a request.
package struct FieldError: Sendable, Equatable {
    /// Where it is: a JSON pointer into the body (RFC 6901), or the name of a parameter or header.
    package enum Place: Sendable, Equatable {
        case pointer(JSONPointer), parameter(String), header(String)
    }

    package let place: Place
    /// The rule that was broken, as a stable word: `unknown`, `missing`, `type`, `format`, `choice`, `min_length`,
    /// `max_length`, `range`, `min_items`, `max_items`, `duplicate`, or a word of the capability that refused.
    package let rule: String
    /// The rule in a sentence. It never repeats what the caller sent.
    package let detail: String

    package init(_ place: Place, rule: String, _ detail: String) {
        self.place = place
        self.rule = rule
        self.detail = detail
    }

    /// An error at a pointer written as a literal path, such as `/email`.
    package static func at(_ path: String, rule: String, _ detail: String) -> FieldError {
        FieldError(.pointer(JSONPointer(path.split(separator: "/").map(String.init))), rule: rule, detail)
    }

    var json: JSONValue {
        let (name, value) =
            switch place {
            case .pointer(let pointer): ("pointer", pointer.description)
            case .parameter(let name): ("parameter", name)
            case .header(let name): ("header", name)
            }
        return .object([
            .init(name: name, value: .string(value)), .init(name: "rule", value: .string(rule)),
            .init(name: "detail", value: .string(detail)),
        ])
    }
}

/// A refusal as the caller sees it: `application/problem+json` (RFC 9457). It is thrown from anywhere below the responder
/// and holds neither clinical text nor what the caller sent.
package struct Problem: Error, Sendable, Equatable {
    package let kind: ProblemKind
    /// What is particular to this occurrence, in a sentence without caller data.
    package var detail: String?
    /// Every place of the request that is wrong.
    package var errors: [FieldError]
    /// Seconds after which trying again makes sense (`Retry-After`, RFC 9110 §10.2.3).
    package var retryAfter: Int?
    /// Further headers, such as `Allow` with 405.
    package var headers: HTTPFields
    /// Extension members (RFC 9457 §3.2), such as the next openings beside a lost one.
    package var members: JSONValue

    package init(
        _ kind: ProblemKind, _ detail: String? = nil, errors: [FieldError] = [], retryAfter: Int? = nil,
        headers: HTTPFields = [:]
    ) {
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.retryAfter = retryAfter
        self.headers = headers
        self.members = [:]
    }

    /// The same refusal with an extension member (RFC 9457 §3.2); without it if it cannot be written.
    package func with(_ name: String, _ value: some Encodable) -> Problem {
        guard let json = try? JSONParser.parse(JSONBody.encode(value)).value else { return self }
        var copy = self
        copy.members = members.with(name, json)
        return copy
    }

    /// The body of the reply.
    func json(requestID: String) -> JSONValue {
        var body = JSONValue.members([
            "type": .string(kind.type), "title": .string(kind.title), "status": .number(String(kind.status.code)),
            "detail": detail.map(JSONValue.string), "requestId": .string(requestID),
            "errors": errors.isEmpty ? nil : .array(errors.map(\.json)),
        ])
        if case .object(let extra) = members {
            for member in extra { body = body.with(member.name, member.value) }
        }
        return body
    }
}

/// A refusal that knows its problem reply. Each capability's refusal enum adopts this beside its kinds, by an exhaustive switch.
package protocol ProblemConvertible: Error {
    /// The reply that this refusal becomes.
    var problem: Problem { get }
}
