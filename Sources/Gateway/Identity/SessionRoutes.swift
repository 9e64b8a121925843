import Clinic
import HTTPServer
import HTTPTypes
import Identity
import ServiceAPI

/// The caller's live sessions, the latest first.
struct SessionList: Codable, Sendable {
    var sessions: [SessionEntry]
}

/// | route | who |
/// |---|---|
/// | `POST /v1/sessions` | anybody with a confirmed account |
/// | `GET`, `DELETE /v1/sessions`, `DELETE /v1/sessions/current`, `DELETE /v1/sessions/{id}` | whoever is signed in, their own |
/// | `POST /v1/sessions/current/proof` | whoever is signed in, by the password or a code |
func sessionRoutes(_ identity: IdentityService) -> [Endpoint] {
    [
        .exchange(
            .post, "/v1/sessions", .people, "Sign in",
            details: """
                Where a second factor is on, `code` is needed too. Keep the answer's `device` on the device, and send \
                it with the next sign-in: then nobody else's guesses hold that device up, for 90 days from each \
                sign-in, and for 20 wrong passwords in a row. From any other device five attempts at an address are \
                free; then each waits twice as long as the one before, up to 15 minutes, whichever gateway is asked. \
                Attempts from other networks do not count for that; but after 100 wrong ones over all networks an \
                unknown device is answered `device-unknown`, whether or not the password was right, until it sends \
                the `link` that the right password has mailed, or a `code`. \
                A session of staff and specialists ends after 30 minutes without a request and 12 hours in all, a \
                patient's after 12 hours and 7 days. An account has 20 sessions at once: a further one ends the one \
                that was not used longest.
                """,
            access: .everyone, body: .json(example: SignInRequest.example),
            returns: .created("The session; its token is shown this once", example: SignedIn.example, isLocated: false),
            refusals: [
                .wrongCredentials, .codeNeeded, .wrongCode, .deviceUnknown, .secondFactorRequired, .tooManyRequests,
                .busy,
            ]
        ) { request, call in
            let session = try await identity.signIn.signIn(request, from: call.source)
            call.reply(headers: [.cacheControl: "no-store"])
            return session
        },
        .read(
            .get, "/v1/sessions", .people, "Where you are signed in",
            returns: .ok("Your live sessions, the latest first", example: SessionList(sessions: [.example])),
            audits: .nothing(because: "these are the caller's own sessions, without clinical content")
        ) { call in
            SessionList(sessions: try await identity.sessions.list(by: call.caller, in: call.tx))
        },
        .exchange(
            .post, "/v1/sessions/current/proof", .people, "Show once more who you are",
            details: """
                What lasts longer than a session answers `proof-needed` unless the password or a code was shown in it within \
                \(ProofNeeded.lasts.components.seconds / 60) minutes; signing in counts. What is given here must all be right. After \
                \(SessionProof.mostWrong) wrong proofs in a row the next one ends the session, and its owner is told.
                """,
            access: .signedIn, body: .json(example: Proof.example),
            returns: .ok("Until when it counts", example: ProofTaken.example),
            refusals: [.wrongPassword, .wrongCode, .invalidFields, .busy]
        ) { proof, call in
            try await identity.proof.take(proof, by: call.caller)
        },
        .write(
            .delete, "/v1/sessions/current", .people, "Sign out", returns: .noContent("The token is worth nothing now"),
            replays: .noBody
        ) { call in
            try await identity.sessions.endCurrent(by: call.caller, in: call.tx)
            return NoContent()
        },
        .write(
            .delete, "/v1/sessions/{id}", .people, "Sign out in one place",
            returns: .noContent("That session's token is worth nothing now"), refusals: [.notFound],
            replays: .noBody
        ) { call in
            try await identity.sessions.end(call.id("id", as: SessionID.self), by: call.caller, in: call.tx)
            return NoContent()
        },
        .write(
            .delete, "/v1/sessions", .people, "Sign out everywhere, here too",
            returns: .noContent("No token of yours is worth anything now"),
            replays: .noBody
        ) { call in
            try await identity.sessions.endAll(by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
