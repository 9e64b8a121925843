import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("The document's refusals, got from the service", .database, .timeLimit(.minutes(5)))
struct ProblemExampleTests {
    /// A request that every operation of its kind refuses.
    private struct Probe {
        /// Nil where what is checked first differs from route to route.
        var kind: String?
        var person: TestPerson?
        var query = ""
        var body: [UInt8]?
        var headers: [String: String] = [:]
    }

    @Test("What any operation refuses is refused as its own example shows, byte for byte but for the request's id")
    func refusals() async throws {
        let services = try await TestServices.make()
        let everybody = try await services.everybody()
        let nobody = TestPerson(
            token: "nobody", caller: Seed.caller(try await Seed.account(services.vault, roles: []), roles: []))
        try await services.run(people: [everybody, nobody]) { gateway in
            let document = try await gateway.send(.get, "/openapi.json").json
            var seen: [String: Set<String>] = [:]
            for endpoint in services.all.endpoints {
                let operation = document["paths"]?[endpoint.template.text]?[endpoint.method.rawValue.lowercased()]
                for probe in Self.probes(endpoint, operation ?? [:], everybody, nobody) {
                    let reply = try await Self.send(probe, to: endpoint, gateway)
                    let kind = reply.problem ?? "none"
                    #expect(probe.kind == nil || probe.kind == kind, "\(endpoint.route)")
                    let responses = operation?["responses"]?[String(reply.status)]
                    let examples = responses?["content"]?["application/problem+json"]?["examples"]
                    let example = try #require(examples?[kind]?["value"], "\(endpoint.route) shows no \(kind)")
                    #expect(Self.bare(reply.json, like: example).bytes == example.bytes, "\(endpoint.route)")
                    seen[kind, default: []].insert(endpoint.route)
                }
            }
            /// The routes of which the refusal was not seen, of those that must show it.
            func missing(_ kind: String, _ mustShow: (Endpoint) -> Bool) -> [String] {
                Set(services.all.endpoints.filter(mustShow).map(\.route)).subtracting(seen[kind] ?? []).sorted()
            }
            for kind in ["malformed-json", "invalid-fields", "too-large"] {
                #expect(missing(kind) { $0.requestBody?.mediaTypes == ["application/json"] } == [], "\(kind)")
            }
            #expect(missing("unsupported-media") { $0.requestBody != nil } == [])
            #expect(missing("sign-in-needed") { $0.access.hasCaller } == [])
            #expect(missing("not-acceptable") { $0.success.body != nil } == [])
            #expect(missing("not-allowed") { if case .roles = $0.access { true } else { false } } == [])
            #expect(missing("invalid-parameters") { $0.method == .get } == [])
            // Some look at something else before they look for a made-up id.
            let unfound = missing("not-found") { !$0.template.parameterNames.isEmpty }
            #expect(unfound.count < services.all.endpoints.count / 4, "\(unfound)")
        }
    }

    @Test("Control: a refusal with another title is another one")
    func otherTitle() {
        let shown = Problem(.codeNeeded).json(requestID: "x")
        let given = Problem(.codeNeeded, "In words.").json(requestID: "y")
        #expect(Self.bare(given, like: shown).bytes == shown.bytes)
        #expect(Self.bare(given.with("title", "Else"), like: shown).bytes != shown.bytes)
        #expect(Self.bare(given, like: shown.with("state", "open")).bytes != shown.with("state", "open").bytes)
    }

    /// What the example shows of a refusal; the id is each request's own.
    private static func bare(_ refusal: JSONValue, like example: JSONValue) -> JSONValue {
        let members = OpenAPIChecks.members(refusal).filter { example[$0.name] != nil }
        return JSONValue.object(members).with("requestId", example["requestId"] ?? .null)
    }

    private static func probes(
        _ endpoint: Endpoint, _ operation: JSONValue, _ everybody: TestPerson, _ nobody: TestPerson
    ) -> [Probe] {
        var probes: [Probe] = []
        if endpoint.access.hasCaller { probes.append(Probe(kind: "sign-in-needed")) }
        if case .roles = endpoint.access { probes.append(Probe(kind: "not-allowed", person: nobody)) }
        if endpoint.success.body != nil {
            let headers = ["Accept": "font/woff"]
            probes.append(Probe(kind: "not-acceptable", person: everybody, headers: headers))
        }
        if endpoint.method == .get {
            probes.append(Probe(kind: "invalid-parameters", person: everybody, query: "?that-parameter=1"))
        }
        let example = operation["requestBody"]?["content"]?["application/json"]?["example"]
        if endpoint.requestBody != nil {
            probes.append(
                Probe(
                    kind: "unsupported-media", person: everybody, body: example?.bytes ?? [1],
                    headers: ["Content-Type": "font/woff", "Upload-Offset": "0"]))
        }
        if let example {
            let limit = endpoint.requestBody?.limit ?? GatewaySettings().bodyLimit
            let long = example.bytes + Array(repeating: UInt8(ascii: " "), count: limit)
            let more = example.with("that-field", true).bytes
            for (kind, body) in [
                ("malformed-json", Array(example.bytes.dropLast())), ("invalid-fields", more), ("too-large", long),
            ] {
                probes.append(Probe(kind: kind, person: everybody, body: body))
            }
        }
        if !endpoint.template.parameterNames.isEmpty {
            // Most find nothing under a made-up id; some look at something else before.
            var probe = Probe(person: everybody, headers: ["If-Match": "\"1\"", "Upload-Offset": "0"])
            if let media = endpoint.requestBody?.mediaTypes.first {
                probe.body = example?.bytes ?? [1]
                probe.headers["Content-Type"] = media
            }
            probes.append(probe)
        }
        return probes
    }

    private static func send(_ probe: Probe, to endpoint: Endpoint, _ gateway: TestGateway) async throws -> TestReply {
        // An id that is a word as well: some paths name a kind of consult.
        let path = endpoint.template.parameterNames.reduce(endpoint.template.text) { path, name in
            path.replacing("{\(name)}", with: "a\(UUID().uuidString.lowercased().dropFirst())")
        }
        return try await gateway.send(
            endpoint.method, path + probe.query, as: probe.person,
            json: probe.body.map { String(decoding: $0, as: UTF8.self) }, headers: probe.headers)
    }
}
