import Clinic
import HTTPServer
import HTTPTypes
import JSON
import Matching
import ServiceAPI

/// The organisations of the programme.
struct OrganisationList: Codable, Sendable, Described {
    var organisations: [Organisation]

    static let notes = ["organisations": FieldNote("By name, the retired ones too")]
}

/// | route | who |
/// |---|---|
/// | `GET /v1/organisations` | everybody who is signed in |
/// | `POST /v1/organisations`, `PATCH /v1/organisations/{id}` | an operator |
func organisationRoutes(_ matching: MatchingService) -> [Endpoint] {
    let operators = Access.roles([.operator])
    let tag = ["ETag": "The organisation's version, for If-Match"]
    return [
        .read(
            .get, "/v1/organisations", .specialists, "The organisations that specialists belong to",
            returns: .ok("All of them", example: OrganisationList(organisations: [.example])),
            audits: .nothing(because: "organisations are public")
        ) { call in
            OrganisationList(organisations: try await matching.organisations(in: call.tx))
        },
        .write(
            .post, "/v1/organisations", .specialists, "Make an organisation",
            details: "Specialists are proposed for one (`POST /v1/specialist-proposals`). No two have the same name.",
            access: operators, body: .json(example: OrganisationDraft.example),
            returns: .created("The organisation", example: Organisation.example, headers: tag, isLocated: false),
            refusals: [.invalidFields], replays: .nothing(because: "organisations are public")
        ) { draft, call in
            tagged(try await matching.makeOrganisation(draft, in: call.tx), call)
        },
        .write(
            .patch, "/v1/organisations/{id}", .specialists, "Change an organisation, or retire it",
            details: """
                What is left out stays. For one that is `retired` nobody new is proposed; who is of it stays, and `false` \
                takes it back. `If-Match` names the organisation's `ETag`.
                """,
            access: operators, body: .json(example: OrganisationEdit.example),
            returns: .ok("The organisation", example: Organisation.changed, headers: tag),
            refusals: [.notFound, .invalidFields, .matchNeeded, .changedMeanwhile],
            replays: .nothing(because: "organisations are public")
        ) { edit, call in
            return tagged(
                try await matching.editOrganisation(
                    call.id("id", as: OrganisationID.self), edit, ifVersion: call.requiredVersion(), in: call.tx), call)
        },
    ]
}

private func tagged(_ organisation: Organisation, _ call: HandlerContext) -> Organisation {
    call.tag(organisation.version)
    return organisation
}
