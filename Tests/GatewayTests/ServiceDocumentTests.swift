@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("The document of the whole service", .database, .timeLimit(.minutes(5)))
struct ServiceDocumentTests {
    @Test("Every route is in the document that is served, nothing else is, and it is well formed")
    func complete() async throws {
        let services = try await TestServices.make()
        try await services.run { gateway in
            let served = try await gateway.send(.get, "/openapi.json").json
            let listed = OpenAPIChecks.operations(of: served).map(\.name)
            #expect(listed.sorted() == services.all.endpoints.map(\.route).sorted())
            #expect(OpenAPIChecks.faults(in: served) == [])
            let undescribed = OpenAPIChecks.undescribed(in: served)
            #expect(undescribed == [], "\(undescribed.count): \(undescribed.joined(separator: "\n"))")
        }
    }

    @Test("Each example's wall-clock times are its instants by the clocks that they name")
    func wallTimes() async throws {
        let document = try await OpenAPIDocument(TestServices.make().all.endpoints, settings: GatewaySettings())
            .json
        let times = WallClockTimeExamples.times(in: document)
        #expect(times.count > 30)
        #expect(times.filter { !$0.agrees }.map(\.description) == [])
        let wrong: JSONValue = [
            "startsAt": "2027-03-15T13:30:00Z",
            "partyTime": ["local": "2027-03-15T08:30", "timeZone": "America/New_York"],
        ]
        #expect(WallClockTimeExamples.times(in: wrong).map(\.agrees) == [false])
    }

    @Test("Every example conforms to its own schema")
    func examples() async throws {
        let document = try await OpenAPIDocument(TestServices.make().all.endpoints, settings: GatewaySettings())
            .json
        var bare: [String] = []
        var faults: [String] = []
        for operation in OpenAPIChecks.operations(of: document) {
            var bodies = OpenAPIChecks.members(operation.value["responses"])
            if let body = operation.value["requestBody"] { bodies.append(.init(name: "request", value: body)) }
            for body in bodies {
                for content in OpenAPIChecks.members(body.value["content"]) where content.name.hasSuffix("json") {
                    let examples = Self.examples(of: content.value)
                    if examples.isEmpty { bare.append("\(operation.name), \(body.name)") }
                    for example in examples {
                        let found = Schemas(document: document).faults(example, content.value["schema"] ?? [:])
                        faults += found.map { "\(operation.name), \(body.name): \($0)" }
                    }
                }
            }
        }
        #expect(faults == [])
        #expect(bare == [], "no example")
    }

    private static func examples(of content: JSONValue) -> [JSONValue] {
        (content["example"].map { [$0] } ?? [])
            + OpenAPIChecks.members(content["examples"]).map { $0.value["value"] ?? .null }
    }

    @Test(
        "Control: what a schema forbids is seen",
        arguments: [
            ("null", "/ breaks type"), (#"{"title":"x","count":1,"mood":"calm"}"#, "/parts is missing"),
            (#"{"title":"x","count":"1","mood":"calm","parts":[]}"#, "/count breaks type"),
            (#"{"title":"x","count":1,"mood":"sad","parts":[]}"#, "/mood breaks enum"),
            (#"{"title":"x","count":1.5,"mood":"calm","parts":[]}"#, "/count breaks type"),
            (#"{"title":"x","count":1,"mood":"calm","parts":[],"more":1}"#, "/more is unknown"),
            (#"{"title":"x","count":1,"mood":"calm","parts":[{"name":null}]}"#, "/parts/0/name breaks type"),
            (#"{"title":"x","count":1,"mood":"calm","due":null,"parts":[]}"#, "/due breaks type"),
            (#"{"title":"","count":1,"mood":"calm","parts":[]}"#, "/title breaks minLength"),
        ])
    func schemaFaults(text: String, fault: String) throws {
        let document = try OpenAPIDocument(testEndpoints(), settings: GatewaySettings()).json
        let value = try JSONParser.parse(Array(text.utf8)).value
        let schema: JSONValue = ["$ref": "#/components/schemas/Note"]
        #expect(Schemas(document: document).faults(value, schema) == [fault])
    }

    @Test("Control: an answer that another document promises is recorded as an issue, by route, status and place")
    func wrongDocument() async throws {
        struct Strict: Codable, Sendable { var hello: Int }
        let strict = Endpoint.read(
            .get, "/v1/public", .ops, "A greeting", access: .everyone,
            returns: .created("Hello", example: Strict(hello: 1)), audits: .nothing(because: "it is a test")
        ) { _ in Strict(hello: 1) }
        let promise = try Contract(OpenAPIDocument([strict], settings: GatewaySettings()).json, [strict])
        func found(_ status: Int, _ mediaType: String, _ body: String) -> [String] {
            promise.deviations(.get, "/v1/public?x=1", status: status, mediaType: mediaType, body: body)
        }
        #expect(found(201, "application/json", #"{"hello":1}"#) == [])
        #expect(found(201, "application/json", #"{"hello":"you"}"#) == ["GET /v1/public, 201: /hello breaks type"])
        #expect(found(200, "application/json", #"{"hello":1}"#) == ["GET /v1/public, 200: is not documented"])
        #expect(found(201, "text/plain", #"{"hello":1}"#).count == 1)
        let problem = Problem(.codeNeeded).json(requestID: "x")
        #expect(found(404, "application/problem+json", String(decoding: problem.bytes, as: UTF8.self)).count == 1)
        // The same over a socket, through the client that every test uses.
        try await TestGateway.with(testEndpoints()) { gateway in
            let liar = TestGateway(
                gateway: gateway.gateway, port: gateway.port, opsPort: gateway.opsPort, log: gateway.log,
                recorded: gateway.recorded, group: gateway.group, contract: promise)
            _ = try await gateway.send(.get, "/v1/public")
            try await withKnownIssue {
                _ = try await liar.send(.get, "/v1/public")
            } matching: { issue in
                issue.comments.contains { $0.rawValue.contains("GET /v1/public, 200: is not documented") }
            }
        }
    }
}
