import HTTPServer
package import JSON
import Scheduling

// What the OpenAPI document says of the fields of a specialist's hours and absences.

extension Availability: Described {
    package static let notes: [String: FieldNote] = [
        "timeZone": FieldNote(
            "The specialist's IANA time zone, as America/New_York: all dates and times here are by its clock"),
        "ruleSets": FieldNote("The regular hours; on each date those of all sets that hold then count together"),
        "overrides": FieldNote(
            "Dates with other hours than the rules give, or with more, or with none; one `replace` a date"),
    ]
}

extension AvailabilityChange: Described {
    package static let notes: [String: FieldNote] = [
        "timeZone": FieldNote(
            "The specialist's IANA time zone, as America/New_York: all dates and times of the hours are by its clock"),
        "ruleSets": FieldNote("The regular hours as they are kept now"),
        "overrides": FieldNote(
            "Dates with other hours than the rules give, or with more, or with none; one `replace` a date"),
        "outside": FieldNote(
            "Consults to come that these hours do not cover or that lie in time off, by their start; they stay booked until "
                + "somebody moves or cancels them"),
    ]
}

extension RuleSet: Described {
    package static let notes: [String: FieldNote] = [
        "effectiveFrom": FieldNote("The first date on which the rules hold; left out, they hold from the beginning"),
        "effectiveUntil": FieldNote(
            "The last date on which the rules hold, not before `effectiveFrom`; left out, they hold without an end"),
        "visitTypes": FieldNote("The kinds of consult that the hours are for, as `consult-45`; left out, all kinds"),
        "rules": FieldNote("Recurring hours; those of all rules count together"),
    ]
}

extension HoursRule: Described {
    package static let notes: [String: FieldNote] = [
        "rrule": FieldNote(
            "The dates as an RFC 5545 RRULE without DTSTART, as FREQ=WEEKLY;BYDAY=MO,WE; left out, `startDate` alone"),
        "startDate": FieldNote(
            "The date from which the recurrence counts; with an `rrule` that has INTERVAL or COUNT one that the rule names"
        ),
        "starts": FieldNote("When the hours begin on each date, HH:MM, as 09:00"),
        "ends": FieldNote("When the hours end on the same date, HH:MM, as 17:30; 24:00 is the end of the day"),
        "exdates": FieldNote("Dates of the rule that have no such hours (EXDATE); left out, none"),
        "rdates": FieldNote("Dates that have such hours beside those of the rule (RDATE); left out, none"),
    ]
}

extension HoursOverride: Described {
    package static let notes: [String: FieldNote] = [
        "date": FieldNote("The date that is different, by the specialist's clock"),
        "mode": FieldNote("`replace`: these hours instead of those of the rules. `add`: these hours beside them"),
        "hours": FieldNote("The hours of the date, which do not overlap; empty with `replace` for a day off"),
        "visitTypes": FieldNote("The kinds of consult that it is for, as `consult-45`; left out, all kinds"),
    ]
}

extension HoursOfDay: Described {
    package static let notes: [String: FieldNote] = [
        "starts": FieldNote("The beginning, HH:MM, as 09:00"),
        "ends": FieldNote("The end, later on the same day, HH:MM, as 17:30; 24:00 is the end of the day"),
    ]
}

extension AvailabilityPreview: Described {
    package static let notes: [String: FieldNote] = [
        "timeZone": FieldNote("The IANA time zone of the hours, as America/New_York: that of the request"),
        "days": FieldNote("Every date from `from` to `to`, also those without hours"),
        "outside": FieldNote(
            "Consults to come, of any date, that these hours would not cover or that lie in time off, by their start"),
    ]
}

extension PreviewedDay: Described {
    package static let notes: [String: FieldNote] = [
        "date": FieldNote("The date by the specialist's clock"),
        "hours": FieldNote(
            "When consults could be booked on it, earliest first; hours of the same kind of consult that overlap or adjoin "
                + "are one. Empty on a date without hours"),
        "clockChange": FieldNote("What the clock does on this date; absent where it does not change"),
    ]
}

extension PreviewedHours: Described {
    package static let notes: [String: FieldNote] = [
        "starts": FieldNote("The beginning by the specialist's clock, HH:MM"),
        "ends": FieldNote(
            "The end by the specialist's clock, HH:MM, counted on from the same midnight: 24:00 is the end of the day"),
        "startsAt": FieldNote("The beginning as an instant"), "endsAt": FieldNote("The end as an instant"),
        "visitTypes": FieldNote("The kinds of consult that could be booked in these hours, shortest first"),
    ]
}

extension ClockChange: Described {
    package static let notes: [String: FieldNote] = [
        "at": FieldNote("The instant at which the clock is changed"),
        "effect": FieldNote(
            "`skips`: the times from `starts` to `ends` do not come. `repeats`: they come twice, and the first counts"),
        "starts": FieldNote("The first time that is skipped or repeated, by the specialist's clock, HH:MM"),
        "ends": FieldNote("The end of what is skipped or repeated, itself not included, HH:MM"),
    ]
}

extension TimeOffRequest: Described {
    package static let notes: [String: FieldNote] = [
        "startsAt": FieldNote("From when the specialist is away"),
        "endsAt": FieldNote("When the specialist is there again: after `startsAt`, and still to come"),
    ]
}

extension TimeOffList: Described {
    static let notes: [String: FieldNote] = [
        "timeOff": FieldNote("The absences that are not over, earliest first")
    ]
}

extension TimeOff: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("Names the absence; `DELETE /v1/specialists/{id}/time-off/{timeOff}` removes it"),
        "startsAt": FieldNote("From when the specialist is away: nothing can be booked from here on"),
        "endsAt": FieldNote("When the specialist is there again"),
    ]
}

extension TimeOffChange: Described {
    package static let notes: [String: FieldNote] = [
        "timeOff": FieldNote("The new absence"),
        "outside": FieldNote(
            "Consults to come that lie in time off or that the hours do not cover, by their start; they stay booked until "
                + "somebody moves or cancels them"),
    ]
}

extension ClearedRange: Described {
    package static let notes: [String: FieldNote] = [
        "timeOff": FieldNote("The absence that was made of the range"),
        "consults": FieldNote("The consults that were cancelled, by their start"),
    ]
}

extension ClearedConsult: Described {
    package static let notes: [String: FieldNote] = [
        "appointment": FieldNote("The consult as it is now: cancelled"),
        "offered": FieldNote(
            "Openings that are kept for its party instead, earliest first; the first that is accepted takes its place. "
                + "Empty where there is none: a coordinator then gets the task `rebook_consult`"),
    ]
}
