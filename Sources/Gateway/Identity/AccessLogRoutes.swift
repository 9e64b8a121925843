import Clinic
import HTTPServer
import HTTPTypes
import Identity
import ServiceAPI

private let beforeQuery = Query<Int>(
    "after", "The cursor that `Link` and `next` gave for the next page", range: 1...1_000_000_000_000)

/// | route | who |
/// |---|---|
/// | `GET /v1/cases/{id}/access-log` | the patient, their caregivers, coordinators |
func accessLogRoutes(_ log: AccessLog) -> [Endpoint] {
    [
        .read(
            .get, "/v1/cases/{id}/access-log", .cases, "Who has read and changed a case, the latest first",
            details: """
                Every read and write of the case is an entry, this one included. `actor` is absent where the service \
                itself acted, and has no `name` where you share no case with that person any more.
                """,
            parameters: [.query(Page.limitQuery), .query(beforeQuery)],
            returns: .ok("A page of entries", example: AccessLogPage.example, headers: Page.headers),
            refusals: [.notFound],
            audits: .entries { page, call in
                guard let id = try? call.id("id", as: CaseID.self) else { return [] }
                return [
                    AuditRead(
                        .accessLog, id.rawValue, in: .case(id), by: call.caller.account, items: page.entries.count)
                ]
            }
        ) { call in
            let page = try await log.page(
                of: call.id("id", as: CaseID.self), before: call.query(beforeQuery),
                limit: call.required(Page.limitQuery), by: call.caller, in: call.tx)
            call.link(next: page.next)
            return page
        }
    ]
}
