import HTTPServer
package import JSON
import Scheduling

// What the OpenAPI document says of the fields of openings, holds and the waitlist.

extension OpeningList: Described {
    static let notes: [String: FieldNote] = [
        "openings": FieldNote("Starts that can be booked now, earliest first; empty where there are none")
    ]
}

extension Opening: Described {
    package static let notes: [String: FieldNote] = [
        "specialist": FieldNote("The account of the specialist who is free"),
        "visitType": FieldNote("The kind of consult that fits, as `consult-45` (`GET /v1/visit-types`)"),
        "startsAt": FieldNote("When the consult would start; `POST /v1/holds` names it"),
        "endsAt": FieldNote("When the consult would end"),
        "specialistTime": FieldNote("The start by the specialist's clock"),
        "partyTime": FieldNote(
            "The start by the clock of the patient, or in the peer-to-peer lane of the treating clinician; by "
                + "your own clock where no case is named, and in UTC where you may not see their time zone"),
    ]
}

extension HoldRequest: Described {
    package static let notes: [String: FieldNote] = [
        "case": FieldNote("The case that the consult is for; its specialist gives the consult"),
        "startsAt": FieldNote("A start that `GET /v1/openings` lists for the case"),
        "visitType": FieldNote("The kind of consult, as `consult-45` (`GET /v1/visit-types`)"),
        "colleagues": FieldNote(
            "Accounts of colleagues in the case (`GET /v1/cases/{id}/colleagues`) who form a panel with its "
                + "specialist; left out or empty, there is no panel"),
    ]
}

extension HoldList: Described {
    static let notes: [String: FieldNote] = [
        "holds": FieldNote("The active holds of your cases, asked for and offered, the next to expire first")
    ]
}

extension Hold: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("The hold's id, which `POST /v1/appointments` books"),
        "case": FieldNote("The case that the opening is held for"),
        "kind": FieldNote(
            "`asked`: somebody asked for it, and its token books it. `offered`: it is offered to the party, "
                + "who accepts it by `POST /v1/holds/{id}/accept`"),
        "appointment": FieldNote(
            "Of an offered hold: the consult that it would replace; accepting moves a consult that is still "
                + "booked. Absent where it replaces none"),
        "specialist": FieldNote("The account of the specialist whose time is held"),
        "colleagues": FieldNote("Accounts of the further specialists in the panel; empty where there is no panel"),
        "visitType": FieldNote("The kind of consult, as `consult-45` (`GET /v1/visit-types`)"),
        "state": FieldNote(
            "`active` as long as it holds its time; then `booked`, `released` or `lapsed` (it expired, or one "
                + "of its people became unavailable)"),
        "startsAt": FieldNote("When the consult would start"), "endsAt": FieldNote("When the consult would end"),
        "specialistTime": FieldNote("The start by the specialist's clock"),
        "partyTime": FieldNote("The start by the party's clock; in UTC where you may not see their time zone"),
        "expiresAt": FieldNote(
            "Until when the time is held, never after `startsAt`; `PATCH /v1/holds/{id}` holds it longer"),
        "renewalsLeft": FieldNote(
            "How often it can still be renewed; 0 for an offered hold and for one that is over"),
        "token": FieldNote(
            "The secret that books the hold (`POST /v1/appointments`); only in the answer of `POST /v1/holds`"),
    ]
}

extension WaitlistRequest: Described {
    package static let notes: [String: FieldNote] = [
        "case": FieldNote("The case that waits for an opening of its specialist"),
        "appointment": FieldNote(
            "A booked consult of the case, without a panel, that you want earlier; left out, you wait for any opening"),
        "visitType": FieldNote(
            "The kind of consult, as `consult-45`; left out, that of `appointment`, and without one the usual "
                + "`\(VisitType.usual)`"),
        "earliest": FieldNote("The first start that suits; left out, or in the past, from now on"),
        "latest": FieldNote(
            "Starts that suit are before this, and before the start of `appointment`. It must be after "
                + "`earliest`, and in the future. Left out and without an appointment, there is no limit"),
        "weekdays": FieldNote(
            "The days that suit, by the party's clock, from 1 (Monday) to 7 (Sunday), ISO 8601; left out, every day"),
        "between": FieldNote(
            "The hours by the party's clock in which a start suits, without their end; left out, the whole day"),
    ]
}

extension WaitlistList: Described {
    static let notes: [String: FieldNote] = [
        "waitlist": FieldNote("The waitlist places of your cases that still wait, in the order of joining")
    ]
}

extension WaitlistEntry: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("The id of the place on the waitlist; `DELETE /v1/waitlist/{id}` gives it up"),
        "case": FieldNote("The case that waits"),
        "specialist": FieldNote("The account of the specialist whose openings the case waits for"),
        "visitType": FieldNote("The kind of consult, as `consult-45` (`GET /v1/visit-types`)"),
        "appointment": FieldNote(
            "The booked consult that an accepted offer moves; absent where the case waits for any opening"),
        "earliest": FieldNote("The first start that suits"),
        "latest": FieldNote("Starts that suit are before this; absent where there is no limit"),
        "weekdays": FieldNote("The days that suit by the party's clock, from 1 (Monday) to 7 (Sunday), ISO 8601"),
        "between": FieldNote("The hours by the party's clock in which a start suits, without their end"),
        "state": FieldNote(
            "`waiting`; then `served` (an offer was accepted), `left` (by request) or `ended` (the case ended, "
                + "or its wish became impossible)"),
        "joinedAt": FieldNote("When the case joined the waitlist, which has this order"),
        "position": FieldNote(
            "The place on the specialist's waitlist, from 1; cases before it may wait for other times. Absent "
                + "once it no longer waits"),
        "offered": FieldNote(
            "The hold that is offered to it now (`POST /v1/holds/{id}/accept` accepts it); absent without an offer"),
        "pausedUntil": FieldNote(
            "Until when nothing is offered, because an offer was declined or expired; absent without a pause"),
    ]
}
