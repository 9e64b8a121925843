import Clinic
import FoundationEssentials
import HTTPServer
import HTTPTypes
import NIOCore
import Scheduling
import ServiceAPI

/// The caller's feeds.
struct CalendarFeedList: Codable, Sendable {
    let feeds: [CalendarFeed]
}

/// | route | who |
/// |---|---|
/// | `GET`, `POST /v1/me/calendar-feeds`, `DELETE …/{id}` | whoever is signed in, her own |
/// | `GET /v1/calendars/{token}.ics` | whoever knows the secret |
func calendarFeedRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    ownFeedRoutes(scheduler) + [
        .download(
            "/v1/calendars/{token}.ics", .scheduling, "A person's consults, for their calendar program",
            details: """
                RFC 5545: the consults of the last \(CalendarFeed.pastDays) days and all to come, each with a UID that \
                stays and a SEQUENCE that rises, cancelled ones as CANCELLED. No name, no clinical word. A secret that \
                is unknown, revoked or malformed is not found, and nothing tells which.
                """, access: .everyone,
            parameters: [.path("token", String.self, "The secret of a feed")], mediaTypes: ["text/calendar"],
            headers: ["ETag": "Another one when an entry changed"], refusals: [.notFound],
            audits: .delivered
        ) { call in
            let token = try call.id("token", as: String.self)
            let owner = try await call.transaction { try await scheduler.ownerOfCalendarFeed(token, in: $0) }
            let content = try await call.transaction(as: owner) {
                try await scheduler.calendarFeedContent(of: owner, in: $0)
            }
            // To be kept by the one program that fetches it, and asked for again each time.
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
            .post, "/v1/me/calendar-feeds", .scheduling, "Make a secret feed for a calendar program",
            details: """
                Paste the API's address with `path` behind it into the program, as a calendar to subscribe to. The path \
                is shown this once; whoever has it sees when your consults are. Make one for each program, at most \
                \(CalendarFeed.most), so that each can be revoked. Needs a proof \
                (`POST /v1/sessions/current/proof`).
                """,
            returns: .created("The feed, with its secret", example: CalendarFeed.example, isLocated: false),
            refusals: [.proofNeeded, .tooManyFeeds],
            replays: .nothing(because: "it is the caller's own")
        ) { call in
            try await scheduler.makeCalendarFeed(by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/me/calendar-feeds/{id}", .scheduling, "Revoke a calendar feed",
            returns: .noContent("Its secret opens nothing any more"), refusals: [.notFound],
            replays: .noBody
        ) { call in
            try await scheduler.revokeCalendarFeed(
                call.id("id", as: CalendarFeedID.self), by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}

extension Download {
    /// An iCalendar document.
    init(calendar text: String, reads: [AuditRead]) {
        let bytes = ByteBuffer(string: text)
        self.init("text/calendar; charset=utf-8", length: bytes.readableBytes, reads: reads) { offset in
            AsyncStream { continuation in
                continuation.yield(ByteBuffer(bytes.readableBytesView.dropFirst(offset)))
                continuation.finish()
            }
        }
    }
}
