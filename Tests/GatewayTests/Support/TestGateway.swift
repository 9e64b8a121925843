import AsyncHTTPClient
import Clinic
import Crypto
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Logging
import NIOCore
import NIOHTTP1
import Postgres
@testable import ServiceAPI
import ServiceLifecycle
import Testing
import TestSupport
import Vault

/// A running gateway over the suite's database, and a client that speaks to it over a real socket.
struct TestGateway: Sendable {
    let gateway: GatewayServer
    let port: Int
    let opsPort: Int
    let log: TestLog
    let recorded: Recorded
    let group: ServiceGroup
    /// Every answer that a test reads is held against the document.
    let contract: Contract

    /// The audit entries that reads have made durable.
    actor Recorded {
        private(set) var entries: [AuditRead] = []
        func add(_ entries: [AuditRead]) { self.entries += entries }
    }

    /// Runs a gateway with the endpoints for as long as the body lasts.
    static func with(
        _ endpoints: [Endpoint], people: [TestPerson] = [], settings change: (inout GatewaySettings) -> Void = { _ in },
        database: Database? = nil, vault: Vault = Vault(.generate()),
        record: (@Sendable ([AuditRead]) async throws -> Void)? = nil,
        identity: Authenticator? = nil, warmUp: [SQL]? = nil,
        _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        var settings = GatewaySettings()
        settings.port = 0
        settings.opsPort = 0
        settings.drainDelay = .zero
        settings.addressRate = .init(capacity: 100_000, perSecond: 100_000)
        settings.publicRate = .init(capacity: 100_000, perSecond: 100_000)
        settings.networkShare = 100
        change(&settings)
        let recorded = Recorded()
        let log = TestLog()
        let callers = Dictionary(uniqueKeysWithValues: people.map { ($0.token, $0.caller) })
        let identity =
            identity
            ?? Authenticator(
                resolve: { token, _ in callers[token] }, record: record ?? { await recorded.add($0) },
                ended: { _ in [] })
        let gateway = try buildGateway(
            settings, database: database ?? TestDatabase.current.app, identity: identity, vault: vault,
            endpoints: endpoints, warmUp: warmUp, gauges: Services.gauges, logger: log.logger)
        let contract = try Contract(gateway.openAPI.json, endpoints)
        let group = ServiceGroup(configuration: .init(services: [gateway], logger: Logger(label: "test.group")))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let running = TestGateway(
                gateway: gateway, port: await gateway.port, opsPort: await gateway.opsPort, log: log,
                recorded: recorded, group: group, contract: contract)
            try await body(running)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Sends a request and reads the whole answer.
    func send(
        _ method: HTTPRequest.Method, _ path: String, as person: TestPerson? = nil, json: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> TestReply {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = HTTPMethod(rawValue: method.rawValue)
        if let person { request.headers.add(name: "Authorization", value: "Bearer \(person.token)") }
        if let json {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: json))
        }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        return try await exchange(request)
    }

    /// Sends a request, reads the whole answer, and records what the document does not promise of it.
    func exchange(_ request: HTTPClientRequest) async throws -> TestReply {
        let reply = try await TestReply(HTTPClient.shared.execute(request, timeout: .seconds(30)))
        check(request, reply.status, reply.headers, reply.text)
        return reply
    }

    /// Sends a request and leaves the answer's body to the test; what the document says of the status still holds.
    func open(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        check(request, Int(response.status.code), TestReply.headers(of: response), nil)
        return response
    }

    private func check(_ request: HTTPClientRequest, _ status: Int, _ headers: [String: String], _ body: String?) {
        let method = HTTPRequest.Method(rawValue: request.method.rawValue) ?? .get
        let target = request.url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).dropFirst(3)
        let path = "/" + (target.first ?? "")
        let deviations = contract.deviations(
            method, path, status: status, mediaType: headers["content-type"], body: body,
            isTagged: headers["etag"] != nil)
        for deviation in deviations {
            Issue.record("The document does not say so: \(deviation)")
        }
    }

    /// Asks the second listener.
    func ops(_ path: String) async throws -> TestReply {
        try await TestReply(
            HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://127.0.0.1:\(opsPort)\(path)"), timeout: .seconds(9)))
    }
}

/// An answer, read to its end.
struct TestReply: Sendable {
    let status: Int
    let headers: [String: String]
    let text: String

    init(_ response: HTTPClientResponse) async throws {
        status = Int(response.status.code)
        headers = Self.headers(of: response)
        text = String(buffer: try await response.body.collect(upTo: 10_000_000))
    }

    static func headers(of response: HTTPClientResponse) -> [String: String] {
        Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
    }

    var json: JSONValue { (try? JSONParser.parse(Array(text.utf8)).value) ?? .null }

    func header(_ name: String) -> String? { headers[name.lowercased()] }

    /// The last part of the problem's type.
    var problem: String? {
        guard case .string(let type)? = json["type"], header("Content-Type") == "application/problem+json"
        else { return nil }
        return type.split(separator: "/").last.map(String.init)
    }

    /// The places that are wrong with their rules, such as `/title missing`.
    var errors: Set<String> {
        guard case .array(let errors)? = json["errors"] else { return [] }
        return Set(
            errors.map { error in
                let words = ["pointer", "parameter", "header", "rule"].compactMap { name -> String? in
                    if case .string(let text)? = error[name] { text } else { nil }
                }
                return words.joined(separator: " ")
            })
    }
}

/// Somebody with an account in the suite's database and a session that the test gateway knows.
struct TestPerson: Sendable {
    let token: String
    let caller: Caller

    static func signedUp(_ roles: Set<Role> = [.patient]) async throws -> TestPerson {
        let id = AccountID.random()
        let digest = Array(SHA256.hash(data: Array(id.description.utf8)))
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.account
                    (id, state, email_digest, email, jurisdiction, language, time_zone, confirmed_at)
                VALUES (\(id), 'active', \(digest), '', 'US-OH', 'en', 'America/New_York', now())
                """)
        }
        let caller = Caller(
            account: id, session: .random(), roles: roles, showedSecondFactor: false, provedLately: true)
        return TestPerson(token: "token-\(id)", caller: caller)
    }
}
