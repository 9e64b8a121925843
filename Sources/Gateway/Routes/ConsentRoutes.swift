import Cases
import Clinic
import HTTPTypes

/// | route | who |
/// |---|---|
/// | `POST /v1/cases/{id}/consents`, `DELETE …/{consent}` | the patient's side |
/// | `GET /v1/cases/{id}/consents` | everyone who reads the case |
func consentRoutes(_ consents: Consents) -> [Endpoint] {
    let example = Consent(
        id: ConsentID(rawValue: CaseExamples.uuid(10)), kind: .secondOpinion, wording: "second_opinion.2027-01",
        givenBy: CaseExamples.patient, givenAt: CaseExamples.moment, withdrawnAt: nil)
    let withdrawn = like(example) { $0.withdrawnAt = CaseExamples.moment }
    return [
        .write(
            .post, "/v1/cases/{id}/consents", .cases, "Give a consent",
            body: .json(example: ConsentDraft(kind: .secondOpinion, wording: "second_opinion.2027-01")),
            returns: .created("The consent", example: example, isLocated: false),
            refusals: [.notFound, .notYourPart, .wrongState, .consentGiven],
            replays: .entries { $1.readsOfPath(.consent, $0.id.rawValue) }
        ) { draft, call in
            let id = try call.id("id", as: CaseID.self)
            return try await consents.give(draft, for: id, by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/cases/{id}/consents", .cases, "The consents of a case, withdrawn ones too",
            returns: .ok("All of them", example: ConsentList(consents: [withdrawn, example])),
            refusals: [.notFound, .notYourPart],
            audits: .entries { list, call in
                guard let id = try? call.id("id", as: CaseID.self) else { return [] }
                return [
                    AuditRead(
                        .consent, id.rawValue, in: .case(id), by: call.caller.account, items: list.consents.count)
                ]
            }
        ) { call in
            try await consents.list(for: call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/cases/{id}/consents/{consent}", .cases, "Withdraw a consent",
            details: """
                It stays on record as withdrawn. Without `second_opinion`, `telehealth` or `records_release` the case is \
                neither submitted nor completed, and no opinion is signed, until it is given again. Without \
                `peer_to_peer` that lane is closed and no clinician consults. Without `treating_clinician` no clinician \
                takes part any longer. Without `panel` no colleague does: panels go on without them, and a consult that was \
                with one of them alone is cancelled.
                """,
            returns: .noContent("Withdrawn"), refusals: [.notFound, .notYourPart, .wrongState],
            replays: .noBody
        ) { call in
            try await consents.withdraw(
                call.id("consent", as: ConsentID.self), of: call.id("id", as: CaseID.self), by: call.caller, in: call.tx
            )
            return NoContent()
        },
    ]
}
