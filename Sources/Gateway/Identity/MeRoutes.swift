import Clinic
import HTTPServer
import HTTPTypes
import Identity
import JSON
import ServiceAPI
import TypedText

/// A new password, with the present one.
struct PasswordChange: Codable, Sendable, Described, Ruled {
    var currentPassword: String
    var newPassword: String

    static let example = PasswordChange(
        currentPassword: "violet harbour candle", newPassword: "marble falcon orchard")
    static let notes = [
        "currentPassword": FieldNote("Proves who asks"),
        "newPassword": FieldNote(newPasswordText),
    ]
    static let rules: [String: FieldRule] = [
        "currentPassword": .text(.anything()), "newPassword": PasswordRules.rule(besideSecondFactor: true),
    ]
}

/// A new address, with the password.
struct AddressChange: Codable, Sendable, Ruled {
    var email: String
    var password: String

    static let rules: [String: FieldRule] = ["email": .text(EmailAddress.rule), "password": .text(.anything())]
}

/// | route | who |
/// |---|---|
/// | `GET`, `PATCH /v1/me` | everybody who is signed in, their own account |
/// | `PUT /v1/me/password`, `POST /v1/me/email`, `…/confirm` | the same, by their password or the mail's token |
func meRoutes(_ identity: IdentityService) -> [Endpoint] {
    [
        .read(
            .get, "/v1/me", .people, "Your account",
            returns: .ok("Your account", example: Profile.example, headers: ["ETag": "Its version"]),
            refusals: [.notFound],
            audits: .entries { profile, call in
                [AuditRead(.account, profile.id.rawValue, in: .account(profile.id), by: call.caller.account)]
            }
        ) { call in
            let profile = try await identity.profiles.profile(of: call.caller, in: call.tx)
            call.tag(profile.version)
            return profile
        },
        .write(
            .patch, "/v1/me", .people, "Change your particulars",
            details: "What is left out stays. Needs `If-Match` with the `ETag` of the last read.",
            body: .json(example: ProfileChange.example),
            returns: .ok("Your account", example: Profile.changed, headers: ["ETag": "Its version"]),
            refusals: [.invalidFields, .changedMeanwhile, .matchNeeded],
            replays: .entries { [AuditRead(.account, $0.id.rawValue, in: .account($0.id), by: $1.caller.account)] }
        ) { change, call in
            let profile = try await identity.profiles.change(
                change, ifVersion: call.requiredVersion(), by: call.caller, in: call.tx)
            call.tag(profile.version)
            return profile
        },
        .exchange(
            .put, "/v1/me/password", .people, "Change your password",
            details: "Ends your other sessions, and you are told by mail.",

            access: .signedIn, body: .json(example: PasswordChange.example),
            returns: .noContent("The new password is in force"),
            refusals: [.wrongPassword, .invalidFields, .busy]
        ) { body, call in
            try await identity.passwords.change(
                current: body.currentPassword, to: body.newPassword, by: call.caller)
            return NoContent()
        },
        .exchange(
            .post, "/v1/me/email", .people, "Move to another address",
            details: """
                Nothing changes until the link that is mailed to the new address is used. The answer is the same \
                whether or not the address has another account. The present address is told. An account mails others \
                twenty times a day.
                """,
            access: .signedIn,
            body: .json(example: AddressChange(email: "maria@example.net", password: "violet harbour candle")),
            returns: .accepted("The new address has mail"),
            refusals: [.wrongPassword, .invalidFields, .tooManyRequests, .busy]
        ) { body, call in
            try await identity.emailChange.request(email: body.email, password: body.password, by: call.caller)
            return NoContent()
        },
        .write(
            .post, "/v1/me/email/confirm", .people, "Confirm your new address", details: "The old address is told.",
            body: .json(example: LinkToken.example), returns: .noContent("Sign in with the new address from now on"),
            refusals: [.linkInvalid, .emailTaken],
            replays: .noBody
        ) { body, call in
            try await identity.emailChange.confirm(token: body.token, by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
