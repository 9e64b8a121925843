import Clinic
import HTTPTypes
import Identity

/// A code of the authenticator.
struct FactorCode: Codable, Sendable, Described {
    var code: String

    static let notes = ["code": FieldNote("Six digits of the authenticator", length: 6...6)]
}

/// The password, to prove who asks.
struct PasswordProof: Codable, Sendable {
    var password: String
}

/// | route | who |
/// |---|---|
/// | `POST /v1/me/second-factor`, `…/confirm`, `…/remove` | whoever is signed in, her own |
func secondFactorRoutes(_ identity: Identity) -> [Endpoint] {
    [
        .write(
            .post, "/v1/me/second-factor", .people, "Enrol an authenticator",
            details: "Sign-in asks for its codes once one was confirmed. Until then this can be asked again.",
            returns: .created("The secret, shown this once", example: SecondFactorSecret.example, isLocated: false),
            refusals: [.secondFactorExists]
        ) { call in
            call.reply(headers: [.cacheControl: "no-store"])
            return try await identity.secondFactors.enrol(by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/me/second-factor/confirm", .people, "Turn the second factor on",
            body: .json(example: FactorCode(code: "287082")),
            returns: .ok("Ten recovery codes, shown this once; each works once", example: RecoveryCodeList.example),
            refusals: [.wrongCode, .secondFactorExists, .secondFactorMissing]
        ) { body, call in
            call.reply(headers: [.cacheControl: "no-store"])
            return try await identity.secondFactors.confirm(code: body.code, by: call.caller, in: call.tx)
        },
        .exchange(
            .post, "/v1/me/second-factor/remove", .people, "Turn the second factor off",
            details: "The password must have 15 characters to stand alone. The recovery codes go, too.",
            access: .signedIn, body: .json(example: PasswordProof(password: "violet harbour candle")),
            returns: .noContent("Sign-in asks for the password alone"),
            refusals: [
                .wrongPassword, .invalidFields, .secondFactorMissing, .secondFactorRequired, .tooManyRequests, .busy,
            ]
        ) { body, call in
            try await identity.secondFactors.remove(password: body.password, by: call.caller)
            return NoContent()
        },
    ]
}
