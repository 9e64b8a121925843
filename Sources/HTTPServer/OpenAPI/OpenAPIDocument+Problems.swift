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
            // A write that takes no body reads one all the same, to refuse what it holds.
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
                "requestId": word("Name this to the operators; it is the header `X-Request-Id`"),
                "errors": [
                    "type": "array", "items": fieldError, "description": "Every place of the request that is wrong",
                ],
            ],
        ]
    }

    static func introduction(_ settings: GatewaySettings) -> String {
        """
        The scheduling and messaging backend of a virtual second-opinion service.

        Bodies are JSON in UTF-8 with camelCase keys; what is unknown is refused by name. Instants are RFC 3339 in UTC. \
        Refusals are `application/problem+json` (RFC 9457). Writes take `Idempotency-Key`; what two people can edit has \
        an `ETag` and takes `If-Match`. Lists page by `limit` and an opaque `after`, with `Link: rel="next"`. Every \
        reply has `X-Request-Id`.

        An optional field that is `null` is as good as left out; in a `PATCH`, where what is left out stays as it is, it removes \
        what an empty text removes (RFC 7396) and is refused elsewhere. A whole number may be written `5`, `5.0` or `5e0` and lies within 2^53 (RFC 8259 §6). Two bodies that mean \
        the same are the same request for an `Idempotency-Key`. `ETag`s name versions: a tag that a proxy has weakened \
        (`W/`) is taken like the one it was, because compressing a reply does not make another version of it. Bodies with a \
        `Content-Encoding` are not taken. `Expect: 100-continue` is answered before the body is read. Every `GET` has its \
        `HEAD`.

        What a schema says of a value is what is enforced: lengths count Unicode code points as they are sent, and patterns \
        are those of ECMA 262 with the flag `u`. Of addresses, languages and recurrences other spellings than the pattern's \
        are taken as well, and kept in one. What no schema can say (a zone that must exist, a date \
        that must lie ahead) stands in the description of its property. Text that people write has a character that can be seen. \
        In several lines it overrides no direction, and ends each change of it in its paragraph (UAX #9). A text of one line, \
        such as a name, has no control of direction and no invisible character, except where its script needs one: joiners \
        beside letters that join, and marks of direction beside letters from right to left. A list in a query is written with commas; the \
        parameter repeated is taken as well.

        Limits: \(settings.bodyLimit) bytes of JSON, \(settings.uploadLimit) bytes of a file, \(settings.headerLimit) \
        bytes of headers; \(settings.accountRate.capacity) requests at once and \(settings.accountRate.perSecond) a \
        second for an account, \(settings.addressRate.capacity) and \(settings.addressRate.perSecond) for an address, \
        \(settings.publicRate.capacity) and \(settings.publicRate.perSecond) for an address on routes without sign-in; \
        \(settings.streamsPerAccount) event streams and \(settings.transfersPerAccount) files at a time for an account. One \
        network (an IPv4 address, a /64 of IPv6) may have \(settings.networkShare)% of what a gateway has of requests, \
        streams, files and connections at a time.

        Event streams are made for `EventSource`, which gives up for good when it is answered anything but 200. Whoever \
        asks for one and names `text/event-stream` in `Accept` is therefore answered 200 where another client gets a refusal with \
        `Retry-After`: a stream of one event `problem`, whose data is the problem's body, and a `retry` after which \
        `EventSource` comes back by itself, with its `Last-Event-ID`. A stream that is open ends with the event `problem` \
        when the session or the part in the case ends (within a second), and with `goodbye` when the gateway leaves; \
        what the next attempt is answered says whether to go on. Uploads and downloads end as quickly.
        """
    }
}
