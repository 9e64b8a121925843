import Clinic
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import ServiceAPI
import Testing
import TestSupport

// The menu, who declines and who accepts, and the directory that they stand in.

extension Scenario {
    mutating func match() async throws {
        let made = try await replay.play("POST /v1/cases/{id}/matches", as: patient, ["id": caseID])
        let id = try text(made, "/id")
        try await replay.play("GET /v1/matches/{id}", as: patient, ["id": id])
        try await replay.play("GET /v1/matches/{id}/replay", as: patient, ["id": id])
        let asked = #"{"match": "\#(id)", "specialist": "\#(try candidate(made, 2).caller.account)"}"#
        let silent = try await replay.gateway.send(.post, "/v1/cases/\(caseID)/offers", as: patient, json: asked)
        try await replay.play("POST /v1/offers/{id}/withdraw", as: patient, ["id": text(silent, "/id")])
        let first = try candidate(made, 0)
        let offered = try await replay.play(
            "POST /v1/cases/{id}/offers", as: patient, ["id": caseID],
            with: ["/match": id, "/specialist": "\(first.caller.account)"])
        try await replay.play("GET /v1/offers", as: first)
        try await replay.play("POST /v1/offers/{id}/decline", as: first, ["id": text(offered, "/id")])
        specialist = try candidate(made, 1)
        let waiting = try await replay.gateway.send(.get, "/v1/offers", as: specialist)
        try await replay.play("POST /v1/offers/{id}/accept", as: specialist, ["id": text(waiting, "/offers/0/id")])
        try await replay.play("GET /v1/cases/{id}/offers", as: patient, ["id": caseID])
    }

    private func candidate(_ match: TestReply, _ place: Int) throws -> TestPerson {
        let id = try text(match, "/candidates/\(place)/specialist")
        return try #require(actors.specialists.first { "\($0.caller.account)" == id })
    }

    mutating func directory() async throws {
        let last = try #require(actors.specialists.last)
        let id = ["id": "\(last.caller.account)"]
        try await replay.play("POST /v1/conditions/search", as: patient)
        try await replay.play("GET /v1/specialists", as: patient, query: "?limit=1")
        var read = try await replay.play("GET /v1/specialists/{id}", as: patient, id)
        read = try await replay.play("PATCH /v1/specialists/{id}", as: last, id, headers: ifMatch(read))
        read = try await replay.play("PUT /v1/specialists/{id}/conditions", as: last, id, headers: ifMatch(read))
        try await replay.play(
            "PUT /v1/specialists/{id}/licences", as: actors.coordinator, id, headers: ifMatch(read))
    }
}
