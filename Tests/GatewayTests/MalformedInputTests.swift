import AsyncHTTPClient
import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import NIOCore
import NIOHTTP1
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

/// A suite of its own and one test at a time, because every row of its database is counted.
@Suite("Malformed input on every route that takes JSON", .serialized, .database, .timeLimit(.minutes(5)))
struct MalformedInputTests {
    /// One wrong request and what must come back.
    private struct Probe {
        var name: String
        var body: [UInt8]?
        var mediaType: String? = "application/json"
        var statuses: ClosedRange<Int>
        /// The JSON pointer that the refusal names, itself or below it.
        var place: String?
    }

    @Test("It is refused by the place where it is wrong, and changes nothing")
    func refused() async throws {
        let services = try await TestServices.make()
        let everybody = try await services.everybody()
        let routes = services.all.endpoints.filter { $0.requestBody?.mediaTypes == ["application/json"] }
        #expect(routes.count > 30)
        try await services.run(people: [everybody]) { gateway in
            let before = try await Self.rows()
            for route in routes {
                let deviations = try await Self.deviations(of: route, gateway, everybody)
                #expect(deviations == [], "\(route.route)")
            }
            let after = try await Self.rows()
            #expect(before.count > 40)
            #expect(after == before)
        }
    }

    @Test("Control: a route that answers otherwise deviates in every probe")
    func deviationsAreSeen() async throws {
        let stranger = TestPerson(token: "nobody", caller: Seed.caller(.random()))
        let routes = testEndpoints().filter { $0.requestBody != nil }
        try await TestGateway.with(routes) { gateway in
            for route in routes {
                let deviations = try await Self.deviations(of: route, gateway, stranger)
                // The body as a whole (any 4xx will do for none), six fields as four other types, four needed fields.
                #expect(deviations.count == 38, "\(deviations)")
            }
        }
    }

    @Test("Control: an accepted write is seen in the rows")
    func rowsAreCounted() async throws {
        let before = try await Self.rows()
        let services = try await TestServices.make()
        _ = try await services.everybody()
        let after = try await Self.rows()
        #expect(after != before)
    }

    private static func deviations(
        of route: Endpoint, _ gateway: TestGateway, _ person: TestPerson
    ) async throws -> [String] {
        let document = gateway.gateway.openAPI.json
        let operation = document["paths"]?[route.template.text]?[route.method.rawValue.lowercased()]
        let content = operation?["requestBody"]?["content"]?["application/json"]
        guard let example = content?["example"], let schema = content?["schema"] else { return ["no example"] }
        let limit = route.requestBody?.limit ?? GatewaySettings().bodyLimit
        var deviations: [String] = []
        for probe in probes(example, Schemas(document: document).resolved(schema), limit: limit) {
            let reply = try await send(probe, to: route, gateway, person)
            if !probe.statuses.contains(reply.status) {
                deviations.append("\(probe.name): \(reply.status) \(reply.problem ?? "")")
            } else if let place = probe.place,
                !reply.errors.contains(where: { $0.hasPrefix(place + " ") || $0.hasPrefix(place + "/") })
            {
                deviations.append("\(probe.name): \(reply.status) names \(reply.errors.sorted())")
            }
        }
        return deviations
    }

    private static func probes(_ example: JSONValue, _ schema: JSONValue, limit: Int) -> [Probe] {
        var probes = [
            Probe(
                name: "an unknown field", body: example.with("that-field", true).bytes, statuses: 422...422,
                place: "/that-field"),
            Probe(name: "broken JSON", body: example.bytes.dropLast(), statuses: 400...400),
            Probe(name: "two JSON texts", body: example.bytes + example.bytes, statuses: 400...400),
            Probe(name: "not UTF-8", body: [0x22, 0xFF, 0xFE, 0x22], statuses: 400...400),
            Probe(
                name: "too large", body: example.bytes + Array(repeating: UInt8(ascii: " "), count: limit),
                statuses: 413...413),
            Probe(name: "another media type", body: example.bytes, mediaType: "text/plain", statuses: 415...415),
            Probe(name: "no media type", body: example.bytes, mediaType: nil, statuses: 415...415),
            Probe(name: "no body", body: nil, mediaType: nil, statuses: 400...499),
            Probe(name: "an empty body", body: [], statuses: 400...400),
            Probe(name: "null", body: Array("null".utf8), statuses: 422...422),
            Probe(name: "a list", body: Array("[]".utf8), statuses: 422...422),
        ]
        for member in OpenAPIChecks.members(example) {
            for wrong in wrongTypes(for: member.value) {
                probes.append(
                    Probe(
                        name: "\(member.name) as \(wrong.kind)", body: example.with(member.name, wrong).bytes,
                        statuses: 400...499, place: "/\(member.name)"))
            }
        }
        for name in OpenAPIChecks.elements(schema["required"]).compactMap(\.asString) {
            let rest = OpenAPIChecks.members(example).filter { $0.name != name }
            probes.append(
                Probe(
                    name: "without \(name)", body: JSONValue.object(rest).bytes, statuses: 400...499,
                    place: "/\(name)"))
        }
        return probes
    }

    private static func wrongTypes(for value: JSONValue) -> [JSONValue] {
        let all: [JSONValue] = [true, 17, "x", ["x": 1], [1]]
        return all.filter { $0.kind != value.kind }
    }

    private static func send(
        _ probe: Probe, to route: Endpoint, _ gateway: TestGateway, _ person: TestPerson
    ) async throws -> TestReply {
        var path = route.template.text
        for name in route.template.parameterNames {
            // An id that is a word as well: some paths name a kind of consult.
            path = path.replacing("{\(name)}", with: "a\(UUID().uuidString.lowercased().dropFirst())")
        }
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)\(path)")
        request.method = HTTPMethod(rawValue: route.method.rawValue)
        request.headers.add(name: "Authorization", value: "Bearer \(person.token)")
        if let mediaType = probe.mediaType { request.headers.add(name: "Content-Type", value: mediaType) }
        if let body = probe.body { request.body = .bytes(ByteBuffer(bytes: body)) }
        return try await gateway.exchange(request)
    }

    /// How many rows each table has, but those in which any request leaves something.
    private static func rows() async throws -> [String: Int64] {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            let rows = try await tx.query(
                """
                SELECT c.relname::text,
                    (xpath('//n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s', c.oid::regclass),
                        false, true, '')))[1]::text::bigint
                FROM pg_class c
                WHERE c.relnamespace = 'consilium'::regnamespace AND c.relkind IN ('r', 'p')
                    AND c.relname NOT IN ('rate_bucket', 'session', 'audit_head')
                """)
            return try Dictionary(
                uniqueKeysWithValues: rows.map { row in
                    let (table, count) = try row.decode(String.self, Int64.self)
                    return (table, count)
                })
        }
    }
}
