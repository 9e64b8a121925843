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
            .put, "/v1/cases/{id}/outcome", .cases, "Record the outcome",
            details: """
                `undecided` leaves the case in `follow_up`, and can be replaced later; every other answer closes the \
                case. The registry stores the codes and the month, without the case.
                """,
            body: .json(example: OutcomeDraft.example),
            returns: .ok("What was recorded", example: Outcome.example),
            refusals: [.notFound, .notYourPart, .wrongState],
            replays: .entries { $1.reads(.outcome, $0.case, of: $0.case) }
        ) { draft, call in
            try await outcomes.record(draft, of: call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/cases/{id}/outcome", .cases, "The outcome",
            returns: .ok("What was recorded last", example: Outcome.example), refusals: [.notFound],
            audits: .entries { $1.reads(.outcome, $0.case, of: $0.case) }
        ) { call in
            try await outcomes.read(call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
        },
    ]
}
