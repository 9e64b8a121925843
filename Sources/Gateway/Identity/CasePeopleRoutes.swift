import Clinic
import HTTPServer
import HTTPTypes
import Identity
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `GET /v1/cases/{id}/people` | everybody with a part in the case, except candidates |
func casePeopleRoutes(_ people: CasePeople) -> [Endpoint] {
    [
        .read(
            .get, "/v1/cases/{id}/people", .cases, "The people of a case",
            details: """
                Everybody's name and part. Whoever reads the case sees the patient's age and sex. Only the patient and \
                the coordinators see the patient's contact; you always see your own.
                """,
            returns: .ok("The people of the case", example: CasePeopleList.example),
            refusals: [.notFound],
            audits: .entries { $1.readsOfCase(.people, items: $0.people.count) }
        ) { call in
            try await people.list(of: call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
        }
    ]
}
