import Clinic
import HTTPServer
import HTTPTypes
import Identity
import JSON
import ServiceAPI

/// A code of the authenticator.
struct FactorCode: Codable, Sendable, Described, Ruled {
    var code: String

    static let notes = ["code": FieldNote("Six digits of the authenticator")]
    static let rules: [String: FieldRule] = ["code": .text(SecondFactors.digitsRule)]
}

/// The password, to prove who asks.
struct PasswordProof: Codable, Sendable, Ruled {
    var password: String

    static let rules: [String: FieldRule] = ["password": .text(.anything())]
}

/// | route | who |
/// |---|---|
/// | `POST /v1/me/second-factor`, `…/confirm`, `…/recovery-codes`, `…/remove` | whoever is signed in, their own |
func secondFactorRoutes(_ identity: IdentityService) -> [Endpoint] {
    [
        .write(
            .post, "/v1/me/second-factor", .people, "Enrol an authenticator",
            details: """
                Sign-in asks for its codes once one was confirmed; an authenticator that is on stays on until then. Until \
                then this can be asked again. Needs a proof (`POST /v1/sessions/current/proof`).
                """,
            returns: .created("The secret, shown this once", example: SecondFactorSecret.example, isLocated: false),
            refusals: [.proofNeeded],
            replays: .nothing(because: "it is the caller's own")
        ) { call in
            call.reply(headers: [.cacheControl: "no-store"])
            return try await identity.secondFactors.enrol(by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/me/second-factor/confirm", .people, "Turn the second factor on",
            details: "In place of one that was on. Ends your other sessions, and you are told by mail.",
            body: .json(example: FactorCode(code: "287082")),
            returns: .ok("Ten recovery codes, shown this once; each works once", example: RecoveryCodeList.example),
            refusals: [.wrongCode, .secondFactorMissing],
            replays: .nothing(because: "it is the caller's own")
        ) { body, call in
            call.reply(headers: [.cacheControl: "no-store"])
            return try await identity.secondFactors.confirm(code: body.code, by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/me/second-factor/recovery-codes", .people, "Make new recovery codes",
            details: "The old ones are worth nothing any more. Needs a proof; you are told by mail.",
            returns: .ok("Ten recovery codes, shown this once; each works once", example: RecoveryCodeList.example),
            refusals: [.proofNeeded, .secondFactorMissing],
            replays: .nothing(because: "it is the caller's own")
        ) { call in
            call.reply(headers: [.cacheControl: "no-store"])
            return try await identity.secondFactors.renewRecoveryCodes(by: call.caller, in: call.tx)
        },
        .exchange(
            .post, "/v1/me/second-factor/remove", .people, "Turn the second factor off",
            details: """
                The password must have 15 characters to stand alone. The recovery codes go, too, your other sessions end, \
                and you are told by mail.
                """,
            access: .signedIn, body: .json(example: PasswordProof(password: "violet harbour candle")),
            returns: .noContent("Sign-in asks for the password alone"),
            refusals: [
                .wrongPassword, .invalidFields, .secondFactorMissing, .secondFactorRequired, .busy,
            ]
        ) { body, call in
            try await identity.secondFactors.remove(password: body.password, by: call.caller)
            return NoContent()
        },
    ]
}
