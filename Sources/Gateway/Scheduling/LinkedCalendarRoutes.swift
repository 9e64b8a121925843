import Clinic
import FoundationEssentials
import HTTPServer
import HTTPTypes
import Scheduling
import ServiceAPI

/// The calendars that a specialist has linked.
struct LinkedCalendarList: Codable, Sendable {
    let calendars: [LinkedCalendar]
}

/// | route | who |
/// |---|---|
/// | `GET`, `POST /v1/specialists/{id}/calendars`, `DELETE …/{calendar}` | the specialist |
func linkedCalendarRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    let own = Access.roles([.specialist])
    return [
        .read(
            .get, "/v1/specialists/{id}/calendars", .specialists, "A specialist's linked calendars",
            details: """
                How each fares. One that fails keeps the busy times that it had: `failingSince` and `problem` tell since \
                when and why (`unreachable`, `timeout`, `too_large`, `not_https`, `redirects`, `bad_redirect`, `bad_address`, \
                `not_a_calendar`, `too_much`, `unexpected`, or `status_` and a number). `unreachable` is also what lies \
                within a network: only the public internet is asked. `set_aside` is one whose reading ended the service \
                twice: it is not fetched again until an operator puts it back, or it is linked anew. `unclearRules` and \
                `unclearZones` count events that block more time than they may need, because nobody can say for certain \
                when they are; `unreadable` those that have no time that can be read and block nothing. `unclearEvents` \
                are the first \(LinkedCalendar.mostUnclear) of them: by `starts`, their first time as their own clock shows \
                it, and `uid` they are found in the calendar; `reason` is `rule`, `zone` or `times`. The specialist is \
                told by mail of a new one, and of a calendar that fails: at once where it was never read, else after four \
                hours. `conflicts` are booked consults at a time that the calendar takes: they stand until somebody moves \
                them.
                """, access: own,
            returns: .ok(
                "Oldest first", example: LinkedCalendarList(calendars: [.current]),
                full: LinkedCalendarList(calendars: [.failing])),
            refusals: [.notFound], audits: .nothing(because: "when they are busy is not clinical")
        ) { call in
            LinkedCalendarList(
                calendars: try await scheduler.linkedCalendars(
                    of: call.id("id", as: AccountID.self), by: call.caller, in: call.tx))
        },
        .write(
            .post, "/v1/specialists/{id}/calendars", .specialists, "Link a calendar",
            details: """
                By the secret address that the calendar program gives it in iCalendar's form; at most \
                \(LinkedCalendar.most). It must be an `https` or `webcal` URL without a user or password, with the name of \
                a host or an address of the public internet, and with a port from 1 to 65535 or none; a redirect must \
                lead to such an address too. Its busy times take openings from the next poll on, within seconds; nothing of \
                its events but their times is kept, and of those that are not read for certain the UID. Transparent and cancelled events, invitations that they declined by \
                the address of their account, and consults of this house, block nothing. A date, and a time without a zone, is \
                by the specialist's own time zone. One of more than \
                \(LinkedCalendar.mostBytes / 1_000_000) MB (`too_large`), or that takes more than \
                \(LinkedCalendar.mostTimes) stretches of time in \(LinkedCalendar.days) days, has more than 500 time zones, \
                more rules than can be gone through in a second, or more components in one another or lines with times \
                than a person's calendar has (`too_much`), is not read: it \
                is `failing`, and what it said last still counts. Needs a proof (`POST /v1/sessions/current/proof`).
                """, access: own,
            body: .json(example: LinkRequest.example),
            returns: .created("The calendar", example: LinkedCalendar.waiting, full: .failing, isLocated: false),
            refusals: [.notFound, .proofNeeded, .tooManyCalendars],
            replays: .nothing(because: "it is the caller's own")
        ) { request, call in
            try await scheduler.linkCalendar(
                request, of: call.id("id", as: AccountID.self), by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/specialists/{id}/calendars/{calendar}", .specialists, "Unlink a calendar", access: own,
            returns: .noContent("The time that it took is free"), refusals: [.notFound],
            replays: .noBody
        ) { call in
            try await scheduler.unlinkCalendar(
                call.id("calendar", as: LinkedCalendarID.self), of: call.id("id", as: AccountID.self),
                by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
