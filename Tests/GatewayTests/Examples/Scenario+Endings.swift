import Clinic
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
import Identity
@testable import JSON
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

// Who is shut out, forgotten, or let in again without their authenticator.

extension Scenario {
    mutating func endings() async throws {
        let email = "lost.factor@example.org"
        let lost = try await Seed.account(services.vault, email: email)
        let settings = IdentitySettings(blocklist: PasswordBlocklist([]), requireSecondFactorForStaff: false)
        _ = try await TestDatabase.current.owner.withTransaction(as: .nobody) { [vault = services.vault] tx in
            try await AccountCreation(vault: vault, settings: settings).renewSecondFactor(
                of: lost, email: email, in: tx)
        }
        try await replay.play("POST /v1/accounts/search", as: actors.operator, with: ["/email": email])
        let proposal = "POST /v1/second-factor-recoveries"
        let first = try text(try await replay.play(proposal, as: actors.operator, with: ["/email": email]), "/id")
        try await replay.play("GET /v1/second-factor-recoveries", as: actors.operator)
        try await replay.play(
            "POST /v1/second-factor-recoveries/{id}/approve", as: actors.secondOperator, ["id": first])
        let second = try text(try await replay.play(proposal, as: actors.operator, with: ["/email": email]), "/id")
        try await replay.play("DELETE /v1/second-factor-recoveries/{id}", as: actors.operator, ["id": second])

        let coordinator = try await Seed.account(services.vault, roles: [.coordinator])
        try await replay.play(
            "DELETE /v1/accounts/{id}/roles/{role}", as: actors.operator,
            ["id": coordinator.description, "role": "coordinator"])
        let account = ["id": lost.description]
        try await replay.play("POST /v1/accounts/{id}/close", as: actors.operator, account)
        try await replay.play("POST /v1/accounts/{id}/erase", as: actors.operator, account)
        let opened = ["id": caseID]
        try await replay.play("POST /v1/cases/{id}/emergency-access", as: actors.operator, opened)
        try await replay.play("GET /v1/cases/{id}/emergency-access", as: patient, opened)
        let leaving = try await Seed.signedIn(services.vault, try await Seed.account(services.vault))
        try await replay.play("POST /v1/me/close", as: TestPerson(token: leaving.token, caller: leaving.caller))
    }
}
