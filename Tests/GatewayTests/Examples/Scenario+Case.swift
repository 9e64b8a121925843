import Clinic
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import ServiceAPI
import Testing
import TestSupport

// A case from its draft to the coordinator's word that it is complete.

extension Scenario {
    mutating func openCase() async throws {
        let opened = try await replay.play(
            "POST /v1/cases", as: patient, with: ["/patient": "\(patient.caller.account)"])
        caseID = try text(opened, "/id")
        try await replay.play("PATCH /v1/cases/{id}", as: patient, ["id": caseID], headers: ifMatch(opened))
        try await consents()
        try await records()
        try await files()
        let submitted = try await replay.play("POST /v1/cases/{id}/submit", as: patient, ["id": caseID])
        try await replay.play("PUT /v1/cases/{id}/lane", as: patient, ["id": caseID], headers: ifMatch(submitted))
    }

    private mutating func consents() async throws {
        try await replay.play("GET /v1/consent-wordings", as: patient)
        let given = try await replay.play("POST /v1/cases/{id}/consents", as: patient, ["id": caseID])
        try await replay.play(
            "DELETE /v1/cases/{id}/consents/{consent}", as: patient,
            ["id": caseID, "consent": text(given, "/id")])
        try await replay.play("POST /v1/cases/{id}/consents", as: patient, ["id": caseID])
        try await replay.play("GET /v1/cases/{id}/consents", as: patient, ["id": caseID])
        for kind in ["telehealth", "records_release", "treating_clinician"] {
            let json = #"{"kind": "\#(kind)", "wording": "\#(kind).2026-01"}"#
            _ = try await replay.gateway.send(.post, "/v1/cases/\(caseID)/consents", as: patient, json: json)
        }
    }

    private mutating func records() async throws {
        let added = try await replay.play("POST /v1/cases/{id}/records", as: patient, ["id": caseID])
        try await replay.play(
            "PATCH /v1/cases/{id}/records/{record}", as: patient, ["id": caseID, "record": text(added, "/id")],
            headers: ifMatch(added))
    }

    /// The file whose digest the example names is one word.
    private mutating func files() async throws {
        let added = try await replay.play("POST /v1/cases/{id}/records", as: patient, ["id": caseID])
        var place = ["id": caseID, "record": try text(added, "/id")]
        let files = "/v1/cases/{id}/records/{record}/files"
        place["file"] = try text(try await replay.play("POST \(files)", as: patient, place), "/id")
        try await replay.play("DELETE \(files)/{file}", as: patient, place)
        place["file"] = try text(try await replay.play("POST \(files)", as: patient, place), "/id")
        try await replay.play(
            "PATCH \(files)/{file}", as: patient, place, bytes: "hello",
            headers: ["Content-Type": "application/octet-stream", "Upload-Offset": "0"])
        try await replay.play("GET \(files)/{file}", as: patient, place)
        let content = try await replay.play(
            "GET /v1/cases/{id}/records/{record}/content", as: patient, place,
            headers: ["Accept": "application/pdf"])
        #expect(content.text == "hello")
        try await replay.play("GET /v1/cases/{id}/records", as: patient, place)
        try await replay.play("GET /v1/cases/{id}/records/{record}", as: patient, place)
    }

    /// The coordinator asks for two records more, waives them, and completes the case.
    mutating func tasks() async throws {
        let (coordinator, id) = (actors.coordinator, ["id": caseID])
        var added: [TestReply] = []
        for _ in 1...2 {
            added.append(try await replay.play("POST /v1/cases/{id}/records", as: coordinator, id))
        }
        let list = try await replay.play("GET /v1/tasks", as: coordinator, query: "?limit=2")
        for record in added {
            try await replay.play(
                "PATCH /v1/cases/{id}/records/{record}", as: coordinator,
                ["id": caseID, "record": text(record, "/id")], headers: ifMatch(record))
        }
        let task = list.list(at: "tasks").first { $0["kind"] == "complete_case" }
        try await replay.play(
            "POST /v1/tasks/{id}/done", as: coordinator, ["id": try #require(task?["id"]?.asString)])
    }

    /// Two other cases come to other ends.
    mutating func otherEnds() async throws {
        let gateway = replay.gateway
        let withdrawn = try await CaseRoutesFixture().submitted(by: patient, gateway)
        try await replay.play("POST /v1/cases/{id}/withdraw", as: patient, ["id": withdrawn])
        let lost = try await CaseRoutesFixture().submitted(by: patient, gateway)
        try await CaseRoutesFixture().assign(lost, to: actors.specialists[0])
        try await replay.play("POST /v1/cases/{id}/break-blind", as: actors.specialists[0], ["id": lost])
        try await replay.play("POST /v1/cases/{id}/reassign", as: actors.coordinator, ["id": lost])
        try await replay.play("POST /v1/cases/{id}/unable", as: actors.coordinator, ["id": lost])
    }
}
