import Clinic
import HTTPTypes
import Identity

/// The caller's live sessions, the latest first.
struct SessionList: Codable, Sendable {
    var sessions: [SessionEntry]
}

/// | route | who |
/// |---|---|
/// | `POST /v1/sessions` | anybody with a confirmed account |
/// | `GET`, `DELETE /v1/sessions`, `DELETE /v1/sessions/current` | whoever is signed in, her own |
func sessionRoutes(_ identity: Identity) -> [Endpoint] {
    [
        .exchange(
            .post, "/v1/sessions", .people, "Sign in",
            details: """
                Where a second factor is on, `code` is needed too. Five attempts at an address are free; then each \
                waits twice as long as the one before, up to 15 minutes, whichever gateway is asked. A session of \
                staff and specialists ends after 30 minutes without a request and 12 hours in all, a patient's after \
                12 hours and 7 days.
                """,
            access: .everyone, body: .json(example: SignInRequest.example),
            returns: .created("The session; its token is shown this once", example: SignedIn.example, isLocated: false),
            refusals: [.wrongCredentials, .codeNeeded, .wrongCode, .secondFactorRequired, .tooManyRequests, .busy]
        ) { request, call in
            let session = try await identity.signIn.signIn(request, from: call.clientAddress)
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
        .write(
            .delete, "/v1/sessions/current", .people, "Sign out", returns: .noContent("The token is worth nothing now")
        ) { call in
            try await identity.sessions.endCurrent(by: call.caller, in: call.tx)
            return NoContent()
        },
        .write(
            .delete, "/v1/sessions", .people, "Sign out everywhere, here too",
            returns: .noContent("No token of yours is worth anything now")
        ) { call in
            try await identity.sessions.endAll(by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
