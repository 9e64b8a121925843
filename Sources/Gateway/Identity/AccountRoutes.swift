import Clinic
import HTTPServer
import HTTPTypes
import Identity
import JSON
import ServiceAPI

/// A new password, with the token of the mail.
struct PasswordReset: Codable, Sendable, Described, Ruled {
    var token: String
    var password: String

    static let example = PasswordReset(token: LinkToken.example.token, password: "marble falcon orchard")
    static let notes = [
        "token": FieldNote("The secret that the mail's link carries"),
        "password": FieldNote(newPasswordText),
    ]
    static let rules: [String: FieldRule] = [
        "token": .text(.secret), "password": PasswordRules.rule(besideSecondFactor: true),
    ]
}

/// A first password, with the token of the mail.
struct Confirmation: Codable, Sendable, Described, Ruled {
    var token: String
    var password: String

    static let example = Confirmation(token: LinkToken.example.token, password: "violet harbour candle")
    static let notes = [
        "token": FieldNote("The secret that the mail's link carries"),
        "password": FieldNote("Any characters; neither a common password nor your own name"),
    ]
    static let rules: [String: FieldRule] = [
        "token": .text(.secret), "password": PasswordRules.rule(besideSecondFactor: false),
    ]
}

/// | route | who |
/// |---|---|
/// | `POST /v1/accounts`, `…/confirm` | anybody; the token is the proof |
/// | `POST /v1/password-resets`, `…/confirm` | anybody; the token is the proof |
func accountRoutes(_ identity: IdentityService) -> [Endpoint] {
    [
        .exchange(
            .post, "/v1/accounts", .people, "Open an account",
            details: """
                The answer is the same whether or not the address has an account. The owner of an existing account is \
                told by mail; any other address gets a link to confirm it and to choose the password. Until then \
                nobody can sign in, and others may claim the address as well; a sign-up that nobody confirms is \
                deleted after a week. One network can cause three mails to an address at once, then one in ten \
                minutes.
                """,
            access: .everyone, body: .json(example: SignUpRequest.example),
            returns: .accepted("Your mail says how to continue"), refusals: [.invalidFields]
        ) { request, call in
            try await identity.signUp.open(request, from: call.clientAddress)
            return NoContent()
        },
        .exchange(
            .post, "/v1/accounts/confirm", .people, "Confirm an address and choose a password",
            details: """
                The person who reads the address's mail chooses the password; signing up sets none. The same request \
                within ten minutes gets the same answer. The link expires then, or after two days without use.
                """,
            access: .everyone, body: .json(example: Confirmation.example),
            returns: .noContent("The account can sign in"),
            refusals: [.linkInvalid, .emailTaken, .invalidFields, .tooManyRequests, .busy]
        ) { body, call in
            try await identity.signUp.confirm(
                token: body.token, password: body.password, from: call.clientAddress)
            return NoContent()
        },
        .exchange(
            .post, "/v1/password-resets", .people, "Request a new password",
            details: "The answer is the same whether or not the address has an account.",
            access: .everyone, body: .json(example: EmailOnly(email: Profile.example.email)),
            returns: .accepted("If there is an account, its address has mail"), refusals: [.invalidFields]
        ) { body, call in
            try await identity.passwords.requestReset(email: body.email, from: call.clientAddress)
            return NoContent()
        },
        .exchange(
            .post, "/v1/password-resets/confirm", .people, "Set a new password",
            details: """
                Ends every session of the account, its calendar feeds and every other mailed link, and forgets its \
                known devices. The second factor stays. Two operators can let in a person who has lost it, or who \
                finds another person's on their account.
                """,
            access: .everyone,
            body: .json(example: PasswordReset.example), returns: .noContent("Sign in with the new password"),
            refusals: [.linkInvalid, .invalidFields, .tooManyRequests, .busy]
        ) { body, call in
            try await identity.passwords.reset(
                token: body.token, password: body.password, from: call.clientAddress)
            return NoContent()
        },
    ]
}

/// What the document says of a new password.
let newPasswordText = """
    \(PasswordRules.minLength(besideSecondFactor: false)) characters or more, or \
    \(PasswordRules.minLength(besideSecondFactor: true)) where a second factor is on; neither a common password nor \
    your own name
    """
