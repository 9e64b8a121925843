import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import NIOCore
@testable import ServiceAPI

/// Sends each request of a scenario again with other values, one place at a time: what its schema allows at the edges,
/// and what it forbids. What would be written is taken back.
actor SchemaWalk {
    private let gateway: TestGateway
    private let document: JSONValue
    private let edges: SchemaEdges
    /// What is taken though the schema forbids it, and what breaks: by operation and place.
    private(set) var faults: Set<String> = []
    /// What is refused though the schema allows it: the operations by the name of the place and the rule, as
    /// `visitType choice`.
    private(set) var refused: [String: Set<String>] = [:]
    private(set) var walked: Set<String> = []
    /// The operations of which something was sent that the schema allows, and that it forbids.
    private(set) var sent = (allowed: Set<String>(), forbidden: Set<String>())
    /// Of the first of these those where something was taken, and not refused for what the request means.
    private(set) var taken: Set<String> = []

    init(_ gateway: TestGateway, _ document: JSONValue) {
        self.gateway = gateway
        self.document = document
        edges = SchemaEdges(schemas: Schemas(document: document))
    }

    func walk(_ request: PlayedRequest) async throws {
        guard walked.insert(request.operation).inserted,
            let operation = OpenAPIChecks.operations(of: document).first(where: { $0.name == request.operation })?.value
        else { return }
        try await walkParameters(request, operation)
        guard let schema = operation["requestBody"]?["content"]?["application/json"]?["schema"],
            let text = request.body, let body = try? JSONParser.parse(Array(text.utf8)).value
        else { return }
        for place in edges.places(schema, body) {
            for value in edges.allowed(place.schema, like: place.value) {
                let faults = edges.schemas.faults(value, place.schema)
                if !faults.isEmpty { self.faults.insert("\(request.operation) \(place.pointer): a sample \(faults)") }
                try await expectTaken(request, place.pointer.description) { request in
                    request.body = String(decoding: place.body(value).bytes, as: UTF8.self)
                }
            }
            for value in edges.forbidden(place.schema, like: place.value) {
                if edges.schemas.faults(value, place.schema).isEmpty, place.schema["format"] != "uuid" {
                    self.faults.insert("\(request.operation) \(place.pointer): a sample that is allowed")
                }
                try await expectRefused(request, place.pointer.description, value) { request in
                    request.body = String(decoding: place.body(value).bytes, as: UTF8.self)
                }
            }
        }
    }

    private func walkParameters(_ request: PlayedRequest, _ operation: JSONValue) async throws {
        let isStream = operation["responses"]?["200"]?["content"]?["text/event-stream"] != nil
        for parameter in OpenAPIChecks.elements(operation["parameters"]) {
            guard let name = parameter["name"]?.asString, let schema = parameter["schema"] else { continue }
            switch parameter["in"] {
            case "query":
                // A stream that is opened does not end.
                for value in isStream ? [] : edges.allowed(schema, like: nil) {
                    try await expectTaken(request, name) { $0.ask(name, value.asParameter) }
                }
                for value in edges.forbidden(schema, like: nil) where value.asParameter != value.asLenientParameter {
                    try await expectRefused(request, name, value) { $0.ask(name, value.asParameter) }
                }
            case "path":
                // What a path cannot name is not there.
                for case .string(let text) in edges.forbidden(schema, like: nil) where !text.isEmpty {
                    sent.forbidden.insert(request.operation)
                    let reply = try await send(request) { $0.put(name, text) }
                    if reply.status != 404 {
                        faults.insert("\(request.operation) \(name): \(reply.status) for \(text)")
                    }
                }
            case "header":
                // What is never refused has no form.
                guard schema["pattern"] != nil || schema["type"] != "string" else { continue }
                for value in isStream ? [] : edges.allowed(schema, like: nil) {
                    try await expectTaken(request, name) { $0.headers[name] = value.asParameter }
                }
                for value in edges.forbidden(schema, like: nil) where value.asParameter != value.asLenientParameter {
                    try await expectRefused(request, name, value) { $0.headers[name] = value.asParameter }
                }
            default: break
            }
        }
    }

    private func expectTaken(
        _ request: PlayedRequest, _ place: String, _ change: (inout PlayedRequest) -> Void
    ) async throws {
        sent.allowed.insert(request.operation)
        let reply = try await send(request, change)
        // What is written is taken back as a lost race.
        if reply.status < 300 || reply.problem == "conflict" { taken.insert(request.operation) }
        let name = place.split(separator: "/").last { Int($0) == nil } ?? "body"
        for rule in refusals(in: reply, at: place) { refused["\(name) \(rule)", default: []].insert(request.operation) }
        if [429, 500, 503, 504].contains(reply.status) {
            faults.insert("\(request.operation) \(place): \(reply.status)")
        }
    }

    private func expectRefused(
        _ request: PlayedRequest, _ place: String, _ value: JSONValue, _ change: (inout PlayedRequest) -> Void
    ) async throws {
        sent.forbidden.insert(request.operation)
        let reply = try await send(request, change)
        if refusals(in: reply, at: place).isEmpty {
            let text = String(decoding: value.bytes.prefix(40), as: UTF8.self)
            faults.insert("\(request.operation) \(place): \(reply.status) for \(text)")
        }
    }

    /// The rules by which the answer finds something wrong at a place or below it.
    private func refusals(in reply: TestReply, at place: String) -> [String] {
        guard reply.status == 400 || reply.status == 422 else { return [] }
        return OpenAPIChecks.elements(reply.json["errors"]).compactMap { error in
            let found = (error["pointer"] ?? error["parameter"] ?? error["header"])?.asString ?? ""
            return found == place || found.hasPrefix(place + "/") ? error["rule"]?.asString : nil
        }
    }

    private func send(_ request: PlayedRequest, _ change: (inout PlayedRequest) -> Void) async throws -> TestReply {
        var request = request
        change(&request)
        return try await gateway.send(
            request.method, request.target, as: request.person, json: request.body, headers: request.headers)
    }
}

extension PlayedRequest {
    /// Puts another value into the query.
    fileprivate mutating func ask(_ name: String, _ value: String) {
        let parts = target.split(separator: "?", maxSplits: 1)
        let others = (parts.count > 1 ? parts[1].split(separator: "&") : []).filter { !$0.hasPrefix("\(name)=") }
        target =
            "\(parts[0])?\((others.map(String.init) + ["\(name)=\(value.percentEncoded(keeping: "-._~"))"]).joined(separator: "&"))"
    }

    /// Puts another value into the path.
    fileprivate mutating func put(_ name: String, _ value: String) {
        guard let old = path[name] else { return }
        let pieces = target.split(separator: "/", omittingEmptySubsequences: false).map { piece in
            piece.replacing(old, with: value.percentEncoded(keeping: "-._~"), maxReplacements: 1)
        }
        target = pieces.joined(separator: "/")
    }
}

extension JSONValue {
    /// As a parameter carries it.
    fileprivate var asParameter: String {
        switch self {
        case .string(let text): text
        case .array(let elements): elements.map(\.asParameter).joined(separator: ",")
        default: String(decoding: bytes, as: UTF8.self)
        }
    }

    /// What a parameter cannot tell from another kind of value: `"1"` is 1 there, and `true` a text.
    fileprivate var asLenientParameter: String? {
        switch self {
        case "1", "true", .number("1"), true, [], "[]": asParameter
        default: nil
        }
    }
}
