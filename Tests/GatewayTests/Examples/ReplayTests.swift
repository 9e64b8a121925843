@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("The document's own examples, sent to the service", .database, .timeLimit(.minutes(10)))
struct ReplayTests {
    @Test("Every operation is answered as its example shows")
    func examples() async throws {
        try await Scenario.begin { beginning in
            var scenario = beginning
            try await scenario.playAll()
            #expect(scenario.replay.lies.sorted() == [])
            #expect(scenario.replay.unplayed == [])
        }
    }

    private struct Greeting: Codable, Sendable {
        var hello: Int
        var more: [String]
    }

    private static func route(_ path: String, _ answer: Answer<Greeting>) -> Endpoint {
        .read(
            .get, path, .ops, "A greeting", access: .everyone, returns: answer,
            audits: .nothing(because: "it is a test")
        ) { _ in Greeting(hello: 1, more: []) }
    }

    @Test("Control: what is shown and not answered is named, and so is an operation that nobody plays")
    func lies() async throws {
        let example = Greeting(hello: 1, more: ["x"])
        let liars = [
            Self.route("/v1/public", .ok("Hello", example: example, headers: ["ETag": "Its version"])),
            Self.route("/v1/never", .ok("Hello", example: example)),
        ]
        let document = try OpenAPIDocument(liars, settings: GatewaySettings()).json
        try await TestGateway.with(testEndpoints()) { gateway in
            var replay = Replay(gateway, document)
            try await replay.play("GET /v1/public")
            #expect(
                replay.lies == [
                    "GET /v1/public: /hello is a number, answered with a string",
                    "GET /v1/public: /more is shown and not answered",
                    "GET /v1/public: the header ETag is promised and not answered",
                ])
            #expect(replay.unplayed == ["GET /v1/never"])
        }
    }

    @Test(
        "Control: another status than the promised one stops the scenario, and so does another text than the shown one")
    func stops() async throws {
        let example = Greeting(hello: 1, more: ["x"])
        let liars = [
            Self.route("/v1/public", .created("Hello", example: example)),
            .write(
                .post, "/v1/notes", .ops, "Keep a note", body: .json(example: Note.example),
                returns: .created("Kept", example: example), replays: .nothing(because: "it is a test")
            ) { _, _ in example },
        ]
        let document = try OpenAPIDocument(liars, settings: GatewaySettings()).json
        try await TestGateway.with(testEndpoints()) { gateway in
            var replay = Replay(gateway, document)
            await #expect(throws: Replay.Stop.self) { try await replay.play("GET /v1/public") }
            await #expect(throws: Replay.Stop.self) {
                try await replay.play("POST /v1/notes", with: ["/title": "Another"])
            }
        }
    }

    @Test(
        "An answer is like an example if it has all that is shown, in kind and in words",
        arguments: [
            (#"{"mood":"calm","parts":[{"name":"a"}]}"#, #"{"mood":"calm","parts":[{},{"name":"b"}],"x":1}"#, []),
            (#"{"mood":"calm"}"#, #"{"mood":"worried"}"#, ["/mood is answered with another word"]),
            (#"{"title":"a"}"#, #"{"title":"b"}"#, []),
            (#"{"parts":[{"name":"a"}]}"#, #"{"parts":[]}"#, ["/parts/0 is shown and not answered"]),
            (#"{"parts":[{"name":"a"}]}"#, #"{"parts":[{}]}"#, ["/parts/0/name is shown and not answered"]),
            (#"{"parts":[]}"#, #"{"parts":[{}]}"#, []),
            (#"{"parts":[]}"#, #"{"parts":{}}"#, ["/parts is an array, answered with an object"]),
            (#"{"count":1}"#, #"{"count":null}"#, ["/count is a number, answered with null"]),
        ] as [(String, String, [String])])
    func comparison(example: String, answer: String, lacks: [String]) throws {
        let document = try OpenAPIDocument(testEndpoints(), settings: GatewaySettings()).json
        let comparison = ShapeComparison(schemas: Schemas(document: document))
        let (shown, given) = try (
            JSONParser.parse(Array(example.utf8)).value, JSONParser.parse(Array(answer.utf8)).value
        )
        #expect(comparison.lacks(given, of: shown, ["$ref": "#/components/schemas/Note"]) == lacks)
    }
}
