import Clinic
import HTTPServer
import HTTPTypes
import Identity
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `GET /v1/cases/{id}/access-log` | the patient, their caregivers, coordinators |
func accessLogRoutes(_ log: AccessLog) -> [Endpoint] {
    [
        .read(
            .get, "/v1/cases/{id}/access-log", .cases, "The access log of a case, the latest first",
            details: """
                Every read and write of the case has an entry, including this read. `actor` is absent where the \
                service itself acted. It has no `name` where you no longer share a case with that person.
                """,
            parameters: [.query(Page.limitQuery), .query(Page.afterNumberQuery)],
            returns: .ok("A page of entries", example: AccessLogPage.example, headers: Page.headers),
            refusals: [.notFound],
            audits: .entries { $1.readsOfCase(.accessLog, items: $0.entries.count) }
        ) { call in
            let page = try await log.page(
                of: call.id("id", as: CaseID.self), before: call.query(Page.afterNumberQuery),
                limit: call.required(Page.limitQuery), by: call.caller, in: call.tx)
            call.link(next: page.next)
            return page
        }
    ]
}
