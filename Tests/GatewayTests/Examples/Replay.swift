import AsyncHTTPClient
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import NIOCore
import NIOHTTP1
@testable import ServiceAPI
import Testing

/// Holds a document against the service that it describes: the request example of an operation is sent as it stands, but
/// for the values that are bound to this run, and the answer must have the promised status and all that its example
/// shows.
struct Replay: Sendable {
    let gateway: TestGateway
    private let document: JSONValue
    private let comparison: ShapeComparison
    /// What is shown and was not answered so, by operation and place.
    private(set) var lies: Set<String> = []
    private var played: Set<String> = []
    /// Told of each request before it is sent.
    var watcher: (@Sendable (PlayedRequest) async throws -> Void)?

    /// An operation that was answered in a way that leaves the replay without its next step.
    struct Stop: Error, CustomStringConvertible {
        let description: String
    }

    init(_ gateway: TestGateway, _ document: JSONValue) {
        self.gateway = gateway
        self.document = document
        comparison = ShapeComparison(schemas: Schemas(document: document))
    }

    /// The operations of the document that were not played.
    var unplayed: [String] {
        OpenAPIChecks.operations(of: document).map(\.name).filter { !played.contains($0) }
    }

    /// What the request example of an operation shows at a place.
    func shown(_ operation: String, _ pointer: String) throws -> String {
        try #require(try request(try find(operation))?.value(at: pointer)?.asString, "\(operation) shows no \(pointer)")
    }

    /// Sends the example of an operation, as `POST /v1/holds`, and holds the answer against the one that is shown.
    /// - Parameters:
    ///   - path: what stands for the parameters of the path.
    ///   - query: with its question mark.
    ///   - world: by JSON pointer, what this run has in place of the example's ids, instants, tokens, codes and
    ///     addresses.
    ///   - bytes: the body where it is not JSON.
    @discardableResult
    mutating func play(
        _ operation: String, as person: TestPerson? = nil, _ path: [String: String] = [:], query: String = "",
        with world: [String: String] = [:], bytes: String? = nil, headers: [String: String] = [:]
    ) async throws -> TestReply {
        let described = try find(operation)
        var body = try request(described)
        for (pointer, value) in world {
            guard let shown = body?.value(at: pointer)?.asString, Self.isBound(shown, at: pointer) else {
                throw Stop(description: "\(operation) shows nothing at \(pointer) that is another in each world")
            }
            body = body?.replacing(pointer, with: .string(value))
        }
        let (method, target) = Self.target(operation, path)
        let json = bytes ?? body.map { String(decoding: $0.bytes, as: UTF8.self) }
        try await watcher?(
            PlayedRequest(
                operation: operation, method: method, target: target + query, body: json, headers: headers,
                person: person, path: path, world: world))
        let reply = try await gateway.send(method, target + query, as: person, json: json, headers: headers)
        let success = try Self.success(of: described, operation)
        guard reply.status == Int(success.name) else {
            throw Stop(description: "\(operation) answers \(reply.status), not \(success.name): \(reply.text)")
        }
        note(reply.headers, of: success.value, operation)
        note(body: reply, of: success.value, operation)
        played.insert(operation)
        return reply
    }

