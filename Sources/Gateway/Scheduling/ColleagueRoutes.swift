import Clinic
import HTTPServer
import HTTPTypes
package import JSON
import Scheduling
import ServiceAPI

/// The colleagues in a case.
struct ColleagueList: Codable, Sendable {
    let colleagues: [Colleague]
}

extension Colleagues: SchemaProviding {
    package static var schema: JSONValue {
        ["type": "array", "items": AccountID.schema]
    }
}

/// | route | who |
/// |---|---|
/// | `POST /v1/cases/{id}/colleagues` | the case's specialist, a coordinator |
/// | `GET /v1/cases/{id}/colleagues` | everybody with a part in the case |
/// | `DELETE /v1/cases/{id}/colleagues/{specialist}` | the same, the patient's side, the colleague |
func colleagueRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    [
        .write(
            .post, "/v1/cases/{id}/colleagues", .scheduling, "Bring a colleague into a case",
            details: """
                Needs the patient's consent `panel`. The lane is checked and its evidence stored. From now on the \
                colleague reads what the case's specialist reads, and holds can name them, which makes the consult a \
                panel. They are told.
                """, access: .roles([.specialist, .coordinator]), body: .json(example: ColleagueRequest.example),
            returns: .created("The colleague", example: Colleague.example, isLocated: false),
            refusals: [.notFound, .notYourConsult, .caseNotBookable, .consentNeeded, .laneClosed, .hasPart],
            replays: .entries { $1.readsOfPath(.colleague, $0.specialist.rawValue) }
        ) { request, call in
            try await scheduler.addColleague(
                request, to: call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/cases/{id}/colleagues", .scheduling, "The colleagues in a case",
            returns: .ok("In the order in which they came", example: ColleagueList(colleagues: [.example])),
            refusals: [.notFound],
            audits: .entries { $1.readsOfCase(.colleague, items: $0.colleagues.count) }
        ) { call in
            ColleagueList(
                colleagues: try await scheduler.colleagues(
                    in: call.id("id", as: CaseID.self), by: call.caller, in: call.tx))
        },
        .write(
            .delete, "/v1/cases/{id}/colleagues/{specialist}", .scheduling, "Remove a colleague from a case",
            details: """
                Panels go on without them, a consult with them alone is cancelled, and holds that name them are \
                released. The people who would have met are told.
                """, returns: .noContent("They can no longer read the case"), refusals: [.notFound, .notYourConsult],
            replays: .noBody
        ) { call in
            try await scheduler.release(
                call.id("specialist", as: AccountID.self), from: call.id("id", as: CaseID.self), by: call.caller,
                in: call.tx)
            return NoContent()
        },
    ]
}
