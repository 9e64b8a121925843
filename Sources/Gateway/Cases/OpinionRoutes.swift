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
    let content = OpinionContent(
        diagnosis: Judgement(.clarified, "In situ, not invasive"), treatment: Judgement(.changed, "Excise less"),
        missingStudies: ["MRI of both breasts"],
        alternatives: [Alternative(text: "Active surveillance", outcomes: "Two trials are under way")],
        answers: [
            OpinionAnswer(question: CaseExamples.question, text: "Yes, as far as is known"),
            OpinionAnswer(question: CaseExamples.openQuestion, text: "Within three months"),
        ],
        summary: "A smaller operation is reasonable")
    let example = Opinion(
        case: CaseExamples.caseID, specialist: CaseExamples.specialist, blind: .kept, content: content, version: 2,
        signedAt: CaseExamples.moment, deliveredAt: CaseExamples.moment,
        signature: SignatureView(key: "2027-01", verified: true))
    let draft = with(example) {
        $0.version = 1
        $0.signedAt = nil
        $0.deliveredAt = nil
        $0.signature = nil
    }
    return [
        .write(
            .put, "/v1/cases/{id}/opinion", .cases, "Draft the opinion",
            details: """
                A draft may be unfinished; nobody else reads it. The first draft takes no `If-Match`; every later one \
                names the version that it replaces.
                """,
            body: .json(example: content, limit: 1024 * 1024),
            returns: .ok("The draft", example: draft, headers: ["ETag": "Its version"]),
            refusals: [.notFound, .notYourPart, .wrongState, .alreadySigned, .changedMeanwhile, .matchNeeded],
            replays: .entries { $1.reads(.opinion, $0.case, of: $0.case) }
        ) { content, call in
            let opinion = try await opinions.save(
                content, of: call.id("id", as: CaseID.self), expecting: call.expectedVersion, by: call.caller,
                in: call.tx)
            call.tag(opinion.version)
            return opinion
        },
        .read(
            .get, "/v1/cases/{id}/opinion", .cases, "The opinion",
            returns: .ok(
                "The opinion, its signature verified now", example: example, headers: ["ETag": "Its version"]),
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
            returns: .ok("The signed opinion", example: example, headers: ["ETag": "Its version"]),
            refusals: [
                .notFound, .notYourPart, .wrongState, .alreadySigned, .nothingToSign, .firstReadNeeded,
                .opinionUnfinished, .consentMissing, .noTreatingClinician, .changedMeanwhile, .matchNeeded,
            ],
            replays: .entries { $1.reads(.opinion, $0.case, of: $0.case) }
        ) { call in
            let opinion = try await opinions.sign(
                call.id("id", as: CaseID.self), expecting: call.requiredVersion(), by: call.caller, in: call.tx)
            call.tag(opinion.version)
            return opinion
        },
    ]
}
