import Clinic
import HTTPServer
import HTTPTypes
import Identity

/// | route | who |
/// |---|---|
/// | `GET /v1/me/access-log` | whoever is signed in, their own account |
func accountLogRoutes(_ log: AccountLog) -> [Endpoint] {
    [
        .read(
            .get, "/v1/me/access-log", .people, "The access log of your account, the latest first",
            details: """
                Sign-ins, including refused ones, sign-outs, changes of password, address, second factor, roles and \
                caregivers, and what others read of your account. An entry has the network address and the device from \
                which you, or somebody at the sign-in, acted. A sign-in that was refused as too frequent was not \
                checked, and has no entry. `actor` is absent where nobody proved who they are.
                """,
            parameters: [.query(Page.limitQuery), .query(Page.afterNumberQuery)],
            returns: .ok("A page of entries", example: AccountLogPage.example, headers: Page.headers),
            audits: .nothing(because: "these are the caller's own sign-ins and changes, without clinical content")
        ) { call in
            let page = try await log.page(
                before: call.query(Page.afterNumberQuery), limit: call.required(Page.limitQuery), by: call.caller,
                in: call.tx)
            call.link(next: page.next)
            return page
        }
    ]
}