    /// Opens an event stream and reads until everything that its example shows has come.
    mutating func listen(_ operation: String, as person: TestPerson, _ path: [String: String]) async throws {
        let success = try Self.success(of: find(operation), operation)
        let example = try #require(success.value["content"]?["text/event-stream"]?["example"]?.asString)
        let shown = Self.events(in: example)
        let (method, target) = Self.target(operation, path)
        try await watcher?(
            PlayedRequest(
                operation: operation, method: method, target: target, body: nil, headers: [:], person: person,
                path: path, world: [:]))
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)\(Self.target(operation, path).path)")
        request.headers.add(name: "Authorization", value: "Bearer \(person.token)")
        let response = try await gateway.open(request)
        #expect(response.status == .ok && !shown.isEmpty)
        var text = ""
        for try await piece in response.body {
            text += String(buffer: piece)
            let told = Self.events(in: text)
            if shown.allSatisfy({ event in told.contains { comparison.lacks($0, of: event, [:]).isEmpty } }) {
                played.insert(operation)
                return
            }
        }
        throw Stop(description: "\(operation) ends without what it shows")
    }

    private mutating func note(_ headers: [String: String], of success: JSONValue, _ operation: String) {
        for header in OpenAPIChecks.members(success["headers"]) where headers[header.name.lowercased()] == nil {
            lies.insert("\(operation): the header \(header.name) is promised and not answered")
        }
        for name in ["ETag", "Location", "Link", "Upload-Offset", "Accept-Ranges"]
        where headers[name.lowercased()] != nil && success["headers"]?[name] == nil {
            lies.insert("\(operation): the header \(name) is answered and not promised")
        }
        if let place = headers["location"], !canBeRead(place) {
            lies.insert("\(operation): Location names what cannot be read")
        }
    }

    private func canBeRead(_ place: String) -> Bool {
        guard let routes = try? RouteTable(gateway.gateway.endpoints),
            case .endpoint = routes.match(.get, String(place.prefix { $0 != "?" }))
        else { return false }
        return true
    }

    private mutating func note(body reply: TestReply, of success: JSONValue, _ operation: String) {
        let contents = OpenAPIChecks.members(success["content"])
        let mediaType = reply.header("Content-Type") ?? ""
        guard let content = contents.first(where: { mediaType.hasPrefix($0.name) }) else {
            if !contents.isEmpty { lies.insert("\(operation): the media type is another one") }
            return
        }
        guard let example = content.value["example"], content.name == "application/json" else { return }
        for fault in comparison.lacks(reply.json, of: example, content.value["schema"] ?? [:]) {
            lies.insert("\(operation): \(fault)")
        }
    }
}

/// A request of the scenario, as it is about to be sent.
struct PlayedRequest: Sendable {
    let operation: String
    let method: HTTPRequest.Method
    var target: String
    var body: String?
    var headers: [String: String]
    let person: TestPerson?
    let path: [String: String]
    let world: [String: String]
}

extension Replay {
    private func find(_ operation: String) throws -> JSONValue {
        guard let found = OpenAPIChecks.operations(of: document).first(where: { $0.name == operation }) else {
            throw Stop(description: "\(operation) is not in the document")
        }
        return found.value
    }

    private func request(_ operation: JSONValue) throws -> JSONValue? {
        operation["requestBody"]?["content"]?["application/json"]?["example"]
    }

    /// Whether a value of an example is one that no two runs share: an id, an instant, a secret, an address.
    private static func isBound(_ shown: String, at pointer: String) -> Bool {
        UUID(uuidString: shown) != nil || RFC3339.parse(shown) != nil
            || ["token", "code", "email"].contains(pointer.split(separator: "/").last)
    }

    private static func success(of described: JSONValue, _ operation: String) throws -> JSONValue.Member {
        let successes = OpenAPIChecks.members(described["responses"]).filter {
            $0.name.hasPrefix("2") && $0.name != "206"
        }
        guard let success = successes.first, successes.count == 1 else {
            throw Stop(description: "\(operation) promises \(successes.count) successes")
        }
        return success
    }

    private static func target(_ operation: String, _ path: [String: String]) -> (HTTPRequest.Method, path: String) {
        let words = operation.split(separator: " ")
        let filled = path.reduce(String(words[1])) { $0.replacing("{\($1.key)}", with: $1.value) }
        return (HTTPRequest.Method(rawValue: String(words[0])) ?? .get, filled)
    }

    /// The events of a stream as far as they are whole: comments left out, data as JSON.
    private static func events(in text: String) -> [JSONValue] {
        text.split(separator: "\n\n", omittingEmptySubsequences: false).dropLast().compactMap { block in
            var members: [JSONValue.Member] = []
            for line in block.split(separator: "\n") where !line.hasPrefix(":") {
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2 else { continue }
                let value = String(parts[1].drop { $0 == " " })
                let json = parts[0] == "data" ? try? JSONParser.parse(Array(value.utf8)).value : nil
                members.append(.init(name: String(parts[0]), value: json ?? .string(value)))
            }
            return members.isEmpty ? nil : .object(members)
        }
    }
}
