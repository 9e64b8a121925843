import Clinic
import HTTPServer
import HTTPTypes
import Identity
import ServiceAPI

/// Grants, the latest first.
struct CaregiverList: Codable, Sendable {
    var caregivers: [CaregiverGrant]
}

/// | route | who |
/// |---|---|
/// | `POST /v1/me/caregivers` | a patient |
/// | `GET /v1/me/caregivers`, `DELETE /v1/me/caregivers/{id}` | either side of a grant |
/// | `POST /v1/caregiver-invitations/accept` | whoever is signed in; the token is the proof |
func caregiverRoutes(_ caregivers: Caregivers) -> [Endpoint] {
    [
        .write(
            .post, "/v1/me/caregivers", .people, "Invite somebody to act for you",
            details: """
                They get a mail, and act in their own name, with an account of their own: never share a password. The \
                invitation can be accepted for 14 days. An address is mailed three times at once, then once in ten \
                minutes, and an account mails others twenty times a day. Needs a proof (`POST /v1/sessions/current/proof`).
                """,
            access: .roles([.patient]),
            body: .json(example: CaregiverInvitation.example),
            returns: .created("The invitation", example: CaregiverGrant.invited, isLocated: false),
            refusals: [.proofNeeded, .invalidFields, .tooManyCaregivers, .tooManyRequests],
            replays: .nothing(because: "it holds ids, and the address that the caller wrote")
        ) { invitation, call in
            try await caregivers.invite(invitation, by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/me/caregivers", .people, "Who acts for you, and for whom you act",
            returns: .ok("Grants and open invitations", example: CaregiverList(caregivers: [.example])),
            audits: .nothing(because: "these are the caller's own grants, without clinical content")
        ) { call in
            CaregiverList(caregivers: try await caregivers.list(by: call.caller, in: call.tx))
        },
        .write(
            .delete, "/v1/me/caregivers/{id}", .people, "End a grant, or take an invitation back",
            details: "Either side may. The caregiver reads nothing of the patient's cases from then on.",
            returns: .noContent("The grant has ended"), refusals: [.notFound],
            replays: .noBody
        ) { call in
            try await caregivers.end(call.id("id", as: GrantID.self), by: call.caller, in: call.tx)
            return NoContent()
        },
        .write(
            .post, "/v1/caregiver-invitations/accept", .people, "Accept to act for a patient",
            details: "Signed in with the address that the mail was sent to: its token serves no other account.",
            body: .json(example: LinkToken.example),
            returns: .ok("The grant", example: CaregiverGrant.accepted), refusals: [.linkInvalid],
            replays: .nothing(because: "it holds ids and instants")
        ) { body, call in
            try await caregivers.accept(token: body.token, by: call.caller, in: call.tx)
        },
    ]
}
