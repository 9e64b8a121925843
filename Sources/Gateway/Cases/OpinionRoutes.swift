import Cases
import Clinic
import HTTPServer
import HTTPTypes
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `PUT /v1/cases/{id}/opinion`, `…/sign` | the specialist |
/// | `GET /v1/cases/{id}/opinion` | the specialist; once delivered the patient's side, coordinators, an invited clinician |
func opinionRoutes(_ opinions: Opinions) -> [Endpoint] {
    [
        .write(
            .put, "/v1/cases/{id}/opinion", .cases, "Draft the opinion",
            details: """
                A draft may be unfinished; nobody else reads it. The first draft takes no `If-Match`; every later one \
                names the version that it replaces.
                """,
            body: .json(example: OpinionContent.example, limit: 1024 * 1024),
            returns: .ok("The draft", example: Opinion.draft, headers: ["ETag": "Its version"]),
            refusals: [.notFound, .notYourPart, .wrongState, .alreadySigned, .changedMeanwhile, .matchNeeded],
            replays: .entries { $1.reads(.opinion, $0.case, of: $0.case) }
        ) { content, call in
            let opinion = try await opinions.save(
                content, of: call.id("id", as: CaseID.self), ifVersion: call.expectedVersion, by: call.caller,
                in: call.tx)
            call.tag(opinion.version)
            return opinion
        },
        .read(
            .get, "/v1/cases/{id}/opinion", .cases, "The opinion",
            returns: .ok(
                "The opinion, its signature verified now", example: Opinion.example, headers: ["ETag": "Its version"]),
            refusals: [.notFound],
            audits: .entries { opinion, call in
                [AuditRead(.opinion, opinion.case.rawValue, in: .case(opinion.case), by: call.caller.account)]
            }
        ) { call in
            let opinion = try await opinions.read(call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
            call.tag(opinion.version)
            return opinion
        },
        .write(
            .post, "/v1/cases/{id}/opinion/sign", .cases, "Sign and deliver the opinion",
            details: """
                Needs a judgement of diagnosis and treatment, a summary and an answer to each question; in a blinded \
                case the signed first read, or a broken blind; in the peer-to-peer lane a treating clinician. The \
                opinion goes to the patient and to the clinicians who were invited to read it.
                """,
            returns: .ok("The signed opinion", example: Opinion.example, headers: ["ETag": "Its version"]),
            refusals: [
                .notFound, .notYourPart, .wrongState, .alreadySigned, .nothingToSign, .firstReadNeeded,
                .opinionUnfinished, .consentMissing, .noTreatingClinician, .changedMeanwhile, .matchNeeded,
            ],
            replays: .entries { $1.reads(.opinion, $0.case, of: $0.case) }
        ) { call in
            let opinion = try await opinions.sign(
                call.id("id", as: CaseID.self), ifVersion: call.requiredVersion(), by: call.caller, in: call.tx)
            call.tag(opinion.version)
            return opinion
        },
    ]
}
