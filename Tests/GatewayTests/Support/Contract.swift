@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import ServiceAPI

/// What a gateway's document promises, held against what it answers.
struct Contract: Sendable {
    private let schemas: Schemas
    private let routes: RouteTable

    init(_ document: JSONValue, _ endpoints: [Endpoint]) throws {
        schemas = Schemas(document: document)
        routes = try RouteTable(endpoints)
    }

    /// What in an answer the document does not promise: each by route, status and place, never by what was answered.
    /// - Parameter body: nil for a body that was not read, such as an event stream.
    func deviations(
        _ method: HTTPRequest.Method, _ target: String, status: Int, mediaType: String?, body: String?,
        isTagged: Bool = false
    ) -> [String] {
        let path = target.prefix { $0 != "?" }
        if path == "/openapi.json" || path == SecurityText.path && status == 200 { return [] }
        let asked = method == .head ? .get : method
        guard case .endpoint(let endpoint, _, _) = routes.match(asked, path) else {
            return faults(body, ["$ref": "#/components/schemas/Problem"]).map { "no route, \(status): \($0)" }
        }
        let name = "\(endpoint.route), \(status)"
        let operation = schemas.document["paths"]?[endpoint.template.text]?[asked.rawValue.lowercased()]
        guard let response = operation?["responses"]?[String(status)] else { return ["\(name): is not documented"] }
        if status == 200, asked == .get, isTagged, response["headers"]?["ETag"] == nil {
            return ["\(name): its ETag is not documented"]
        }
        let content = OpenAPIChecks.members(response["content"])
        guard method != .head, let body else { return [] }
        guard let promised = content.first else { return body.isEmpty ? [] : ["\(name): has a body"] }
        guard promised.name.hasSuffix("json") else { return [] }
        guard let mediaType, content.contains(where: { mediaType.hasPrefix($0.name) }) else {
            return ["\(name): has not the media type \(promised.name)"]
        }
        var found = faults(body, promised.value["schema"] ?? ["not understood": true])
        if promised.name == "application/problem+json" {
            found += undocumentedKind(body, promised.value["examples"])
        }
        return found.map { "\(name): \($0)" }
    }

    private func faults(_ body: String?, _ schema: JSONValue) -> [String] {
        guard let body, !body.isEmpty else { return [] }
        guard let json = try? JSONParser.parse(Array(body.utf8)).value else { return ["is not JSON"] }
        return schemas.faults(json, schema)
    }

    /// Several kinds of problem share a status: the one that was answered must be among them.
    private func undocumentedKind(_ body: String, _ examples: JSONValue?) -> [String] {
        let type = (try? JSONParser.parse(Array(body.utf8)).value)?["type"]
        let known = OpenAPIChecks.members(examples).map { $0.value["value"]?["type"] }
        return known.contains(type) ? [] : ["the problem \(type?.asString ?? "without a type") is not documented"]
    }
}
