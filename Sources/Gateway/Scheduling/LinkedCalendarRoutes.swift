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
            .get, "/v1/specialists/{id}/calendars", .specialists, "The linked calendars of a specialist",
            details: """
                Each with its state. A calendar that fails keeps the busy times that it had: `failingSince` and \
                `problem` say since when and why (`unreachable`, `timeout`, `too_large`, `not_https`, `redirects`, \
                `bad_redirect`, `bad_address`, `not_a_calendar`, `too_much`, `unexpected`, or `status_` and a number). \
                An address within a private network is `unreachable` as well: only the public internet is asked. \
                `set_aside` is a calendar whose reading ended the service twice: it is not fetched again until an \
                operator puts it back, or it is linked anew. `unclearRules` and `unclearZones` count events that block \
                more time than they may need, because their times are not certain; `unreadable` counts events that \
                have no readable time and block nothing. `unclearEvents` are the first \(LinkedCalendar.mostUnclear) \
                of these events. They can be found in the calendar by `uid` and by `starts`, their first time as their \
                own clock shows it; `reason` is `rule`, `zone` or `times`. The specialist is told by mail of a new \
                one. They are told of a calendar that fails at once where it was never read, otherwise after four \
                hours. `conflicts` are booked consults at a time that the calendar blocks: they stay until somebody \
                moves them.
                """, access: own,
            returns: .ok(
                "Oldest first", example: LinkedCalendarList(calendars: [.current]),
                full: LinkedCalendarList(calendars: [.failing])),
            refusals: [.notFound], audits: .nothing(because: "busy times are not clinical data")
        ) { call in
            LinkedCalendarList(
                calendars: try await scheduler.linkedCalendars(
                    of: call.id("id", as: AccountID.self), by: call.caller, in: call.tx))
        },
        .write(
            .post, "/v1/specialists/{id}/calendars", .specialists, "Link a calendar",
            details: """
                By the secret iCalendar address that the calendar program gives; at most \(LinkedCalendar.most) \
                calendars. It must be an `https` or `webcal` URL without a user or password, with the name of a host \
                or an address of the public internet, and with a port from 1 to 65535 or none; a redirect must lead to \
                such an address too. Its busy times remove openings from the next poll on, within seconds. Only the \
                times of its events are stored, and the UID of events that are not certain. Transparent and cancelled \
                events, invitations that the specialist declined with the address of their account, and consults of \
                this service block nothing. A date, and a time without a zone, is in the specialist's own time zone. A \
                calendar of more than \(LinkedCalendar.mostBytes / 1_000_000) MB is not read (`too_large`). Nor is one \
                that blocks more than \(LinkedCalendar.mostTimes) stretches of time in \(LinkedCalendar.days) days, or \
                has more than 500 time zones, more rules than can be expanded in a second, or more nested components \
                or lines with times than a person's calendar has (`too_much`). It is `failing` then, and its last busy \
                times still count. Needs a proof (`POST /v1/sessions/current/proof`).
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
            returns: .noContent("The time that it blocked is free"), refusals: [.notFound],
            replays: .noBody
        ) { call in
            try await scheduler.unlinkCalendar(
                call.id("calendar", as: LinkedCalendarID.self), of: call.id("id", as: AccountID.self),
                by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
