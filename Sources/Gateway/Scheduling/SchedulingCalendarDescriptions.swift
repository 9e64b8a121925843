import HTTPServer
package import JSON
import Scheduling

// What the OpenAPI document says of the fields of calendar feeds and linked calendars.

extension CalendarFeedList: Described {
    static let notes: [String: FieldNote] = [
        "feeds": FieldNote("Your own feeds, oldest first, without their secret paths")
    ]
}

extension CalendarFeed: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("Names the feed; `DELETE /v1/me/calendar-feeds/{id}` revokes it"),
        "createdAt": FieldNote("When the feed was made"),
        "fetchedAt": FieldNote("When a calendar program last fetched it, to the hour; absent before the first time"),
        "path": FieldNote(
            "The secret path, which follows the API's address in the calendar program; only in the answer that makes the "
                + "feed"),
    ]
}

extension LinkRequest: Described {
    package static let notes: [String: FieldNote] = [
        "url": FieldNote(
            "The secret `https` or `webcal` address, on the public internet, at which the calendar program gives the calendar "
                + "as iCalendar (RFC 5545)")
    ]
}

extension LinkedCalendarList: Described {
    static let notes: [String: FieldNote] = [
        "calendars": FieldNote("The calendars that you have linked, oldest first")
    ]
}

extension LinkedCalendar: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("Names the link; `DELETE /v1/specialists/{id}/calendars/{calendar}` removes it"),
        "host": FieldNote("The host of the calendar's address; the rest of the address is secret and not shown"),
        "createdAt": FieldNote("When the calendar was linked"),
        "state": FieldNote(
            "`waiting`: not read yet. `current`: read without a fault the last time. `failing`: it cannot be read now, and "
                + "the busy times that it had still count"),
        "checkedAt": FieldNote("When it was last fetched without a fault; absent before the first time"),
        "failingSince": FieldNote("Since when it cannot be read; absent unless it is `failing`"),
        "problem": FieldNote(
            "Why it cannot be read, as a word that `GET /v1/specialists/{id}/calendars` explains; absent unless it is "
                + "`failing`"),
        "nextPollAt": FieldNote("When it is fetched next; absent where it is not fetched any more"),
        "busyTimes": FieldNote("How many stretches of time it blocks from now on"),
        "unclearRules": FieldNote(
            "How many of its events block more time than they may need because their recurrence cannot be read for certain"
        ),
        "unclearZones": FieldNote(
            "How many of its events block more time than they may need because their time zone is unknown"),
        "unreadable": FieldNote("How many of its events have no times that can be read, and block nothing"),
        "unclearEvents": FieldNote(
            "The first of the events that are not read for certain, to be found in the calendar; empty where there are none"
        ),
        "conflicts": FieldNote(
            "Ids of your consults to come at a time that it blocks, by their start; they stay booked until somebody moves "
                + "or cancels them"),
    ]
}

extension UnclearEvent: Described {
    package static let notes: [String: FieldNote] = [
        "reason": FieldNote(
            "What is unclear. `rule`: its recurrence, `zone`: its time zone; both block every time that it may have. "
                + "`times`: its times cannot be read, and it blocks nothing"),
        "starts": FieldNote(
            "Its first time as its own clock shows it, 2026-12-24 or 2026-12-24T09:00:00; absent where that cannot be read"
        ),
        "uid": FieldNote("Its UID (RFC 5545), cut off where it is very long; absent where it has none"),
    ]
}
