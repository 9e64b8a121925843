import Clinic
import HTTPServer
import HTTPTypes
import Identity

private let beforeQuery = Query<Int>(
    "after", "The cursor that `Link` and `next` gave for the next page", range: 1...1_000_000_000_000)

/// | route | who |
/// |---|---|
/// | `GET /v1/me/access-log` | whoever is signed in, their own account |
func accountLogRoutes(_ log: AccountLog) -> [Endpoint] {
    [
        .read(
            .get, "/v1/me/access-log", .people, "Who used and changed your account, the latest first",
            details: """
                Sign-ins and refused ones, sign-outs, changes of password, address, second factor, roles and \
                caregivers, and what others read of your account, each with the network address and the device from \
                which you, or somebody at the sign-in, did it. A sign-in that was refused as too frequent was not \
                looked at, and is not among them. `actor` is absent where it was not proved who it was.
                """,
            parameters: [.query(Page.limitQuery), .query(beforeQuery)],
            returns: .ok("A page of entries", example: AccountLogPage.example, headers: Page.headers),
            audits: .nothing(because: "these are the caller's own sign-ins and changes, without clinical content")
        ) { call in
            let page = try await log.page(
                before: call.query(beforeQuery), limit: call.required(Page.limitQuery), by: call.caller, in: call.tx)
            call.link(next: page.next)
            return page
        }
    ]
}
