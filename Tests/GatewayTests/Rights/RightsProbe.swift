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
import TestSupport

/// Sends each request of a scenario as everybody else would, and takes back what it writes: at the moment at which it would
/// succeed for who plays it, so that nothing but the rights stands in its way.
///
/// - An outsider, who has nothing to do with the case, must get for what the request names the very answer that they
///   get for what is not there.
/// - Who plays it must get for a stranger's thing, in each place that names one, the very answer that they get for what
///   is not there.
/// - Nobody outside is told an id of the scenario.
/// - What an insider gets is a cell of the matrix.
actor RightsProbe {
    /// Somebody who tries.
    struct Actor: Sendable {
        let name: String
        /// Nil for somebody who is not signed in.
        let person: TestPerson?
    }

    private let gateway: TestGateway
    private let outsiders: [Actor]
    /// Whose role reaches everybody's things, by operation: that it tells them what is there is no leak.
    private let reach: [String: Set<Role>]
    /// What the strangers' own scenario named, by operation and place.
    private let strangers: [String: [String: String]]
    /// Ids that are nobody's secret.
    private let published: Set<String>
    /// Who has a part in whatever the scenario has made by then, beside its patient.
    private let participants: @Sendable () async throws -> [Actor]
    private var patient: TestPerson?

    /// What is answered, by operation and name: `ok`, or the status; the first time that the operation is played.
    private(set) var cells: [String: [String: String]] = [:]
    /// What was told that must not be.
    private(set) var leaks: Set<String> = []
    /// Where a request names something of the player's, and the strangers have nothing to be named instead.
    private(set) var unmet: Set<String> = []
    private var secrets: Set<String> = []

    init(
        _ gateway: TestGateway, participants: @escaping @Sendable () async throws -> [Actor] = { [] },
        outsiders: [Actor], strangers: [PlayedRequest], published: Set<String>,
        reach: [String: Set<Role>] = [:]
    ) {
        self.gateway = gateway
        self.participants = participants
        self.outsiders = outsiders
        self.published = published
        self.reach = reach
        self.strangers = strangers.reduce(into: [:]) { things, request in
            things[request.operation, default: [:]].merge(request.places) { _, new in new }
        }
    }

    func look(at request: PlayedRequest) async throws {
        if let person = request.person, person.caller.roles == [.patient] { patient = person }
        let participants = [Actor(name: "patient", person: patient)] + (try await participants())
        let named = request.places.filter { !published.contains($0.value) }
        secrets.formUnion(named.values)
        if cells[request.operation] == nil {
            var row: [String: String] = ["player": try await outcome(request, as: request.person)]
            for actor in participants + outsiders { row[actor.name] = try await outcome(request, as: actor.person) }
            cells[request.operation] = row
        }
        for actor in outsiders {
            if reaches(request.operation, actor) { continue }
            let foreign = try await send(request, as: actor.person)
            // Where nobody signs in, a secret in the path says who may be told.
            let told = request.person == nil ? [] : secrets
            for secret in told where foreign.text.contains(secret) && !request.says(secret) {
                leaks.insert("\(request.operation) tells \(actor.name) of \(place(of: secret, in: request))")
            }
            if named.isEmpty { continue }
            let missing = try await send(
                request.naming(Dictionary(uniqueKeysWithValues: named.values.map { ($0, Self.near($0)) })),
                as: actor.person)
            compare(foreign, missing, "\(request.operation) as \(actor.name)")
        }
        try await lookElsewhere(request, named, participants)
    }

    /// What a stranger's thing answers in each place of the player's own request, and in each filter that it leaves out.
    private func lookElsewhere(
        _ request: PlayedRequest, _ named: [String: String], _ participants: [Actor]
    ) async throws {
        for (place, own) in named {
            guard let theirs = strangers[request.operation]?[place] else {
                unmet.insert("\(request.operation) at \(place)")
                continue
            }
            if published.contains(theirs) { continue }
            for actor in [Actor(name: "player", person: request.person)] + participants
            where !reaches(request.operation, actor) {
                compare(
                    try await send(request.naming([own: theirs]), as: actor.person),
                    try await send(request.naming([own: Self.near(theirs)]), as: actor.person),
                    "\(request.operation) at \(place) as \(actor.name)")
            }
        }
        guard request.method == .get, reach[request.operation] == nil,
            let endpoint = gateway.gateway.endpoints.first(where: { $0.route == request.operation })
        else { return }
        let things = Set(strangers.values.flatMap(\.values)).subtracting(published)
        for parameter in endpoint.parameters where parameter.place == .query && parameter.takesID {
            guard !request.target.contains("\(parameter.name)=") else { continue }
            for theirs in things.sorted() {
                compare(
                    try await send(request.asking(parameter.name, theirs), as: request.person),
                    try await send(request.asking(parameter.name, Self.near(theirs)), as: request.person),
                    "\(request.operation) with \(parameter.name)")
            }
        }
    }

    private func reaches(_ operation: String, _ actor: Actor) -> Bool {
        reach[operation]?.isDisjoint(with: actor.person?.caller.roles ?? []) == false
    }

    private func compare(_ foreign: Answer, _ missing: Answer, _ place: String) {
        if foreign.status != missing.status {
            leaks.insert("\(place): \(foreign.status) for a stranger's, \(missing.status) for none")
        } else if foreign.text != missing.text {
            leaks.insert("\(place): another body for a stranger's than for none")
        } else if foreign.headers != missing.headers {
            leaks.insert("\(place): other headers for a stranger's than for none")
        }
    }

    private func place(of secret: String, in request: PlayedRequest) -> String {
        request.places.first { $0.value == secret }?.key ?? "something"
    }

    /// An answer without what is each request's own.
    private struct Answer {
        var status: Int
        var headers: [String: String]
        var text: String
    }

    private func outcome(_ request: PlayedRequest, as person: TestPerson?) async throws -> String {
        let answer = try await send(request, as: person)
        // What would have been done was taken back.
        let isDone = (200..<400).contains(answer.status) || answer.text.contains("/problems/conflict")
        return isDone ? "ok" : String(answer.status)
    }

    private func send(_ request: PlayedRequest, as person: TestPerson?) async throws -> Answer {
        var http = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)\(request.target)")
        http.method = HTTPMethod(rawValue: request.method.rawValue)
        if let person { http.headers.add(name: "Authorization", value: "Bearer \(person.token)") }
        if let body = request.body {
            http.headers.add(name: "Content-Type", value: "application/json")
            http.body = .bytes(ByteBuffer(string: body))
        }
        for (name, value) in request.headers { http.headers.replaceOrAdd(name: name, value: value) }
        let response = try await gateway.open(http)
        var headers = TestReply.headers(of: response)
        for own in ["x-request-id", "date", "retry-after"] { headers[own] = nil }
        // A stream that was opened does not end.
        guard headers["content-type"] != "text/event-stream" else {
            return Answer(status: Int(response.status.code), headers: headers, text: "")
        }
        var text = String(buffer: try await response.body.collect(upTo: 10_000_000))
        if let json = try? JSONParser.parse(Array(text.utf8)).value, json["requestId"] != nil {
            text = String(decoding: json.with("requestId", .null).bytes, as: UTF8.self)
        }
        return Answer(status: Int(response.status.code), headers: headers, text: text)
    }

    /// An id beside another, which nothing has; lists that are ordered by id end or begin at the same place.
    static func near(_ id: String) -> String {
        let digits = Array("0123456789abcdef")
        return String(id.dropLast(4))
            + String(id.suffix(4).map { digit in digits[15 - (digits.firstIndex(of: digit) ?? 0)] })
    }
}

