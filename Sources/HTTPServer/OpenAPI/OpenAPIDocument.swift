import Clinic
import HTTPTypes
package import JSON

/// The OpenAPI 3.1 document of a list of endpoints. Nothing in it is written twice: routes, schemas and limits come
/// from the values that answer the requests.
package struct OpenAPIDocument: Sendable {
    /// An example that does not fit its own type, or that leaves a type open.
    package struct Fault: Error, CustomStringConvertible {
        package let route: String
        package let reason: String
        package var description: String { "\(route): \(reason)" }
    }

    /// The document.
    package let json: JSONValue

    /// - Throws: `Fault` naming the first route whose example is not good enough to document it.
    package init(_ endpoints: [Endpoint], settings: GatewaySettings) throws {
        let registry = SchemaRegistry()
        var paths: [(path: String, item: JSONValue)] = []
        for endpoint in endpoints {
            let operation = try Self.operation(endpoint, registry, settings)
            let method = endpoint.method.rawValue.lowercased()
            if let index = paths.firstIndex(where: { $0.path == endpoint.template.text }) {
                paths[index].item = paths[index].item.with(method, operation)
            } else {
                paths.append((endpoint.template.text, JSONValue.object([]).with(method, operation)))
            }
        }
        paths.sort { $0.path < $1.path }
        var tags: [Tag] = []
        for endpoint in endpoints where !tags.contains(endpoint.tag) { tags.append(endpoint.tag) }
        let kinds = Set(endpoints.flatMap(Self.refusals)).sorted { $0.name < $1.name }
        json = .members([
            "openapi": "3.1.0",
            "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
            "info": .members([
                "title": "Consilium", "version": .string(ProgramVersion.number),
                "description": .string(Self.introduction(settings)),
            ]),
            "tags": .array(
                tags.map { ["name": .string($0.name), "description": .string($0.text)] }),
            "paths": .object(paths.map { .init(name: $0.path, value: $0.item) }),
            "components": .members([
                "schemas": .object(
                    registry.schemas.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) }
                        + [.init(name: "Problem", value: Self.problemSchema)]),
                "responses": .object(kinds.map { .init(name: $0.name, value: Self.response($0)) }),
                "securitySchemes": [
                    "session": [
                        "type": "http", "scheme": "bearer",
                        "description": "The opaque token that `POST /v1/sessions` gives.",
                    ]
                ],
            ]),
        ])
    }

    private static func operation(
        _ endpoint: Endpoint, _ registry: SchemaRegistry, _ settings: GatewaySettings
    ) throws -> JSONValue {
        let details = [endpoint.details, access(endpoint.access), endpoint.auditing ?? ""].filter { !$0.isEmpty }
        let success = try success(endpoint, registry)
        var responses: [JSONValue.Member] = [.init(name: String(endpoint.success.status.code), value: success)]
        if endpoint.hasRanges { responses.append(.init(name: "206", value: partial(success))) }
        if endpoint.method == .get, endpoint.success.headers["ETag"] != nil {
            responses.append(
                .init(name: "304", value: ["description": "`If-None-Match` names the current version."]))
        }
        // One entry a status: kinds that share one are listed together.
        let kinds = Dictionary(grouping: refusals(of: endpoint), by: \.status.code)
        for (code, kinds) in kinds.sorted(by: { $0.key < $1.key }) {
            responses.append(.init(name: String(code), value: response(kinds)))
        }
        return .members([
            "operationId": .string(operationID(endpoint)),
            "tags": [.string(endpoint.tag.name)],
            "summary": .string(endpoint.summary),
            "description": .string(details.joined(separator: "\n\n")),
            "security": endpoint.access.hasCaller ? [["session": []]] : [],
            "parameters": .array(parameters(endpoint)),
            "requestBody": try requestBody(endpoint, registry, settings),
            "responses": .object(responses),
        ])
    }

    private static func operationID(_ endpoint: Endpoint) -> String {
        let words = endpoint.template.segments.dropFirst().map { segment in
            switch segment {
            case .literal(let text): text
            case .parameter(let name, let suffix): "by-\(name)\(suffix.replacing(".", with: "-"))"
            }
        }
        return ([endpoint.method.rawValue.lowercased()] + words).joined(separator: "-")
    }

    private static func access(_ access: Access) -> String {
        switch access {
        case .everyone: "Anybody may call this."
        case .signedIn: "Needs a session."
        case .roles(let roles):
            "Needs a session with the role \(roles.map(\.rawValue).sorted().joined(separator: " or "))."
        }
    }

    private static func parameters(_ endpoint: Endpoint) -> [JSONValue] {
        let declared = endpoint.parameters
        let path = endpoint.template.parameterNames.map { name in
            declared.first { $0.place == .path && $0.name == name }
                ?? .path(name, PlainID.self, "The id of the resource that the path names")
        }
        var all = (path + declared.filter { $0.place != .path }).map { parameter in
            JSONValue.members([
                "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
                "description": .string(parameter.text), "required": .bool(parameter.isRequired),
                "explode": parameter.isList ? false : nil, "schema": parameter.schema,
            ])
        }
        if endpoint.takesKey {
            all.append(
                header(
                    "Idempotency-Key",
                    "Makes a retry safe: for 24 hours the same request with the same key gets the answer of "
                        + "the first one, with `Idempotency-Replayed: true`. It does so only as long as you have the "
                        + "part in the case that you had then (`not-found` afterwards). The audit log counts it as a "
                        + "read.",
                    FieldRule.schema(of: .idempotencyKey)))
        }
        if endpoint.bodyMode == .stream {
            all.append(
                header(
                    "Last-Event-ID", "The id of the last event that was received; the stream continues after it.",
                    FieldRule.schema(of: .eventID)))
        }
        if endpoint.method == .get, endpoint.success.headers["ETag"] != nil {
            all.append(
                header(
                    "If-None-Match", "The `ETag` of the version that you have, several of them, or `*` for any.",
                    ["type": "string"]))
        }
        if endpoint.hasRanges {
            all.append(
                header(
                    "Range",
                    "One range of bytes, as `bytes=1000-`. Several ranges, or a range of bytes without a known "
                        + "length, get the whole.",
                    ["type": "string"]))
            all.append(
                header(
                    "If-Range", "The `ETag` of the version that your bytes are from; another version is sent whole.",
                    ["type": "string"]))
        }
        if endpoint.refusals.contains(.changedMeanwhile) || endpoint.refusals.contains(.matchNeeded) {
            all.append(
                header(
                    "If-Match",
                    "The `ETag` of the version that this changes, several of them, or `*` for the current one, "
                        + "whatever it is. A tag that a proxy has weakened (`W/`) names the same version.",
                    FieldRule.schema(of: .entityTags)))
            all.append(
                header(
                    "If-None-Match",
                    "The `ETag` of a version that must not be the current one, several of them, or `*` for any.",
                    FieldRule.schema(of: .entityTags)))
        }
        return all
    }

    /// The answer to a range: that of the whole, with `Content-Range`.
    private static func partial(_ success: JSONValue) -> JSONValue {
        let place: JSONValue = [
            "description": "Which bytes of how many, as `bytes 1000-1999/5000`", "schema": ["type": "string"],
        ]
        return success.with("description", "The bytes that `Range` asks for")
            .with("headers", (success["headers"] ?? [:]).with("Content-Range", place))
    }

    private static func header(_ name: String, _ text: String, _ schema: JSONValue) -> JSONValue {
        ["name": .string(name), "in": "header", "description": .string(text), "required": false, "schema": schema]
    }

    private static func requestBody(
        _ endpoint: Endpoint, _ registry: SchemaRegistry, _ settings: GatewaySettings
    ) throws -> JSONValue? {
        guard let request = endpoint.requestBody else { return nil }
        let limit = request.limit ?? (endpoint.bodyMode == .upload ? settings.uploadLimit : settings.bodyLimit)
        let body = try checked(request.body, endpoint, "request")
        return .members([
            "required": true, "description": .string("At most \(limit) bytes."),
            "content": body.content(registry, as: request.mediaTypes),
        ])
    }

    private static func success(_ endpoint: Endpoint, _ registry: SchemaRegistry) throws -> JSONValue {
        let success = endpoint.success
        let headers = success.headers.sorted { $0.key < $1.key }.map { name, text in
            JSONValue.Member(name: name, value: ["description": .string(text), "schema": ["type": "string"]])
        }
        return .members([
            "description": .string(success.text),
            "headers": headers.isEmpty ? nil : .object(headers),
            "content": try success.body.map {
                try checked($0, endpoint, "reply").content(registry, as: success.mediaTypes)
            },
        ])
    }

    private static func checked(
        _ body: () throws -> DocumentedBody, _ endpoint: Endpoint, _ which: String
    ) throws -> DocumentedBody {
        let made: DocumentedBody
        do {
            made = try body()
        } catch let invalid as InvalidFields {
            let places = invalid.faults.map { "\($0.pointer) \($0.detail)" }
            throw Fault(route: endpoint.route, reason: "the \(which) example does not fit its type: \(places)")
        }
        guard made.unknownPlaces.isEmpty else {
            let places = made.unknownPlaces.joined(separator: ", ")
            throw Fault(route: endpoint.route, reason: "the \(which) example must show \(places)")
        }
        return made
    }

    /// The type of an undeclared path parameter.
    private struct PlainID: ParameterValue {
        init?(parameter: String) { nil }
        static var parameterSchema: JSONValue { AccountID.parameterSchema }
        static var parameterDescription: String { AccountID.parameterDescription }
    }
}
