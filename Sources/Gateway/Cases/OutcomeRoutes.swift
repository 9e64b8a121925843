import Cases
import Clinic
import HTTPServer
import HTTPTypes
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `PUT /v1/cases/{id}/outcome` | the patient's side |
/// | `GET /v1/cases/{id}/outcome` | everyone who reads the case |
func outcomeRoutes(_ outcomes: Outcomes) -> [Endpoint] {
    [
        .write(
            .put, "/v1/cases/{id}/outcome", .cases, "Say what followed",
            details: """
                `undecided` leaves the case in `follow_up`, and can be said anew later; every other answer closes it. \
                The registry keeps the codes and the month, without the case.
                """,
            body: .json(example: OutcomeDraft.example),
            returns: .ok("What was recorded", example: Outcome.example),
            refusals: [.notFound, .notYourPart, .wrongState],
            replays: .entries { $1.reads(.outcome, $0.case, of: $0.case) }
        ) { draft, call in
            try await outcomes.record(draft, of: call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/cases/{id}/outcome", .cases, "What followed",
            returns: .ok("What was recorded last", example: Outcome.example), refusals: [.notFound],
            audits: .entries { outcome, call in
                [AuditRead(.outcome, outcome.case.rawValue, in: .case(outcome.case), by: call.caller.account)]
            }
        ) { call in
            try await outcomes.read(call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
        },
    ]
}
