import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import ServiceAPI
import Testing
import TestSupport

/// What an OpenAPI document must hold to be of use, checked on any list of endpoints.
enum OpenAPIChecks {
    /// Everything wrong with the document: references that lead nowhere, operations without summary, example, or
    /// unique id, parameters in the path that are not declared, replies without description.
    static func faults(in document: JSONValue) -> [String] {
        var faults: [String] = []
        func check(_ holds: Bool, _ fault: String) { if !holds { faults.append(fault) } }
        check(document["openapi"] == "3.1.0", "not OpenAPI 3.1")
        var ids: Set<String> = []
        for path in members(document["paths"]) {
            check(path.name.hasPrefix("/"), "\(path.name) does not begin with a slash")
            for operation in members(path.value) {
                let name = "\(operation.name) \(path.name)"
                let value = operation.value
                if case .string(let id)? = value["operationId"] {
                    check(ids.insert(id).inserted, "\(name): operationId twice")
                } else {
                    faults.append("\(name): no operationId")
                }
                if case .string(let summary)? = value["summary"] { check(!summary.isEmpty, "\(name): no summary") }
                let declared = elements(value["parameters"]).filter { $0["in"] == "path" }.compactMap { $0["name"] }
                let named = PathTemplate(path.name).parameterNames.map(JSONValue.string)
                check(declared == named, "\(name): path parameters \(declared) are not \(named)")
                let responses = members(value["responses"])
                check(responses.contains { $0.name.hasPrefix("2") }, "\(name): no success")
                for response in responses {
                    check(response.value["description"] != nil, "\(name): \(response.name) without description")
                    for content in members(response.value["content"]) where content.name.hasSuffix("json") {
                        let isShown = content.value["example"] != nil || content.value["examples"] != nil
                        check(isShown, "\(name): \(response.name) without example")
                    }
                }
            }
        }
        for reference in references(in: document) {
            let tokens = reference.split(separator: "/").dropFirst().map(String.init)
            let target = tokens.reduce(Optional(document)) { $0?[$1] }
            check(reference.hasPrefix("#/") && target != nil, "\(reference) leads nowhere")
        }
        // Whom a text means it does not know.
        for match in String(decoding: document.bytes, as: UTF8.self).matches(
            of: /[^"]{0,30}\b([Ss]he|[Hh]er|[Hh]ers|[Hh]erself|[Hh]e|[Hh]im|[Hh]is)\b[^"]{0,30}/)
        {
            faults.append("people are they: \(match.output.0)")
        }
        return faults
    }

    /// The properties and parameters of which the document does not say what they are.
    static func undescribed(in value: JSONValue, at place: String = "") -> [String] {
        switch value {
        case .object(let members):
            members.flatMap { member -> [String] in
                let below = "\(place)/\(member.name)"
                if ["example", "examples"].contains(member.name) { return [] }
                guard member.name == "properties" else { return undescribed(in: member.value, at: below) }
                return Self.members(member.value).flatMap { property in
                    (isDescribed(property.value) ? [] : ["\(below)/\(property.name)"])
                        + undescribed(in: property.value, at: "\(below)/\(property.name)")
                }
            }
        case .array(let elements):
            elements.flatMap { element in
                let isParameter = element["in"] != nil && element["name"] != nil
                let name = element["name"]?.asString ?? ""
                return (isParameter && !isDescribed(element) ? ["\(place)/\(name)"] : [])
                    + undescribed(in: element, at: place)
            }
        default: []
        }
    }

    private static func isDescribed(_ value: JSONValue) -> Bool { value["description"]?.asString?.isEmpty == false }

    /// The operations of a document, each by its method and path.
    static func operations(of document: JSONValue) -> [JSONValue.Member] {
        members(document["paths"]).flatMap { path in
            members(path.value).map { .init(name: "\($0.name.uppercased()) \(path.name)", value: $0.value) }
        }
    }

    static func members(_ value: JSONValue?) -> [JSONValue.Member] {
        if case .object(let members)? = value { members } else { [] }
    }

    static func elements(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let elements)? = value { elements } else { [] }
    }

    private static func references(in value: JSONValue) -> [String] {
        switch value {
        case .object(let members):
            members.flatMap { member -> [String] in
                if member.name == "$ref", case .string(let text) = member.value { return [text] }
                return references(in: member.value)
            }
        case .array(let elements): elements.flatMap { references(in: $0) }
        default: []
        }
    }
}

@Suite("The OpenAPI document tells the truth", .database, .timeLimit(.minutes(5)))
struct OpenAPITests {
    private func document() throws -> JSONValue {
        try OpenAPIDocument(testEndpoints(), settings: GatewaySettings()).json
    }

    @Test("Every route is in the document, and nothing else")
    func complete() throws {
        let document = try document()
        let listed = OpenAPIChecks.operations(of: document).map(\.name)
        #expect(listed.sorted() == testEndpoints().map(\.route).sorted())
    }

    @Test("The document is well formed")
    func wellFormed() throws { #expect(try OpenAPIChecks.faults(in: document()) == []) }

    @Test("Control: a reference that leads nowhere, a missing example and a guess of who somebody is are seen")
    func faultsAreSeen() {
        let broken: JSONValue = [
            "openapi": "3.1.0",
            "paths": [
                "/a/{id}": [
                    "get": [
                        "operationId": "x", "summary": "Her case", "parameters": [],
                        "responses": ["200": ["content": ["application/json": ["schema": ["$ref": "#/components/x"]]]]],
                    ]
                ]
            ],
        ]
        #expect(OpenAPIChecks.faults(in: broken).count == 5)
    }

    @Test("Control: a property and a parameter of which nothing is said are seen")
    func undescribed() {
        let document: JSONValue = [
            "paths": [
                "/a": [
                    "get": [
                        "parameters": [
                            ["name": "b", "in": "query"], ["name": "c", "in": "query", "description": "It"],
                        ]
                    ]
                ]
            ],
            "components": [
                "schemas": [
                    "X": [
                        "properties": [
                            "known": ["description": "It", "properties": ["unknown": ["type": "string"]]],
                            "empty": ["description": "", "type": "string"],
                        ]
                    ]
                ]
            ],
        ]
        #expect(
            OpenAPIChecks.undescribed(in: document) == [
                "/paths//a/get/parameters/b", "/components/schemas/X/properties/known/properties/unknown",
                "/components/schemas/X/properties/empty",
            ])
    }

