@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import ServiceAPI
import Testing

@Suite("A path leads to one endpoint", .timeLimit(.minutes(5)))
struct RoutingTests {
    private func endpoint(_ method: HTTPRequest.Method, _ path: String) -> Endpoint {
        .read(
            method, path, .ops, path, access: .everyone, returns: .ok("x", example: ["a": "b"]),
            audits: .nothing(because: "it is a test")
        ) { _ in [:] }
    }

    private func table() throws -> RouteTable {
        try RouteTable([
            endpoint(.get, "/v1/openings"), endpoint(.get, "/v1/openings/soonest"), endpoint(.get, "/v1/openings/{id}"),
            endpoint(.post, "/v1/openings/{id}/hold"), endpoint(.get, "/v1/calendars/{token}.ics"),
            endpoint(.get, "/v1/calendars/{token}"), endpoint(.put, "/v1/openings"),
        ])
    }

    @Test(
        "Fixed segments win over parameters, longer endings over shorter",
        arguments: [
            ("/v1/openings", "/v1/openings", [:]),
            ("/v1/openings/soonest", "/v1/openings/soonest", [:]),
            ("/v1/openings/7", "/v1/openings/{id}", ["id": "7"]),
            ("/v1/openings/a%20b", "/v1/openings/{id}", ["id": "a b"]),
            ("/v1/calendars/abc.ics", "/v1/calendars/{token}.ics", ["token": "abc"]),
            ("/v1/calendars/abc", "/v1/calendars/{token}", ["token": "abc"]),
        ])
    func found(path: String, template: String, values: [String: String]) throws {
        guard case .endpoint(let endpoint, _, let found) = try table().match(.get, path) else {
            Issue.record("\(path) leads nowhere")
            return
        }
        #expect(endpoint.template.text == template)
        #expect(found == values)
    }

    @Test(
        "Anything else leads nowhere",
        arguments: [
            "/", "/v1", "/v1/openings/", "/v1/openings//hold", "/v1/openings/%zz", "/v1/openings/%ff", "v1/openings",
        ])
    func nowhere(path: String) throws {
        guard case .nothing = try table().match(.get, path) else {
            Issue.record("\(path) leads somewhere")
            return
        }
    }

    @Test("Another method is told the methods of the path, HEAD with GET")
    func methods() throws {
        guard case .otherMethods(let methods) = try table().match(.delete, "/v1/openings") else {
            Issue.record("no methods")
            return
        }
        #expect(methods.map(\.rawValue) == ["GET", "HEAD", "PUT"])
    }

    @Test("Two endpoints cannot claim one route")
    func ambiguous() {
        #expect(throws: RouteTable.Ambiguous.self) {
            try RouteTable([endpoint(.get, "/a/{id}"), endpoint(.get, "/a/{id}")])
        }
    }

    @Test(
        "The client is the last hop that no trusted proxy has spoken for",
        arguments: [
            (["10.0.0.0/8"], "10.1.2.3", ["203.0.113.9"], "203.0.113.9"),
            (["10.0.0.0/8"], "10.1.2.3", ["198.51.100.1, 203.0.113.9", "10.9.9.9"], "203.0.113.9"),
            (["10.0.0.0/8"], "192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
            ([], "10.1.2.3", ["203.0.113.9"], "10.1.2.3"),
            (["10.0.0.0/8"], "10.1.2.3", ["not an address"], "10.1.2.3"),
            (["2001:db8::/32"], "2001:db8::1", ["2001:db9::5"], "2001:db9::5"),
            (["127.0.0.1"], "::ffff:127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ])
    func client(trusted: [String], peer: String, forwarded: [String], expected: String) throws {
        #expect(try TrustedProxies(trusted).client(peer: peer, forwarded: forwarded) == expected)
    }

    @Test("A malformed proxy is refused at start", arguments: ["10.0.0.0/33", "proxy.example", "10.0.0.0/x", ""])
    func malformedProxy(entry: String) {
        #expect(throws: TrustedProxies.Malformed.self) { try TrustedProxies([entry]) }
    }
}
