import Clinic
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("Every request is answered as documented", .database, .timeLimit(.minutes(5)))
struct RequestTests {
    private let note = #"{"title":"a","count":1,"mood":"calm","parts":[]}"#
    private let someID = "0192f0c1-7d2e-7a41-9c3b-5f1de0a7b842"

    private static let queries: [(query: String, status: Int, errors: Set<String>)] = [
        ("?limit=7", 200, []), ("", 200, []), ("?limit=0", 400, ["limit range"]), ("?limit=x", 400, ["limit format"]),
        ("?limit=-9223372036854775808", 400, ["limit format"]), ("?limit=9007199254740992", 400, ["limit format"]),
        ("?limit=1&limit=2", 400, ["limit duplicate"]), ("?lim=1&limt=2", 400, ["lim unknown", "limt unknown"]),
    ]

    private func with(
        _ settings: (inout GatewaySettings) -> Void = { _ in },
        _ body: @Sendable (TestGateway, TestPerson) async throws -> Void
    ) async throws {
        try await makeNoteTable()
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with(testEndpoints(), people: [anna], settings: settings) { try await body($0, anna) }
    }

    @Test("A wrong body names its places and changes nothing")
    func wrongFields() async throws {
        try await with { gateway, anna in
            let body = #"{"title":"wrong","count":"x","mood":"calm","parts":[{"nam":"x"}],"more":1}"#
            let reply = try await gateway.send(.post, "/v1/notes", as: anna, json: body)
            #expect(reply.status == 422)
            #expect(reply.problem == "invalid-fields")
            #expect(
                reply.errors == [
                    "/count type", "/parts/0/name missing", "/parts/0/nam unknown", "/more unknown",
                ])
            #expect(try await countNotes("wrong") == 0)
        }
    }

    @Test("Malformed JSON is 400 with the byte")
    func malformed() async throws {
        try await with { gateway, anna in
            let reply = try await gateway.send(.post, "/v1/notes", as: anna, json: #"{"title":"#)
            #expect(reply.status == 400)
            #expect(reply.problem == "malformed-json")
            #expect(reply.json["detail"] == "Expected a value at byte 9.")
        }
    }

    @Test("A body beyond the limit is 413 and closes the connection; one within it is read")
    func tooLarge() async throws {
        try await with({ $0.bodyLimit = 1000 }) { gateway, anna in
            let padding = String(repeating: " ", count: 1000)
            let large = try await gateway.send(.post, "/v1/notes", as: anna, json: padding + note)
            #expect(large.status == 413)
            #expect(large.problem == "too-large")
            #expect(large.header("Connection") == "close")
            let fits = try await gateway.send(.post, "/v1/notes", as: anna, json: String(padding.dropLast(100)) + note)
            #expect(fits.status == 201)
            #expect(fits.header("Connection") != "close")
        }
    }

    @Test("A wrong method is 405 with Allow, an unknown path 404")
    func methods() async throws {
        try await with { gateway, anna in
            let wrong = try await gateway.send(.put, "/v1/notes", as: anna)
            #expect(wrong.status == 405)
            #expect(wrong.header("Allow") == "POST")
            #expect(wrong.problem == "method-not-allowed")
            let unknown = try await gateway.send(.get, "/v1/nothing", as: anna)
            #expect(unknown.status == 404)
            #expect(unknown.problem == "not-found")
            #expect(try await gateway.send(.get, "/v1/notes/seven", as: anna).status == 404)
        }
    }

    @Test(
        "A wrong media type is refused",
        arguments: [
            ("text/plain", 415), ("application/json; charset=latin1", 415), ("application/json;charset=UTF-8", 201),
        ])
    func media(type: String, status: Int) async throws {
        try await with { gateway, anna in
            let reply = try await gateway.send(
                .post, "/v1/notes", as: anna, json: note, headers: ["Content-Type": type])
            #expect(reply.status == status)
        }
    }

    @Test("An Accept that leaves JSON out is 406", arguments: [("text/html", 406), ("text/html, */*;q=0.1", 200)])
    func accept(value: String, status: Int) async throws {
        try await with { gateway, _ in
            let reply = try await gateway.send(.get, "/v1/public", headers: ["Accept": value])
            #expect(reply.status == status)
        }
    }

    @Test("Without a live session a route answers 401 with a challenge; without the role 403")
    func access() async throws {
        try await with { gateway, anna in
            let none = try await gateway.send(.get, "/v1/desk")
            #expect(none.status == 401)
            #expect(none.header("WWW-Authenticate") == "Bearer")
            let wrong = try await gateway.send(.get, "/v1/desk", headers: ["Authorization": "Bearer nonsense"])
            #expect(wrong.status == 401)
            #expect(wrong.header("WWW-Authenticate") == #"Bearer error="invalid_token""#)
            let patient = try await gateway.send(.get, "/v1/desk", as: anna)
            #expect(patient.status == 403)
            #expect(patient.problem == "not-allowed")
        }
        let desk = try await TestPerson.signedUp([.coordinator])
        try await TestGateway.with(testEndpoints(), people: [desk]) { gateway in
            let reply = try await gateway.send(.get, "/v1/desk", as: desk)
            #expect(reply.status == 200)
        }
    }

    @Test(
        "Query parameters are checked by name",
        arguments: Self.queries)
    func query(query: String, status: Int, errors: Set<String>) async throws {
        try await with { gateway, anna in
            let reply = try await gateway.send(.get, "/v1/notes/\(someID)\(query)", as: anna)
            #expect(reply.status == status)
            #expect(reply.errors == errors)
        }
    }

    @Test("HEAD answers as GET does, without the body; a known ETag answers 304")
    func head() async throws {
        try await with { gateway, anna in
            let get = try await gateway.send(.get, "/v1/notes/\(someID)", as: anna)
            let head = try await gateway.send(.head, "/v1/notes/\(someID)", as: anna)
            #expect(head.status == 200)
            #expect(head.text.isEmpty)
            #expect(head.header("Content-Length") == String(get.text.utf8.count))
            let tag = try #require(get.header("ETag"))
            #expect(tag.hasPrefix("\"7-"))
            let known = try await gateway.send(
                .get, "/v1/notes/\(someID)", as: anna, headers: ["If-None-Match": tag])
            #expect(known.status == 304)
            #expect(known.text.isEmpty)
        }
    }

    @Test("A write that needs If-Match says so")
    func ifMatch() async throws {
        try await with { gateway, anna in
            #expect(try await gateway.send(.delete, "/v1/notes/\(someID)", as: anna).status == 428)
            let done = try await gateway.send(.delete, "/v1/notes/\(someID)", as: anna, headers: ["If-Match": "\"1\""])
            #expect(done.status == 204)
            #expect(done.text.isEmpty)
        }
    }

    @Test("A sane request id is taken over, another is replaced, and the log has it")
    func requestID() async throws {
        try await with { gateway, _ in
            let sane = try await gateway.send(.get, "/v1/public", headers: ["X-Request-Id": "trace-12345678"])
            #expect(sane.header("X-Request-Id") == "trace-12345678")
            #expect(gateway.log.lines.contains { $0.contains("request=trace-12345678") })
            let odd = try await gateway.send(.get, "/v1/public", headers: ["X-Request-Id": "a b c d e f g h i"])
            #expect(odd.header("X-Request-Id")?.count == 36)
        }
    }

    @Test("The log has the template and never the concrete path or query")
    func accessLog() async throws {
        try await with { gateway, anna in
            _ = try await gateway.send(.get, "/v1/notes/\(someID)?limit=3", as: anna)
            let line = try #require(gateway.log.lines.first { $0.contains("route=GET /v1/notes/{id}") })
            #expect(line.contains("status=200"))
            #expect(line.contains("account=\(anna.caller.account)"))
            #expect(!gateway.log.lines.contains { $0.contains(someID) || $0.contains("limit=3") })
        }
    }

    @Test("An unexpected error tells the caller nothing and the log only its type")
    func leaksNothing() async throws {
        try await with { gateway, anna in
            let body = #"{"title":"crash","count":1,"mood":"calm","parts":[{"name":"canary-in-the-body"}]}"#
            let reply = try await gateway.send(.post, "/v1/notes", as: anna, json: body)
            #expect(reply.status == 500)
            #expect(reply.problem == "internal-fault")
            #expect(!reply.text.contains("canary"))
            #expect(!gateway.log.lines.contains { $0.contains("canary") })
            #expect(gateway.log.lines.contains { $0.contains("GatewayTests.Unspeakable") })
            #expect(try await countNotes("crash") == 0)
        }
    }

    @Test("Every answer carries the security headers")
    func headers() async throws {
        try await with { gateway, _ in
            for path in ["/v1/public", "/v1/nothing", "/openapi.json"] {
                let reply = try await gateway.send(.get, path)
                #expect(reply.header("X-Content-Type-Options") == "nosniff")
                #expect(reply.header("Cache-Control") == "no-store")
                #expect(
                    reply.header("Content-Security-Policy")
                        == "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox")
                #expect(reply.header("Referrer-Policy") == "no-referrer")
                #expect(reply.header("Strict-Transport-Security") == nil)
            }
        }
    }

    @Test("What a read delivers is recorded; when it cannot be, the answer does not leave")
    func audit() async throws {
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with(testEndpoints(), people: [anna]) { gateway in
            let reply = try await gateway.send(.get, "/v1/notes/\(someID)", as: anna)
            #expect(reply.status == 200)
            #expect(await gateway.recorded.entries.map(\.actor) == [anna.caller.account])
        }
        try await TestGateway.with(testEndpoints(), people: [anna], record: { _ in throw Unspeakable() }) { gateway in
            let reply = try await gateway.send(.get, "/v1/notes/\(someID)", as: anna)
            #expect(reply.status == 500)
            #expect(!reply.text.contains("Knee"))
        }
    }
}
