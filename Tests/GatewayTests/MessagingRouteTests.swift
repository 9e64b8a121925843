import AsyncHTTPClient
import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Messaging
import NIOCore
import NIOHTTP1
import Outbox
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport
import Vault

@Suite("A thread over HTTP", .database, .timeLimit(.minutes(5)))
struct MessagingRouteTests {
    static let vault = Vault(.generate())

    private func withThread(
        _ body: @Sendable (TestGateway, TestPerson, TestPerson, CaseID) async throws -> Void
    ) async throws {
        let specialistID = try await Seed.specialist(Self.vault)
        let patientID = try await Seed.account(Self.vault)
        let caseID = try await Seed.acceptedCase(of: patientID, with: specialistID, Self.vault)
        let patient = TestPerson(token: "p-\(patientID)", caller: Seed.caller(patientID))
        let specialist = TestPerson(token: "s-\(specialistID)", caller: Seed.caller(specialistID, roles: [.specialist]))
        let watch = ThreadNotifier(TestDatabase.current.app, longestDelay: .seconds(1))
        let messenger = Messenger(vault: Self.vault, outbox: Outbox(), notifier: watch)
        let watching = Task { try await watch.run() }
        defer { watching.cancel() }
        try await TestGateway.with(
            messageRoutes(messenger) + eventStreamRoutes(messenger), people: [patient, specialist]
        ) { try await body($0, patient, specialist, caseID) }
    }

    private func open(
        _ gateway: TestGateway, _ caseID: CaseID, as person: TestPerson, after: String? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)/v1/cases/\(caseID)/events")
        request.headers.add(name: "Authorization", value: "Bearer \(person.token)")
        if let after { request.headers.add(name: "Last-Event-ID", value: after) }
        return try await gateway.open(request)
    }

    /// Reads until the text has come.
    private func text(of response: HTTPClientResponse, until end: String) async throws -> String {
        var text = ""
        for try await piece in response.body {
            text += String(buffer: piece)
            if text.contains(end) { break }
        }
        return text
    }

    @Test("A message is posted, read with the notice, marked, and found by its words")
    func messages() async throws {
        try await withThread { gateway, patient, specialist, caseID in
            let path = "/v1/cases/\(caseID)"
            let posted = try await gateway.send(
                .post, "\(path)/messages", as: patient, json: #"{"text":"Shall I bring the slides?"}"#)
            #expect(posted.status == 201 && posted.json["seq"] == .number("1"))
            let page = try await gateway.send(.get, "\(path)/messages", as: specialist)
            #expect(page.json["unread"] == .number("1") && page.json["notice"]?.asString?.isEmpty == false)
            #expect(page.json["messages"]?.firstElement?["text"]?.asString == "Shall I bring the slides?")
            let entries = await gateway.recorded.entries
            #expect(entries.map(\.noun) == [.message])
            let marked = try await gateway.send(.put, "\(path)/mark", as: specialist, json: #"{"seq":1}"#)
            #expect(marked.status == 200)
            let beyond = try await gateway.send(.put, "\(path)/mark", as: specialist, json: #"{"seq":2}"#)
            #expect(beyond.status == 422 && beyond.errors == ["/seq range"])
            let found = try await gateway.send(
                .post, "\(path)/messages/search", as: specialist, json: #"{"text":"SLIDES"}"#)
            #expect(found.json["messages"]?.firstElement?["seq"] == .number("1"))
            let blank = try await gateway.send(.post, "\(path)/messages", as: patient, json: #"{"text":" "}"#)
            #expect(blank.status == 422 && blank.errors == ["/text not_blank"])
        }
    }

    @Test("The stream tells what is posted while it is open, and goes on behind Last-Event-ID")
    func stream() async throws {
        try await withThread { gateway, patient, specialist, caseID in
            for number in 1...2 {
                _ = try await gateway.send(
                    .post, "/v1/cases/\(caseID)/messages", as: patient, json: #"{"text":"number \#(number)"}"#)
            }
            let live = try await open(gateway, caseID, as: specialist)
            async let seen = text(of: live, until: "number 3")
            _ = try await gateway.send(
                .post, "/v1/cases/\(caseID)/messages", as: patient, json: #"{"text":"number 3"}"#)
            let all = try await seen
            #expect(all.contains("id: 1\nevent: message\n") && all.contains("number 2"))
            let rest = try await text(of: open(gateway, caseID, as: specialist, after: "2"), until: "number 3")
            #expect(!rest.contains("number 2"))
            let entries = await gateway.recorded.entries
            #expect(entries.contains { $0.noun == .message && $0.chain == .case(caseID) })
        }
    }

    @Test("A stranger finds no thread and no stream")
    func strangers() async throws {
        try await withThread { gateway, _, specialist, _ in
            let other = try await Seed.account(Self.vault)
            let foreign = try await Seed.openCase(of: other, Self.vault)
            #expect(try await gateway.send(.get, "/v1/cases/\(foreign)/messages", as: specialist).status == 404)
            #expect(try await gateway.send(.get, "/v1/cases/\(foreign)/events", as: specialist).status == 404)
        }
    }
}
