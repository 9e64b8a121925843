import Clinic
import HTTPServer
import HTTPTypes
package import JSON
import Scheduling
import ServiceAPI

/// The further specialists of a case.
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
/// | `DELETE /v1/cases/{id}/colleagues/{specialist}` | the same, the patient's side, the colleague herself |
func colleagueRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    [
        .write(
            .post, "/v1/cases/{id}/colleagues", .scheduling, "Bring a further specialist into a case",
            details: """
                With the patient's consent `panel`. The lane is checked and its evidence kept; they read from now on what \
                the case's specialist reads, and can be named in holds, which makes those a panel's. They are told.
                """, access: .roles([.specialist, .coordinator]), body: .json(example: ColleagueRequest.example),
            returns: .created("The colleague", example: Colleague.example, isLocated: false),
            refusals: [.notFound, .notYourConsult, .caseNotBookable, .consentNeeded, .laneClosed, .hasPart],
            replays: .entries { $1.readsOfPath(.colleague, $0.specialist.rawValue) }
        ) { request, call in
            try await scheduler.addColleague(
                request, to: call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/cases/{id}/colleagues", .scheduling, "The further specialists of a case",
            returns: .ok("In the order in which they came", example: ColleagueList(colleagues: [.example])),
            refusals: [.notFound],
            audits: .entries { list, call in
                guard let id = try? call.id("id", as: CaseID.self) else { return [] }
                return call.readsOfPath(.colleague, id.rawValue, items: list.colleagues.count)
            }
        ) { call in
            ColleagueList(
                colleagues: try await scheduler.colleagues(
                    in: call.id("id", as: CaseID.self), by: call.caller, in: call.tx))
        },
        .write(
            .delete, "/v1/cases/{id}/colleagues/{specialist}", .scheduling, "Let a colleague go",
            details: """
                Panels go on without them, a consult that was with them alone is cancelled, and holds that name them are \
                given back. Who was to meet is told.
                """, returns: .noContent("They read the case no longer"), refusals: [.notFound, .notYourConsult],
            replays: .noBody
        ) { call in
            try await scheduler.release(
                call.id("specialist", as: AccountID.self), from: call.id("id", as: CaseID.self), by: call.caller,
                in: call.tx)
            return NoContent()
        },
    ]
}
