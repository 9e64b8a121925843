import Clinic
import HTTPTypes
import Identity

/// A new password by the token of its mail.
struct PasswordReset: Codable, Sendable, Described {
    var token: String
    var password: String

    static let example = PasswordReset(token: LinkToken.example.token, password: "marble falcon orchard")
    static let notes = [
        "token": FieldNote("The secret that the mail's link carries", length: 1...200),
        "password": FieldNote("15 to 128 characters, or 8 to 128 where a second factor is on"),
    ]
}

/// | route | who |
/// |---|---|
/// | `POST /v1/accounts`, `…/confirm` | anybody; the token is the proof |
/// | `POST /v1/password-resets`, `…/confirm` | anybody; the token is the proof |
func accountRoutes(_ identity: Identity) -> [Endpoint] {
    [
        .exchange(
            .post, "/v1/accounts", .people, "Open an account",
            details: """
                The answer is the same whether or not the address has an account: its owner is told by mail, anybody \
                else gets a link to confirm. Until then nobody can sign in, and others may claim the address as well.
                """,
            access: .everyone, body: .json(example: SignUpRequest.example),
            returns: .accepted("Read your mail: it says how to go on"),
            refusals: [.invalidFields, .tooManyRequests, .busy]
        ) { request, call in
            try await identity.signUp.open(request, from: call.clientAddress)
            return NoContent()
        },
        .exchange(
            .post, "/v1/accounts/confirm", .people, "Confirm an address", access: .everyone,
            body: .json(example: LinkToken.example), returns: .noContent("The account can sign in"),
            refusals: [.linkInvalid, .emailTaken]
        ) { body, _ in
            try await identity.signUp.confirm(token: body.token)
            return NoContent()
        },
        .exchange(
            .post, "/v1/password-resets", .people, "Ask for a new password",
            details: "The answer is the same whether or not the address has an account.",
            access: .everyone, body: .json(example: EmailOnly(email: Profile.example.email)),
            returns: .accepted("If there is an account, its address has mail"), refusals: [.invalidFields]
        ) { body, call in
            try await identity.passwords.requestReset(email: body.email, from: call.clientAddress)
            return NoContent()
        },
        .exchange(
            .post, "/v1/password-resets/confirm", .people, "Set a new password",
            details: "Ends every session of the account. The second factor stays.", access: .everyone,
            body: .json(example: PasswordReset.example), returns: .noContent("Sign in with the new password"),
            refusals: [.linkInvalid, .invalidFields, .tooManyRequests, .busy]
        ) { body, call in
            try await identity.passwords.reset(
                token: body.token, password: body.password, from: call.clientAddress)
            return NoContent()
        },
    ]
}
