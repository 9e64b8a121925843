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
        "startsAt": FieldNote("When the consult would start: what `POST /v1/holds` names"),
        "endsAt": FieldNote("When the consult would end"),
        "specialistTime": FieldNote("The start by the specialist's clock"),
        "partyTime": FieldNote(
            "The start by the clock of the patient, or in the peer-to-peer lane of the treating clinician; by your own "
                + "clock where no case is named, and in UTC where their time zone is not yours to see"),
    ]
}

extension HoldRequest: Described {
    package static let notes: [String: FieldNote] = [
        "case": FieldNote("The case that the consult is for; its specialist gives the consult"),
        "startsAt": FieldNote("A start that `GET /v1/openings` lists for the case"),
        "visitType": FieldNote("The kind of consult, as `consult-45` (`GET /v1/visit-types`)"),
        "colleagues": FieldNote(
            "Accounts of colleagues in the case (`GET /v1/cases/{id}/colleagues`) who sit in a panel with its specialist; "
                + "left out or empty, there is no panel"),
    ]
}

extension HoldList: Described {
    static let notes: [String: FieldNote] = [
        "holds": FieldNote("The active holds of your cases, asked for and offered; the next to expire first")
    ]
}

extension Hold: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("Names the hold; what `POST /v1/appointments` books"),
        "case": FieldNote("The case that the opening is kept for"),
        "kind": FieldNote(
            "`asked`: somebody asked for it, and its token books it. `offered`: it is offered to the party, who takes it "
                + "by `POST /v1/holds/{id}/accept`"),
        "appointment": FieldNote(
            "Of an offered hold: the consult that it would replace; one that is still booked is moved by accepting. "
                + "Absent where it replaces none"),
        "specialist": FieldNote("The account of the specialist whose time is kept"),
        "colleagues": FieldNote("Accounts of the further specialists in the panel; empty where there is no panel"),
        "visitType": FieldNote("The kind of consult, as `consult-45` (`GET /v1/visit-types`)"),
        "state": FieldNote(
            "`active` while it keeps its time; then `booked`, `released` (given back) or `lapsed` (it ran out, or one of "
                + "its people became unavailable)"),
        "startsAt": FieldNote("When the consult would start"), "endsAt": FieldNote("When the consult would end"),
        "specialistTime": FieldNote("The start by the specialist's clock"),
        "partyTime": FieldNote("The start by the party's clock; in UTC where their time zone is not yours to see"),
        "expiresAt": FieldNote(
            "Until when the time is kept, and never after `startsAt`; `PATCH /v1/holds/{id}` keeps it longer"),
        "renewalsLeft": FieldNote(
            "How often it can still be kept for as long again; 0 for an offered hold and for one that is over"),
        "token": FieldNote(
            "The secret that books the hold (`POST /v1/appointments`); only in the answer of `POST /v1/holds`"),
    ]
}

extension WaitlistRequest: Described {
    package static let notes: [String: FieldNote] = [
        "case": FieldNote("The case that waits; the line is that of its specialist"),
        "appointment": FieldNote(
            "A booked consult of the case, without a panel, that you want earlier; left out, you wait for any opening"),
        "visitType": FieldNote(
            "The kind of consult, as `consult-45`; left out, that of `appointment`, and without one the usual "
                + "`\(VisitType.usual)`"),
        "earliest": FieldNote("The first start that suits; left out, or where it is past, from now on"),
        "latest": FieldNote(
            "Starts that suit lie before this, and before the start of `appointment`: after `earliest`, and still to come. "
                + "Left out and without an appointment, there is no limit"),
        "weekdays": FieldNote(
            "The days that suit by the party's clock, from 1 (Monday) to 7 (Sunday), ISO 8601; left out, every day"),
        "between": FieldNote(
            "The hours by the party's clock in which a start suits, its end not included; left out, the whole day"),
    ]
}

extension WaitlistList: Described {
    static let notes: [String: FieldNote] = [
        "waitlist": FieldNote("The places of your cases that still wait, in the order of joining")
    ]
}

extension WaitlistEntry: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("Names the place in the line; `DELETE /v1/waitlist/{id}` leaves it"),
        "case": FieldNote("The case that waits"),
        "specialist": FieldNote("The account of the specialist whose openings the case waits for"),
        "visitType": FieldNote("The kind of consult, as `consult-45` (`GET /v1/visit-types`)"),
        "appointment": FieldNote(
            "The booked consult that an accepted offer moves; absent where the case waits for any opening"),
        "earliest": FieldNote("The first start that suits"),
        "latest": FieldNote("Starts that suit lie before this; absent where there is no limit"),
        "weekdays": FieldNote("The days that suit by the party's clock, from 1 (Monday) to 7 (Sunday), ISO 8601"),
        "between": FieldNote("The hours by the party's clock in which a start suits, its end not included"),
        "state": FieldNote(
            "`waiting`; then `served` (an offer was accepted), `left` (by request) or `ended` (the case ended, or what it "
                + "waited for became impossible)"),
        "joinedAt": FieldNote("When the case joined the line, which is in this order"),
        "position": FieldNote(
            "The place in the specialist's line, from 1; those before it may wait for other times. Absent once it does "
                + "not wait any more"),
        "offered": FieldNote(
            "The hold that is offered to it now (`POST /v1/holds/{id}/accept` takes it); absent without an offer"),
        "pausedUntil": FieldNote(
            "Until then nothing is offered, because an offer was declined or ran out; absent without a pause"),
    ]
}
