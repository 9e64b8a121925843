import Cases
import Clinic
import FoundationEssentials
import HTTPServer
import HTTPTypes
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `POST /v1/cases/{id}/invitations`, `DELETE …/{invitation}` | the patient's side |
/// | `GET /v1/cases/{id}/invitations` | the patient's side and coordinators |
/// | `POST /v1/invitations/accept` | whoever holds the token of the mail and signs in |
func invitationRoutes(_ invitations: Invitations) -> [Endpoint] {
    [
        .write(
            .post, "/v1/cases/{id}/invitations", .cases, "Ask a treating clinician to take part",
            details: """
                Nobody is told of a case unless the patient asks for it here. What is left out is not granted. Needs the \
                consent `treating_clinician`, and `peer_to_peer` for one who consults. The mail's link lives for 14 days; \
                at most \(CaseQuota.invitations.most) invitations of a case are in force at once. An address is mailed \
                three times at once, then once in ten minutes, and an account mails others twenty times a day. Needs a \
                proof (`POST /v1/sessions/current/proof`); the patient is told by mail.
                """,
            body: .json(example: InvitationDraft.example),
            returns: .created("The invitation", example: Invitation.example, isLocated: false),
            refusals: [
                .proofNeeded, .notFound, .notYourPart, .wrongState, .consentMissing, .listFull, .tooManyRequests,
            ],
            replays: .entries { $1.readsOfPath(.invitation, $0.id.rawValue) }
        ) { draft, call in
            let id = try call.id("id", as: CaseID.self)
            return try await invitations.send(draft, for: id, by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/cases/{id}/invitations", .cases, "The invitations of a case",
            returns: .ok("All of them", example: InvitationList.example),
            refusals: [.notFound, .notYourPart],
            audits: .entries { list, call in
                guard let id = try? call.id("id", as: CaseID.self) else { return [] }
                return [
                    AuditRead(
                        .invitation, id.rawValue, in: .case(id), by: call.caller.account,
                        items: list.invitations.count)
                ]
            }
        ) { call in
            try await invitations.list(of: call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/cases/{id}/invitations/{invitation}", .cases, "Take an invitation back",
            details: "Who had accepted it no longer takes part, unless another invitation brought them in too.",
            returns: .noContent("Taken back"), refusals: [.notFound, .notYourPart, .wrongState],
            replays: .noBody
        ) { call in
            try await invitations.withdraw(
                call.id("invitation", as: InvitationID.self), of: call.id("id", as: CaseID.self), by: call.caller,
                in: call.tx)
            return NoContent()
        },
        .write(
            .post, "/v1/invitations/accept", .cases, "Take part in a case by invitation",
            details: "Signed in with the address that the mail was sent to: its token serves no other account.",
            body: .json(example: InvitationToken(token: "q9Zt1oV3mX5sB7dF0gHk2lPnRjTyUwEa4cI6vKxYzQs")),
            returns: .ok(
                "Where you take part now", example: InvitedCase(case: ExampleValues.caseID),
                headers: ["Location": "The case"]),
            refusals: [.notFound],
            replays: .nothing(because: "it names the case and says nothing of it")
        ) { request, call in
            let id = try await invitations.accept(request.token, by: call.caller, in: call.tx)
            call.reply(headers: [.location: "/v1/cases/\(id)"])
            return InvitedCase(case: id)
        },
    ]
}

/// What the mail's link carries.
struct InvitationToken: Codable, Sendable, Ruled {
    var token: String

    static let rules: [String: FieldRule] = ["token": .text(.secret)]
}

/// The case that an invitation led to.
struct InvitedCase: Codable, Sendable {
    var `case`: CaseID
}
