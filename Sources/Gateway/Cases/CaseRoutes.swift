package import Cases
import Clinic
package import HTTPServer
import HTTPTypes
import JSON
import ServiceAPI

/// All routes of cases.
package func casesEndpoints(_ cases: CaseService) -> [Endpoint] {
    caseRoutes(cases.cases, cases.lifecycle) + consentRoutes(cases.consents) + recordRoutes(cases.records)
        + fileRoutes(cases.uploads, cases.downloads) + firstReadRoutes(cases.firstReads)
        + opinionRoutes(cases.opinions) + outcomeRoutes(cases.outcomes) + taskRoutes(cases.worklist)
        + invitationRoutes(cases.invitations) + emergencyAccessRoutes(cases.emergencyAccesses)
}

/// | route | who |
/// |---|---|
/// | `POST /v1/cases` | a patient or a caregiver |
/// | `GET /v1/cases`, `GET /v1/cases/{id}` | everyone with a part, by what the part grants |
/// | `PATCH /v1/cases/{id}`, `…/submit` | the patient's side, while it is a draft |
/// | `…/lane` | the patient's side, before anybody is asked |
/// | `…/withdraw` | the patient's side, before the opinion is signed |
/// | `…/unable` | coordinators |
/// | `…/close` | the patient's side and coordinators, once it is delivered |
func caseRoutes(_ cases: CaseStore, _ lifecycle: CaseLifecycle) -> [Endpoint] {
    [
        .write(
            .post, "/v1/cases", .cases, "Open a case",
            details: """
                The case is a draft; everything but the lane can follow. What reveals the earlier opinion is kept from \
                the specialist until their first read is signed, unless `blinded` is false. Left out, `revealsPrior` is \
                true for condition, history, diagnosis, treatment, goals and questions, and false for symptoms, \
                medicines and allergies; the last two can never be withheld. A patient has at most \
                \(CaseQuota.openCases.most) cases at once that are not over.
                """,
            body: .json(example: CaseDraft.example, limit: caseBodyLimit),
            returns: .created("The draft", example: CaseView.draft, headers: ["ETag": "Its version"]),
            refusals: [.tooManyCases],
            replays: .entries { $1.reads(.case, $0.id, of: $0.id) }
        ) { draft, call in
            let view = try await cases.open(draft, by: call.caller, in: call.tx)
            call.reply(headers: [.location: "/v1/cases/\(view.id)"], etag: String(view.version))
            return view
        },
        .read(
            .get, "/v1/cases", .cases, "Your cases, the latest first", parameters: Page.parameters,
            returns: .ok(
                "A page of cases", example: CaseList.example, headers: Page.headers),
            audits: .entries(caseListReads)
        ) { call in
            let page = try call.page
            let list = try await cases.list(
                limit: page.limit, after: page.after(as: CaseID.self), by: call.caller, in: call.tx)
            call.link(next: list.next)
            return list
        },
        .read(
            .get, "/v1/cases/{id}", .cases, "A case, as your part lets you read it",
            details: """
                A candidate reads the reason alone. A blinded specialist is told under `withheld` how many parts and \
                records they are not shown yet.
                """,
            returns: .ok("The case", example: CaseView.blinded, headers: ["ETag": "Its version"]),
            refusals: [.notFound],
            audits: .entries { view, call in
                [AuditRead(.case, view.id.rawValue, in: .case(view.id), by: call.caller.account)]
            }
        ) { call in
            let view = try await cases.read(call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
            call.tag(view.version)
            return view
        },
        .write(
            .patch, "/v1/cases/{id}", .cases, "Change a draft",
            details: "What is named replaces what was there; `intake` and `questions` are replaced as a whole.",
            body: .json(example: CaseEdit.example, limit: caseBodyLimit),
            returns: .ok("The draft", example: CaseView.edited, headers: ["ETag": "Its version"]),
            refusals: [.notFound, .notYourPart, .wrongState, .changedMeanwhile, .matchNeeded],
            replays: .entries { $1.reads(.case, $0.id, of: $0.id) }
        ) { edit, call in
            let view = try await cases.edit(
                call.id("id", as: CaseID.self), edit, ifVersion: call.requiredVersion(), by: call.caller, in: call.tx)
            call.tag(view.version)
            return view
        },
        .write(
            .post, "/v1/cases/{id}/submit", .cases, "Hand a draft to the coordinators",
            details: """
                Needs a reason, a condition, and the consents `second_opinion` and `records_release`; in the lane `licensed` \
                `telehealth`, too, and in the lane `peer_to_peer`, where the clinician meets the specialist, that one. With records still asked for the case is `collecting`, else `submitted`.
                """,
            returns: .ok("The case", example: CaseView.submitted, headers: ["ETag": "Its version"]),
            refusals: [.notFound, .notYourPart, .wrongState, .caseIncomplete],
            replays: .entries { $1.reads(.case, $0.id, of: $0.id) }
        ) { call in
            let id = try call.id("id", as: CaseID.self)
            _ = try await lifecycle.submit(id, by: call.caller, in: call.tx)
            return try await moved(id, cases, call)
        },
        .write(
            .put, "/v1/cases/{id}/lane", .cases, "Put the lane of a submitted case right",
            details: """
                As long as nobody is asked to take the case (withdraw a waiting offer first): make a new match then. Where the \
                patient lives is looked at anew, too. Needs the consents of the new lane. Leaving `peer_to_peer` ends the part \
                of the clinician who was to consult. `If-Match` names the case's `ETag`.
                """,
            body: .json(example: LaneChange(lane: .licensed)),
            returns: .ok("The case", example: CaseView.submitted, headers: ["ETag": "Its version"]),
            refusals: [.notFound, .notYourPart, .wrongState, .consentMissing, .changedMeanwhile, .matchNeeded],
            replays: .entries { $1.reads(.case, $0.id, of: $0.id) }
        ) { change, call in
            let view = try await cases.changeLane(
                call.id("id", as: CaseID.self), to: change.lane, ifVersion: call.requiredVersion(), by: call.caller,
                in: call.tx)
            call.tag(view.version)
            return view
        },
        .write(
            .post, "/v1/cases/{id}/withdraw", .cases, "Withdraw a case",
            details: """
                Its holds, appointments and offers are released, and specialist and treating clinician read it no \
                longer. This cannot be undone.
                """,
            returns: .ok("The case", example: CaseView.withdrawn, headers: ["ETag": "Its version"]),
            refusals: [.notFound, .notYourPart, .wrongState],
            replays: .entries { $1.reads(.case, $0.id, of: $0.id) }
        ) { call in
            let id = try call.id("id", as: CaseID.self)
            try await lifecycle.withdraw(id, by: call.caller, in: call.tx)
            return try await moved(id, cases, call)
        },
        .write(
            .post, "/v1/cases/{id}/unable", .cases, "End a case for which no opinion can be given",
            access: .roles([.coordinator]), body: .json(example: UnableRequest(reason: .nobodyAccepts)),
            returns: .ok("The case", example: CaseView.unable, headers: ["ETag": "Its version"]),
            refusals: [.notFound, .notYourPart, .wrongState],
            replays: .entries { $1.reads(.case, $0.id, of: $0.id) }
        ) { request, call in
            let id = try call.id("id", as: CaseID.self)
            try await lifecycle.declareUnable(id, because: request.reason, by: call.caller, in: call.tx)
            return try await moved(id, cases, call)
        },
        .write(
            .post, "/v1/cases/{id}/close", .cases, "Close a delivered case",
            details: "Closing what is closed changes nothing.",
            returns: .ok("The case", example: CaseView.closed, headers: ["ETag": "Its version"]),
            refusals: [.notFound, .notYourPart, .wrongState],
            replays: .entries { $1.reads(.case, $0.id, of: $0.id) }
        ) { call in
            let id = try call.id("id", as: CaseID.self)
            try await lifecycle.close(id, by: call.caller, in: call.tx)
            return try await moved(id, cases, call)
        },
    ]
}

/// Bytes of an intake: forty parts of twenty thousand characters are rare.
private let caseBodyLimit = 2 * 1024 * 1024

/// Each case of a list is in its own chain, so that its patient learns of it.
@Sendable private func caseListReads(_ list: CaseList, _ call: HandlerContext) -> [AuditRead] {
    list.cases.map { AuditRead(.case, $0.id.rawValue, in: .case($0.id), by: call.caller.account) }
}

private func moved(_ id: CaseID, _ cases: CaseStore, _ call: HandlerContext) async throws -> CaseView {
    let view = try await cases.read(id, by: call.caller, in: call.tx)
    call.tag(view.version)
    return view
}

/// The lane that a case should have.
struct LaneChange: Codable, Sendable, Described {
    var lane: Lane

    static let notes = ["lane": FieldNote("Why the consult is lawful: a licence where the patient is, or peer to peer")]
}

/// Why a case ends without an opinion.
struct UnableRequest: Codable, Sendable {
    var reason: UnableReason
}
