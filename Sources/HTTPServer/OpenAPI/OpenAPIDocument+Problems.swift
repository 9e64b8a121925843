import HTTPTypes
import JSON

// The problem replies of the document: those a route declares, and those the responder gives on any route of its kind.

extension OpenAPIDocument {
    /// Every kind of problem that a route can answer.
    package static func refusals(of endpoint: Endpoint) -> [ProblemKind] {
        var kinds: [ProblemKind] = [
            .malformedRequest, .notFound, .tooManyRequests, .internalFault, .busy, .tookTooLong, .methodNotAllowed,
            .headersTooLarge, .expectationFailed,
        ]
        if endpoint.hasRanges { kinds.append(.rangeNotSatisfiable) }
        if endpoint.success.body != nil { kinds.append(.notAcceptable) }
        if endpoint.parameters.contains(where: { $0.place == .query }) || endpoint.method == .get {
            kinds.append(.invalidParameters)
        }
        switch endpoint.access {
        case .everyone: break
        case .signedIn: kinds.append(.signInNeeded)
        case .roles: kinds += [.signInNeeded, .notAllowed]
        }
        if let body = endpoint.requestBody {
            kinds += [.tooSlow, .tooLarge, .unsupportedMedia]
            if body.mediaTypes == ["application/json"] { kinds += [.malformedJSON, .invalidFields] }
        } else if endpoint.method != .get {
            // A write without a body still reads one, to refuse its content.
            kinds += [.tooSlow, .tooLarge, .unsupportedMedia, .malformedJSON, .invalidFields]
        }
        if endpoint.takesKey { kinds.append(.keyReused) }
        if endpoint.changes { kinds += [.outcomeUnknown, .conflict] }
        if endpoint.access.hasCaller, endpoint.tag.opensSealed { kinds.append(.shredded) }
        for kind in endpoint.refusals where !kinds.contains(kind) { kinds.append(kind) }
        return kinds
    }

    static func response(_ kind: ProblemKind) -> JSONValue { response([kind]) }

    static func response(_ kinds: [ProblemKind]) -> JSONValue {
        let kinds = kinds.sorted { $0.name < $1.name }
        let text = kinds.map { "`\($0.type)`: \($0.title). \($0.meaning)" }.joined(separator: "\n\n")
        let examples = kinds.map { kind in
            JSONValue.Member(
                name: kind.name,
                value: ["value": Problem(kind).json(requestID: "0192f0c1-7d2e-7a41-9c3b-5f1de0a7b842")])
        }
        return .members([
            "description": .string(text),
            "content": [
                "application/problem+json": .members([
                    "schema": ["$ref": "#/components/schemas/Problem"], "examples": .object(examples),
                ])
            ],
        ])
    }

    static var problemSchema: JSONValue {
        func word(_ text: String) -> JSONValue { ["type": "string", "description": .string(text)] }
        let fieldError: JSONValue = [
            "type": "object", "required": ["rule", "detail"],
            "properties": [
                "pointer": word("Where in the body: a JSON pointer (RFC 6901)"),
                "parameter": word("Or the name of the parameter, in the query or the path"),
                "header": word("Or the name of the header"),
                "rule": word("A stable word for the rule that was broken, as `max_length`"),
                "detail": word("The rule in a sentence"),
            ],
        ]
        return [
            "type": "object", "description": "A refusal (RFC 9457). It never repeats what the caller sent.",
            "required": ["type", "title", "status", "requestId"],
            "properties": [
                "type": word("Which kind of refusal; stable").with("format", "uri-reference"),
                "title": word("The kind in a few words"),
                "status": ["type": "integer", "description": "The status of the reply"],
                "detail": word("What is particular to this refusal"),
                "requestId": word("The id to give to the operators; the header `X-Request-Id` has it as well"),
                "errors": [
                    "type": "array", "items": fieldError, "description": "Every place of the request that is wrong",
                ],
            ],
        ]
    }

    static func introduction(_ settings: GatewaySettings) -> String {
        """
        The scheduling and messaging backend of a virtual second-opinion service.

        Bodies are JSON in UTF-8 with camelCase keys. An unknown field is refused by its name. Instants are RFC 3339 \
        in UTC. Refusals are `application/problem+json` (RFC 9457). Writes take `Idempotency-Key`. What two people can \
        edit has an `ETag` and takes `If-Match`. Lists have pages, by `limit` and an opaque `after`, with `Link: \
        rel="next"`. Every reply has `X-Request-Id`.

        An optional field that is `null` counts as left out. In a `PATCH` a field that is left out keeps its value; \
        there `null` removes what an empty text removes (RFC 7396), and is refused for every other field. A whole \
        number may be written `5`, `5.0` or `5e0` and lies within 2^53 (RFC 8259 §6). For an `Idempotency-Key`, two \
        bodies with the same meaning are the same request. An `ETag` names a version. A tag that a proxy has weakened \
        (`W/`) counts like the original, because compressing a reply does not make another version of it. Bodies with \
        a `Content-Encoding` are refused. `Expect: 100-continue` is answered before the body is read. Every route that \
        takes `GET` takes `HEAD` as well.

        What a schema says of a value is enforced: lengths count Unicode code points as they are sent, and patterns \
        are those of ECMA 262 with the flag `u`. Addresses, languages and recurrences may have other spellings than \
        the pattern's; one spelling is stored. The description of a property says what no schema can say: a zone must \
        exist, a date must lie in the future. Text that people write must have a visible character. Text of several \
        lines must not override the direction of writing, and must end each change of direction in its paragraph (UAX \
        #9). Text of one line, such as a name, must have no control of direction and no invisible character, except \
        where its script needs one: joiners beside letters that join, and marks of direction beside letters of a \
        right-to-left script. A list in a query is separated by commas; a repeated parameter is accepted as well.

        Limits: \(settings.bodyLimit) bytes of JSON, \(settings.uploadLimit) bytes of a file, \(settings.headerLimit) \
        bytes of headers; \(settings.accountRate.capacity) requests at once and \(settings.accountRate.perSecond) a \
        second for an account, \(settings.addressRate.capacity) and \(settings.addressRate.perSecond) for an address, \
        \(settings.publicRate.capacity) and \(settings.publicRate.perSecond) for an address on routes without sign-in; \
        \(settings.streamsPerAccount) event streams and \(settings.transfersPerAccount) files at a time for an \
        account. One network (an IPv4 address, a /64 of IPv6) may use \(settings.networkShare)% of what a gateway has \
        of requests, streams, files and connections at a time.

        Event streams are made for `EventSource`, which gives up for good at any status but 200. Where another client \
        gets a refusal with `Retry-After`, a client that asks for a stream and names `text/event-stream` in `Accept` \
        therefore gets 200 with a stream of one event `problem`. The event's data is the problem's body, and `retry` \
        says when `EventSource` reconnects with its `Last-Event-ID`. An open stream ends with the event `problem` \
        within a second after the session or the part in the case has ended, and with `goodbye` when the gateway shuts \
        down. The answer to the next attempt says whether to continue. Uploads and downloads end as quickly.
        """
    }
}