    @Test("A body's schema is what the strict decoder enforces")
    func schema() throws {
        let schema = try #require(try document()["components"]?["schemas"]?["Note"])
        #expect(
            schema == [
                "type": "object",
                "properties": [
                    "caseID": ["type": "string", "format": "uuid"],
                    "count": ["type": "integer", "minimum": 0, "maximum": 9, "description": "How many"],
                    "due": [
                        "type": "string", "pattern": .string(RFC3339.form.pattern), "format": "date-time",
                    ],
                    "mood": ["type": "string", "enum": ["calm", "worried"]],
                    "parts": [
                        "type": "array", "items": ["$ref": "#/components/schemas/Part"], "maxItems": 3,
                        "description": "Its parts",
                    ],
                    "title": [
                        "type": "string", "minLength": 1, "maxLength": 20, "pattern": "^[^\\x00]*$",
                        "description": "What it is about",
                    ],
                ],
                "required": ["count", "mood", "parts", "title"],
                "additionalProperties": false,
            ])
        let part = try #require(try document()["components"]?["schemas"]?["Part"])
        #expect(part["required"] == ["name"])
        #expect(part["properties"]?["weight"] == ["type": "number"])
    }

    @Test("An optional field that the example leaves out still has its type")
    func probing() throws {
        struct Sparse: Codable, Sendable {
            struct Inner: Codable, Sendable { var flag: Bool? }
            var when: Date?
            var inner: Inner?
            var many: [Inner]?
            var byName: [String: Int]?
            var state: Note.Mood?
        }
        let shelf = SchemaRegistry()
        let body = try DocumentedBody(json: Sparse())
        #expect(body.unknownPlaces == [])
        _ = body.content(shelf, as: ["application/json"])
        #expect(
            shelf.schemas["Sparse"]?["properties"] == [
                "byName": ["type": "object", "additionalProperties": ["type": "integer"]],
                "inner": ["$ref": "#/components/schemas/Inner"],
                "many": ["type": "array", "items": ["$ref": "#/components/schemas/Inner"]],
                "state": ["type": "string", "enum": ["calm", "worried"]],
                "when": ["type": "string", "pattern": .string(RFC3339.form.pattern), "format": "date-time"],
            ])
        #expect(shelf.schemas["Inner"]?["properties"] == ["flag": ["type": "boolean"]])
    }

    @Test("An example that hides a type, or breaks its own limits, stops the gateway from starting")
    func badExamples() {
        let empty = Endpoint.read(
            .get, "/v1/x", .ops, "x", returns: .ok("x", example: [String]()), audits: .nothing(because: "it is a test")
        ) { _ in [] }
        #expect(throws: OpenAPIDocument.Fault.self) { try OpenAPIDocument([empty], settings: GatewaySettings()) }
        var long = Note.example
        long.title = String(repeating: "x", count: 21)
        let broken = Endpoint.write(
            .post, "/v1/x", .ops, "x", body: .json(example: long), returns: .noContent("x"), replays: .noBody
        ) { _, _ in NoContent() }
        #expect(throws: OpenAPIDocument.Fault.self) { try OpenAPIDocument([broken], settings: GatewaySettings()) }
    }

    @Test("The document is served, and its request examples are accepted as they stand")
    func examples() async throws {
        try await makeNoteTable()
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with(testEndpoints(), people: [anna]) { gateway in
            let served = try await gateway.send(.get, "/openapi.json")
            #expect(served.json == gateway.gateway.openAPI.json)
            let operation = served.json["paths"]?["/v1/notes"]?["post"]
            let content = operation?["requestBody"]?["content"]?["application/json"]
            let example = try #require(content?["example"])
            let reply = try await gateway.send(
                .post, "/v1/notes", as: anna, json: String(decoding: example.bytes, as: UTF8.self))
            #expect(reply.status == 201)
        }
    }

    @Test("Every refusal that a test sees is documented for its route")
    func refusals() throws {
        let write = try #require(testEndpoints().first { $0.route == "POST /v1/notes" })
        let kinds = Set(OpenAPIDocument.refusals(of: write).map(\.name))
        #expect(
            kinds.isSuperset(of: [
                "sign-in-needed", "malformed-json", "invalid-fields", "too-large", "unsupported-media", "key-reused",
                "conflict", "too-many-requests", "busy", "outcome-unknown", "too-slow", "took-too-long",
            ]))
        #expect(!kinds.contains("not-allowed"))
    }

    @Test("A search is documented as a read, which has no outcome that could be unknown")
    func search() {
        let search = Endpoint.read(
            .post, "/v1/search", .ops, "Searches", body: .json(example: ["a": "b"]), returns: .ok("x", example: "x"),
            audits: .nothing(because: "it is a test")
        ) { _, _ in "" }
        let kinds = OpenAPIDocument.refusals(of: search)
        #expect(!kinds.contains(.outcomeUnknown) && !kinds.contains(.conflict))
        #expect(kinds.contains(.malformedJSON))
    }
}
