import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("A body counts by what it means", .database, .timeLimit(.minutes(5)))
struct BodyMeaningTests {
    private struct Change: Codable, Sendable, Ruled {
        struct Part: Codable, Sendable { var name: String? }
        var title: String?
        var remark: String?
        var parts: [Part]?

        static let rules: [String: FieldRule] = ["remark": .text(TextRule.lines(max: 9).orEmpty)]
    }

    private let change = Endpoint.write(
        .patch, "/v1/change", .ops, "Changes",
        body: .json(example: Change(title: "x", remark: "z", parts: [.init(name: "y")])),
        returns: .ok("x", example: ["title": "x", "remark": "z"]), replays: .nothing(because: "it is a test")
    ) { change, _ in ["title": change.title ?? "kept", "remark": change.remark ?? "kept"] }

    private func with(_ body: @Sendable (TestGateway, TestPerson) async throws -> Void) async throws {
        try await makeNoteTable()
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with(testEndpoints() + [change], people: [anna]) { try await body($0, anna) }
    }

    @Test(
        "To a change null removes what an empty text removes; else it is refused by its field, and deeper in it is as if it were not there"
    )
    func null() async throws {
        try await with { gateway, anna in
            let key = ["Idempotency-Key": "removal"]
            let removed = try await gateway.send(
                .patch, "/v1/change", as: anna, json: #"{"remark":null}"#, headers: key)
            #expect(removed.json["remark"] == "" && removed.json["title"] == "kept")
            let other = try await gateway.send(.patch, "/v1/change", as: anna, json: "{}", headers: key)
            #expect(other.status == 422)
            let refused = try await gateway.send(.patch, "/v1/change", as: anna, json: #"{"title":null}"#)
            #expect(refused.status == 422)
            #expect(refused.errors == ["/title type"])
            let taken = try await gateway.send(.patch, "/v1/change", as: anna, json: #"{"parts":[{"name":null}]}"#)
            #expect(taken.json["title"] == "kept")
        }
    }

    @Test("A key finds its answer again however its body is spelt, and not for another meaning")
    func fingerprint() async throws {
        try await with { gateway, anna in
            let key = ["Idempotency-Key": "meaning"]
            let first = #"{"title":"spelt","count":1,"mood":"calm","parts":[{"name":"x","weight":1.50}]}"#
            let made = try await gateway.send(.post, "/v1/notes", as: anna, json: first, headers: key)
            #expect(made.status == 201)
            for same in [
                #" { "parts":[{"weight":15e-1,"name":"\u0078"}], "mood":"calm", "title":"spelt", "count":1.0 } "#,
                #"{"title":"spelt","count":10e-1,"mood":"calm","due":null,"parts":[{"name":"x","weight":1.5}]}"#,
            ] {
                let again = try await gateway.send(.post, "/v1/notes", as: anna, json: same, headers: key)
                #expect(again.status == 201)
                #expect(again.text == made.text)
                #expect(again.header("Idempotency-Replayed") == "true")
            }
            for other in [
                #"{"title":"spelt","count":2,"mood":"calm","parts":[{"name":"x","weight":1.5}]}"#,
                #"{"title":"spelt","count":1,"mood":"calm","parts":[{"name":"x","weight":1.51}]}"#,
                #"{"title":"spelt","count":1,"mood":"calm","parts":[{"name":"x"}]}"#,
                #"{"title":"Spelt","count":1,"mood":"calm","parts":[{"name":"x","weight":1.5}]}"#,
            ] {
                let refused = try await gateway.send(.post, "/v1/notes", as: anna, json: other, headers: key)
                #expect(refused.problem == "key-reused", "\(other)")
            }
            #expect(try await countNotes("spelt") == 1)
        }
    }

    @Test("A write without a body is the same with an empty one and with an empty object")
    func emptyBodies() async throws {
        try await with { gateway, anna in
            let path = "/v1/notes/0192f0c1-7d2e-7a41-9c3b-5f1de0a7b842"
            let headers = ["Idempotency-Key": "empty", "If-Match": "\"1\""]
            let first = try await gateway.send(.delete, path, as: anna, headers: headers)
            #expect(first.status == 204)
            let again = try await gateway.send(.delete, path, as: anna, json: " { } ", headers: headers)
            #expect(again.status == 204)
            #expect(again.header("Idempotency-Replayed") == "true")
        }
    }

    @Test("A member that is given twice is refused by its name, with a key or without")
    func duplicates() async throws {
        try await with { gateway, anna in
            let body = #"{"title":"two","title":"one","count":1,"mood":"calm","parts":[]}"#
            let refused = try await gateway.send(
                .post, "/v1/notes", as: anna, json: body, headers: ["Idempotency-Key": "twice"])
            #expect(refused.status == 422)
            #expect(refused.errors == ["/title duplicate"])
            let unkeyed = try await gateway.send(.post, "/v1/notes", as: anna, json: body)
            #expect(unkeyed.errors == ["/title duplicate"])
        }
    }

    @Test("A reply does not grow with what is wrong in a body")
    func manyFaults() async throws {
        try await with { gateway, anna in
            let name = String(repeating: "n", count: 20_000)
            for member in [#""\ud800","#, #"{"a":1,"a":2},"#] {
                let members = String(repeating: member, count: 40_000 / member.utf8.count)
                let refused = try await gateway.send(
                    .post, "/v1/notes", as: anna, json: #"{"\#(name)":[\#(members)1]}"#)
                #expect(refused.status == 422)
                #expect(refused.text.utf8.count < 50_000)
            }
        }
    }
}
