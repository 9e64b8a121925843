import Clinic
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

// How the programme gets an organisation, and a specialist whom two of its people let in.

extension Scenario {
    mutating func programme() async throws {
        try await replay.play("GET /v1/organisations", as: patient)
        let made = try await replay.play("POST /v1/organisations", as: actors.operator)
        try await replay.play(
            "PATCH /v1/organisations/{id}", as: actors.operator, ["id": text(made, "/id")], headers: ifMatch(made))
        let (first, email) = try await propose()
        try await replay.play("POST /v1/specialist-proposals/{id}/approve", as: actors.operator, ["id": "\(first)"])
        let account = try await Seed.account(services.vault, roles: [], email: email)
        let newcomer = try await Seed.signedIn(services.vault, account)
        let link = try await IssuedSecrets(vault: services.vault).token(to: email, .specialistInvited(first))
        try await replay.play(
            "POST /v1/specialist-invitations/accept",
            as: TestPerson(token: newcomer.token, caller: newcomer.caller), with: ["/token": link])
        let (second, _) = try await propose()
        try await replay.play("GET /v1/specialist-proposals", as: actors.coordinator, query: "?limit=1")
        try await replay.play("DELETE /v1/specialist-proposals/{id}", as: actors.coordinator, ["id": "\(second)"])
    }

    private mutating func propose() async throws -> (SpecialistProposalID, email: String) {
        let operation = "POST /v1/specialist-proposals"
        let proposed = try await replay.play(
            operation, as: actors.coordinator, with: ["/entry/organisation": try await organisation()])
        let id = try #require(SpecialistProposalID(text(proposed, "/id")))
        return (id, try replay.shown(operation, "/email"))
    }

    /// One that was there before the scenario.
    private func organisation() async throws -> String {
        let specialist = actors.specialists[0].caller.account
        let found = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT organisation_id FROM consilium.specialist WHERE id = \(specialist)")?
                .decode(OrganisationID.self)
        }
        return try #require(found).description
    }
}