extension PlayedRequest {
    /// The ids that it names, by their place in path, query or body.
    var places: [String: String] {
        var places: [String: String] = [:]
        for (name, value) in path where UUID(uuidString: value) != nil { places["{\(name)}"] = value }
        for (pointer, value) in world where UUID(uuidString: value) != nil { places[pointer] = value }
        for pair in target.split(separator: "?").dropFirst().joined().split(separator: "&") {
            let halves = pair.split(separator: "=").map(String.init)
            if halves.count == 2, UUID(uuidString: halves[1]) != nil { places[halves[0]] = halves[1] }
        }
        return places
    }

    /// Whether the caller said it.
    func says(_ text: String) -> Bool { target.contains(text) || body?.contains(text) == true }

    /// The same request about other things.
    func naming(_ others: [String: String]) -> PlayedRequest {
        func replaced(_ text: String) -> String {
            others.reduce(text) { $0.replacing($1.key, with: $1.value) }
        }
        return PlayedRequest(
            operation: operation, method: method, target: replaced(target), body: body.map(replaced),
            headers: headers, person: person, path: path, world: world)
    }

    func asking(_ parameter: String, _ value: String) -> PlayedRequest {
        PlayedRequest(
            operation: operation, method: method,
            target: target + (target.contains("?") ? "&" : "?") + "\(parameter)=\(value)", body: body,
            headers: headers, person: person, path: path, world: world)
    }
}

extension DeclaredParameter {
    /// Whether an id can stand in it; a cursor is opaque, and may be one.
    fileprivate var takesID: Bool {
        schema["format"] == "uuid" || schema["items"]?["format"] == "uuid"
            || name == "after" && schema["type"] == "string"
    }
}
