import Clinic
import FoundationEssentials
import HTTPServer
import HTTPTypes
import Scheduling
import ServiceAPI

/// The caller's feeds.
struct CalendarFeedList: Codable, Sendable {
    let feeds: [CalendarFeed]
}

/// | route | who |
/// |---|---|
/// | `GET`, `POST /v1/me/calendar-feeds`, `DELETE …/{id}` | whoever is signed in, their own |
/// | `GET /v1/calendars/{token}.ics` | whoever knows the secret |
func calendarFeedRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    ownFeedRoutes(scheduler) + [
        .download(
            "/v1/calendars/{token}.ics", .scheduling, "The calendar feed of a person",
            details: """
                RFC 5545: the consults of the last \(CalendarFeed.pastDays) days and all to come, each with a UID that \
                stays and a SEQUENCE that rises, cancelled ones as CANCELLED. It has no name and no clinical word. A \
                secret that is unknown, revoked or malformed is not found, and the answer does not say which.
                """, access: .everyone,
            parameters: [.path("token", String.self, "The secret of a feed")], mediaTypes: ["text/calendar"],
            headers: ["ETag": "Changes when an entry changes"], refusals: [.notFound],
            audits: .delivered
        ) { call in
            let token = try call.id("token", as: String.self)
            let owner = try await call.transaction { try await scheduler.ownerOfCalendarFeed(token, in: $0) }
            let content = try await call.transaction(as: owner) {
                try await scheduler.calendarFeedContent(of: owner, in: $0)
            }
            // Only the program that fetches it may store it, and it must ask again each time.
            call.reply(headers: [.cacheControl: "private, no-cache"], etag: content.tag)
            let read = AuditRead(
                .calendarFeed, owner.rawValue, in: .account(owner), by: owner, items: content.consults)
            return Download(calendar: content.text, reads: [read])
        }
    ]
}

private func ownFeedRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    [
        .read(
            .get, "/v1/me/calendar-feeds", .scheduling, "Your calendar feeds",
            returns: .ok("Oldest first, without their secrets", example: CalendarFeedList(feeds: [.fetched])),
            audits: .nothing(because: "a feed's secret is not shown again")
        ) { call in
            CalendarFeedList(feeds: try await scheduler.calendarFeeds(by: call.caller, in: call.tx))
        },
        .write(
            .post, "/v1/me/calendar-feeds", .scheduling, "Make a calendar feed",
            details: """
                Subscribe to it in a calendar program: its address is the API's address followed by `path`. The path \
                is shown this once; whoever has it sees when your consults are. Make one for each program, at most \
                \(CalendarFeed.most), so that each can be revoked. Needs a proof (`POST /v1/sessions/current/proof`).
                """,
            returns: .created("The feed, with its secret", example: CalendarFeed.example, isLocated: false),
            refusals: [.proofNeeded, .tooManyFeeds],
            replays: .nothing(because: "it is the caller's own")
        ) { call in
            try await scheduler.makeCalendarFeed(by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/me/calendar-feeds/{id}", .scheduling, "Revoke a calendar feed",
            returns: .noContent("Its secret no longer works"), refusals: [.notFound],
            replays: .noBody
        ) { call in
            try await scheduler.revokeCalendarFeed(
                call.id("id", as: CalendarFeedID.self), by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
