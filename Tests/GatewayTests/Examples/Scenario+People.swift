import Clinic
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import ServiceAPI
import Testing
import TestSupport

// Accounts, sign-in and caregivers: with the tokens of real mails and the codes of a real authenticator.

extension Scenario {
    private var secrets: IssuedSecrets { IssuedSecrets(vault: services.vault) }

    /// The patient signs up, and looks at what they told of themselves.
    mutating func people() async throws {
        let email = try replay.shown("POST /v1/accounts", "/email")
        let password = try replay.shown("POST /v1/accounts/confirm", "/password")
        try await replay.play("POST /v1/accounts")
        let link = try await secrets.token(to: email, .confirmEmail)
        try await replay.play("POST /v1/accounts/confirm", with: ["/token": link])
        patient = try await signIn(email, password)
        try await replay.play("GET /v1/me/access-log", as: patient, query: "?limit=1")
        let read = try await replay.play("GET /v1/me", as: patient)
        try await replay.play("PATCH /v1/me", as: patient, headers: ifMatch(read))
        try await secondFactor(email)
        try await newAddress(password)
        try await signOut()
    }

    private mutating func secondFactor(_ email: String) async throws {
        try await replay.play("POST /v1/me/second-factor", as: patient)
        let code = try await secrets.code(of: email)
        let codes = try await replay.play("POST /v1/me/second-factor/confirm", as: patient, with: ["/code": code])
        // The authenticator's code counts once: a recovery code stands for the next.
        let spare = try text(codes, "/recoveryCodes/0")
        let session = try await replay.play("POST /v1/sessions", with: ["/code": spare])
        patient = try person(session)
        try await replay.play("GET /v1/sessions", as: patient)
        let next = try text(codes, "/recoveryCodes/1")
        try await replay.play("POST /v1/sessions/current/proof", as: patient, with: ["/code": next])
        try await replay.play("POST /v1/me/second-factor/recovery-codes", as: patient)
        try await replay.play("POST /v1/me/second-factor/remove", as: patient)
    }

    private mutating func newAddress(_ password: String) async throws {
        let email = try replay.shown("POST /v1/me/email", "/email")
        try await replay.play("POST /v1/me/email", as: patient)
        let link = try await secrets.token(to: email, .confirmNewEmail)
        try await replay.play("POST /v1/me/email/confirm", as: patient, with: ["/token": link])
        try await replay.play("PUT /v1/me/password", as: patient)
        try await replay.play("POST /v1/password-resets", with: ["/email": email])
        let reset = try await secrets.token(to: email, .resetPassword)
        try await replay.play("POST /v1/password-resets/confirm", with: ["/token": reset])
    }

    private mutating func signOut() async throws {
        let email = try replay.shown("POST /v1/me/email", "/email")
        let password = try replay.shown("POST /v1/password-resets/confirm", "/password")
        let elsewhere = try await replay.gateway.send(
            .post, "/v1/sessions", json: #"{"email":"\#(email)","password":"\#(password)"}"#)
        try await replay.play(
            "DELETE /v1/sessions/{id}", as: try await signIn(email, password), ["id": text(elsewhere, "/session")])
        for operation in ["DELETE /v1/sessions/current", "DELETE /v1/sessions"] {
            try await replay.play(operation, as: try await signIn(email, password))
        }
        patient = try await signIn(email, password)
    }

    /// Somebody acts for the patient for a while.
    mutating func caregivers() async throws {
        let email = try replay.shown("POST /v1/me/caregivers", "/email")
        let invited = try await replay.play("POST /v1/me/caregivers", as: patient)
        let id = try text(invited, "/id")
        let link = try await secrets.token(to: email, .caregiverInvited(try #require(GrantID(id))))
        try await replay.play("POST /v1/caregiver-invitations/accept", as: actors.caregiver, with: ["/token": link])
        try await replay.play("GET /v1/me/caregivers", as: patient)
        try await replay.play("DELETE /v1/me/caregivers/{id}", as: patient, ["id": id])
    }

    private func signIn(_ email: String, _ password: String) async throws -> TestPerson {
        let json = #"{"email":"\#(email)","password":"\#(password)"}"#
        let device = ["User-Agent": "Replay/1.0"]
        return try person(try await replay.gateway.send(.post, "/v1/sessions", json: json, headers: device))
    }

    private func person(_ signedIn: TestReply) throws -> TestPerson {
        let account = try #require(AccountID(text(signedIn, "/account")))
        return TestPerson(token: try text(signedIn, "/token"), caller: Seed.caller(account))
    }
}
