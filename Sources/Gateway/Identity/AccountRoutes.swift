import Clinic
import HTTPServer
import HTTPTypes
import Identity
import JSON
import ServiceAPI

/// A new password by the token of its mail.
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

/// A first password by the token of the mail.
struct Confirmation: Codable, Sendable, Described, Ruled {
    var token: String
    var password: String

    static let example = Confirmation(token: LinkToken.example.token, password: "violet harbour candle")
    static let notes = [
        "token": FieldNote("The secret that the mail's link carries"),
        "password": FieldNote("Of characters of any kind; not a common one, nor your own name"),
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
                The answer is the same whether or not the address has an account: its owner is told by mail, anybody \
                else gets a link to confirm, where the password is chosen. Until then there is nothing to sign in to, \
                and others may claim the address as well; what nobody confirms is forgotten after a week. To an \
                address three mails go at once at one network's wish, then one in ten minutes.
                """,
            access: .everyone, body: .json(example: SignUpRequest.example),
            returns: .accepted("Read your mail: it says how to go on"), refusals: [.invalidFields]
        ) { request, call in
            try await identity.signUp.open(request, from: call.clientAddress)
            return NoContent()
        },
        .exchange(
            .post, "/v1/accounts/confirm", .people, "Confirm an address and choose a password",
            details: """
                Who reads the address's mail chooses the password: whoever signed up with the address has set none. \
                The same again within ten minutes is answered alike; the link is over after that, and after two days \
                unused.
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
            details: """
                Ends every session of the account, its calendar feeds and every other link that was mailed, and forgets \
                the devices that it knew. The second factor stays: who has lost it, or finds \
                another's on their account, is let in again by two operators.
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
    \(PasswordRules.minLength(besideSecondFactor: true)) where a second factor is on; not a common one, nor your own name
    """
