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
/// | `GET /v1/me/caregivers`, `DELETE /v1/me/caregivers/{id}` | the patient and the caregiver of a grant |
/// | `POST /v1/caregiver-invitations/accept` | whoever is signed in; the token is the proof |
func caregiverRoutes(_ caregivers: Caregivers) -> [Endpoint] {
    [
        .write(
            .post, "/v1/me/caregivers", .people, "Invite a caregiver",
            details: """
                They get a mail, and act for you in their own name, with an account of their own: never share a \
                password. The invitation can be accepted for 14 days. An address gets at most three mails at once, \
                then one in ten minutes, and an account sends at most twenty mails a day to others. Needs a proof \
                (`POST /v1/sessions/current/proof`).
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
            .get, "/v1/me/caregivers", .people, "Your caregivers, and the patients for whom you act",
            returns: .ok("Grants and open invitations", example: CaregiverList(caregivers: [.example])),
            audits: .nothing(because: "these are the caller's own grants, without clinical content")
        ) { call in
            CaregiverList(caregivers: try await caregivers.list(by: call.caller, in: call.tx))
        },
        .write(
            .delete, "/v1/me/caregivers/{id}", .people, "End a grant, or withdraw its invitation",
            details: "The patient and the caregiver may do so. From then on the caregiver can read nothing of the "
                + "patient's cases.",
            returns: .noContent("The grant has ended"), refusals: [.notFound],
            replays: .noBody
        ) { call in
            try await caregivers.end(call.id("id", as: GrantID.self), by: call.caller, in: call.tx)
            return NoContent()
        },
        .write(
            .post, "/v1/caregiver-invitations/accept", .people, "Accept a caregiver's invitation",
            details: "Sign in with the address that the mail was sent to: its token works for no other account.",
            body: .json(example: LinkToken.example),
            returns: .ok("The grant", example: CaregiverGrant.accepted), refusals: [.linkInvalid],
            replays: .nothing(because: "it holds ids and instants")
        ) { body, call in
            try await caregivers.accept(token: body.token, by: call.caller, in: call.tx)
        },
    ]
}
