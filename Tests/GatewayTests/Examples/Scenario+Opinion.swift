import Clinic
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

// The blinded first read, the thread, the opinion and what followed, and who was told and who has looked.

extension Scenario {
    mutating func firstRead() async throws {
        let drafted = try await replay.play("PUT /v1/cases/{id}/first-read", as: specialist, ["id": caseID])
        try await replay.play("GET /v1/cases/{id}", as: specialist, ["id": caseID])
        try await replay.play("GET /v1/cases", as: patient, query: "?limit=1")
        try await thread()
        try await replay.play(
            "POST /v1/cases/{id}/first-read/sign", as: specialist, ["id": caseID], headers: ifMatch(drafted))
        try await replay.play("GET /v1/cases/{id}/first-read", as: specialist, ["id": caseID])
    }

    private mutating func thread() async throws {
        let id = ["id": caseID]
        for _ in 1...3 { try await replay.play("POST /v1/cases/{id}/messages", as: patient, id) }
        try await replay.play("PUT /v1/cases/{id}/mark", as: specialist, id)
        try await replay.play("GET /v1/cases/{id}/messages", as: specialist, id)
        try await replay.play("POST /v1/cases/{id}/messages/search", as: specialist, id)
        try await replay.listen("GET /v1/cases/{id}/events", as: specialist, id)
    }

    mutating func opinion() async throws {
        try await clinicianReads()
        let read = try await replay.gateway.send(.get, "/v1/cases/\(caseID)", as: specialist)
        let drafted = try await replay.play(
            "PUT /v1/cases/{id}/opinion", as: specialist, ["id": caseID],
            with: [
                "/answers/0/question": text(read, "/questions/0/id"),
                "/answers/1/question": text(read, "/questions/1/id"),
            ])
        try await replay.play(
            "POST /v1/cases/{id}/opinion/sign", as: specialist, ["id": caseID], headers: ifMatch(drafted))
        try await replay.play("GET /v1/cases/{id}/opinion", as: patient, ["id": caseID])
        try await replay.play("PUT /v1/cases/{id}/outcome", as: patient, ["id": caseID])
        try await replay.play("GET /v1/cases/{id}/outcome", as: patient, ["id": caseID])
        try await replay.play("POST /v1/cases/{id}/close", as: patient, ["id": caseID])
    }

    private mutating func clinicianReads() async throws {
        let email = try replay.shown("POST /v1/cases/{id}/invitations", "/email")
        let sent = try await replay.play("POST /v1/cases/{id}/invitations", as: patient, ["id": caseID])
        let id = try #require(InvitationID(text(sent, "/id")))
        let link = try await IssuedSecrets(vault: services.vault).token(to: email, .clinicianInvited(id))
        try await replay.play("POST /v1/invitations/accept", as: actors.clinician, with: ["/token": link])
        try await replay.play("GET /v1/cases/{id}/invitations", as: patient, ["id": caseID])
        try await replay.play(
            "DELETE /v1/cases/{id}/invitations/{invitation}", as: patient, ["id": caseID, "invitation": "\(id)"])
    }

    mutating func notifications() async throws {
        let usual = try await replay.gateway.send(.get, "/v1/me/notifications", as: patient)
        try await replay.play("PUT /v1/me/notifications", as: patient, headers: ifMatch(usual))
        try await replay.play("GET /v1/me/notifications", as: patient)
        for _ in 1...2 { try await tell() }
        try await replay.play("GET /v1/me/notifications/deliveries", as: patient, query: "?limit=1")
    }

    /// As the worker does it.
    private func tell() async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            let id = NoticeID.random()
            try await tx.execute(
                """
                INSERT INTO consilium.notification (id, account_id, template, case_id, appointment_id)
                SELECT \(id), a.party_id, 'appointment_booked', a.case_id, a.id
                FROM consilium.appointment a WHERE a.party_id = \(patient.caller.account) LIMIT 1
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.delivery (notification_id, channel, state) VALUES (\(id), 'email', 'sent')
                """)
        }
    }

    mutating func accessLog() async throws {
        let me = try await replay.gateway.send(.get, "/v1/me", as: patient)
        _ = try await replay.gateway.send(
            .patch, "/v1/me", as: patient, json: #"{"address": "1 Lake Street"}"#, headers: ifMatch(me))
        try await replay.play("GET /v1/cases/{id}/people", as: actors.coordinator, ["id": caseID])
        try await replay.play("GET /v1/cases/{id}/access-log", as: patient, ["id": caseID], query: "?limit=60")
    }
}
