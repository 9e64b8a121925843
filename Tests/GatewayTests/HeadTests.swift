import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("HEAD tells what GET would, without the body", .database, .timeLimit(.minutes(5)))
struct HeadTests {
    /// What two answers do not share: which request it was, and when.
    private static let own: Set<String> = ["x-request-id", "date"]

    private func shared(_ reply: TestReply) -> [String: String] {
        reply.headers.filter { !Self.own.contains($0.key) }
    }

    @Test("On every route that is read")
    func everyRead() async throws {
        let services = try await TestServices.make()
        let everybody = try await services.everybody()
        let reads = services.all.endpoints.filter { $0.method == .get && $0.bodyMode != .stream }
        #expect(reads.count > 30)
        try await services.run(people: [everybody]) { gateway in
            var answered: Set<String> = []
            for route in reads {
                var path = route.template.text
                for name in route.template.parameterNames {
                    path = path.replacing("{\(name)}", with: everybody.caller.account.description)
                }
                let get = try await gateway.send(.get, path, as: everybody)
                let head = try await gateway.send(.head, path, as: everybody)
                if get.status == 200 { answered.insert(route.route) }
                #expect(head.text.isEmpty && !get.text.isEmpty, "\(route.route)")
                #expect(head.status == get.status, "\(route.route)")
                #expect(shared(head) == shared(get), "\(route.route)")
            }
            // Some lead somewhere: the caller's own things.
            let own: Set = [
                "GET /v1/me", "GET /v1/cases", "GET /v1/sessions", "GET /v1/me/notifications", "GET /v1/tasks",
            ]
            #expect(own.subtracting(answered).sorted() == [])
        }
    }

    @Test("On what is no route of the document")
    func others() async throws {
        let settings: @Sendable (inout GatewaySettings) -> Void = { $0.securityContact = "mailto:a@example.org" }
        try await TestGateway.with(testEndpoints(), settings: settings) { gateway in
            for path in ["/openapi.json", SecurityText.path] {
                let get = try await gateway.send(.get, path)
                let head = try await gateway.send(.head, path)
                #expect(get.status == 200 && head.status == 200 && head.text.isEmpty)
                #expect(head.header("Content-Length") == String(get.text.utf8.count))
                #expect(head.header("Content-Type") == get.header("Content-Type"))
            }
        }
    }
}
