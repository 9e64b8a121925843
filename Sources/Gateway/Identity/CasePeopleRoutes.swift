import Clinic
import HTTPServer
import HTTPTypes
import Identity
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `GET /v1/cases/{id}/people` | everybody with a part in the case, but candidates |
func casePeopleRoutes(_ people: CasePeople) -> [Endpoint] {
    [
        .read(
            .get, "/v1/cases/{id}/people", .cases, "Who takes part in a case",
            details: """
                Everybody's name and part. Who reads the case is shown the patient's age and sex. How the patient is reached \
                is shown to them and to the coordinators; of yourself you see it always.
                """,
            returns: .ok("The people of the case", example: CasePeopleList.example),
            refusals: [.notFound],
            audits: .entries { list, call in
                guard let id = try? call.id("id", as: CaseID.self) else { return [] }
                return [
                    AuditRead(.people, id.rawValue, in: .case(id), by: call.caller.account, items: list.people.count)
                ]
            }
        ) { call in
            try await people.list(of: call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
        }
    ]
}
