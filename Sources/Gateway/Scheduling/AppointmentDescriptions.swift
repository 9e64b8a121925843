import HTTPServer
package import JSON
import Scheduling

// What the OpenAPI document says of the fields of consults, their rooms and their panels.

extension AppointmentList: Described {
    static let notes: [String: FieldNote] = [
        "appointments": FieldNote("Ordered by their start; the `Link` header leads to the next page")
    ]
}

extension Appointment: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("The consult's id; it stays the same when the consult is moved"),
        "case": FieldNote("The case that the consult is for"),
        "specialist": FieldNote("The account of the specialist who gives the consult"),
        "colleagues": FieldNote("Accounts of the further specialists in the panel; empty where there is no panel"),
        "party": FieldNote(
            "The account of the person who meets the specialist: the patient, or in the peer-to-peer lane the "
                + "treating clinician"
        ),
        "lane": FieldNote(
            "Why the consult is lawful. `licensed`: the specialist is licensed where the patient is. `peer_to_peer`: "
                + "the treating clinician consults the specialist, with the patient's consent"),
        "visitType": FieldNote("The kind of consult, as `consult-45` (`GET /v1/visit-types`)"),
        "policyVersion": FieldNote(
            "The version of the visit type's policy that holds for this consult; a later version takes effect only when "
                + "the consult is moved"),
        "state": FieldNote(
            "`booked`, or `checked_in` once the party's side has checked in; then `completed`, `cancelled` or "
                + "`no_show` (the party did not come)"),
        "startsAt": FieldNote("When the consult starts; `POST /v1/appointments/{id}/reschedule` changes it"),
        "endsAt": FieldNote("When the consult is planned to end"),
        "specialistTime": FieldNote("The start by the specialist's clock"),
        "partyTime": FieldNote("The start by the party's clock; in UTC where you may not see their time zone"),
        "sequence": FieldNote(
            "Counts how often the consult was moved or cancelled; its calendar entry carries it as SEQUENCE (RFC 5545)"),
        "version": FieldNote("Rises with every change, also of its room; it is the `ETag`, and `If-Match` names it"),
        "bookedAt": FieldNote("When the consult was booked; moving it does not change this"),
        "endedAt": FieldNote(
            "When the consult was completed, cancelled or marked as a no-show; absent until then"),
        "consequence": FieldNote(
            "The programme's code, as `fee-50`, for the consequence of a late cancellation or a missed "
                + "consult; absent where there was none"),
        "rescheduleUntil": FieldNote(
            "Until when the party's side may move the consult; the specialist and the coordinators are not bound by it"),
        "cancelUntil": FieldNote("Until when the party's side may cancel the consult without a consequence"),
        "lateCancelConsequence": FieldNote(
            "The code for the consequence of a cancellation by the party's side after `cancelUntil`; absent "
                + "where they cannot cancel then"),
        "noShowConsequence": FieldNote("The code for the consequence of not coming; absent where there is none"),
        "noShowFrom": FieldNote(
            "From when the consult can be marked as a no-show if the party has not joined (`POST "
                + "/v1/appointments/{id}/no-show`)"),
        "joinOpensAt": FieldNote("From when the consult can be joined and its party can check in, until `endsAt`"),
        "room": FieldNote("Who is in the video room; `closed` once the consult is over or cancelled"),
    ]
}

extension WallClockTime: Described {
    package static let notes: [String: FieldNote] = [
        "local": FieldNote("The date and time that the clock shows, to the minute, as 2027-03-15T09:30"),
        "timeZone": FieldNote("The IANA time zone of that clock, as America/New_York"),
    ]
}

extension BookingRequest: Described {
    package static let notes: [String: FieldNote] = [
        "hold": FieldNote("An active hold of kind `asked`; one that is `offered` is accepted instead"),
        "token": FieldNote("The `token` in the answer of `POST /v1/holds` for this hold"),
    ]
}

extension RescheduleRequest: Described {
    static let notes: [String: FieldNote] = [
        "startsAt": FieldNote("The new start: one that `GET /v1/openings` lists with `appointment`")
    ]
}

extension JoinRequest: Described {
    package static let notes: [String: FieldNote] = [
        "jurisdiction": FieldNote(
            "Where the patient is now, by ISO 3166-2, as US-OH; needed from the patient's side in the licensed "
                + "lane; for everybody else only its form is checked")
    ]
}

extension ConsultRoom: Described {
    package static let notes: [String: FieldNote] = [
        "state": FieldNote(
            "`closed`: nobody has joined, or the consult is over. `waiting`: the party's side waits for the "
                + "specialist. `open`: everybody who joins is admitted"),
        "waitingSince": FieldNote(
            "Since when the party's side has waited, or had waited when the specialist joined; absent where "
                + "they did not wait, and once the consult is over"),
    ]
}

extension JoinPass: Described {
    package static let notes: [String: FieldNote] = [
        "case": FieldNote("The case of the consult"),
        "room": FieldNote("The room after you have joined; while it is not `open` you are in the waiting room"),
        "url": FieldNote(
            "For Jitsi the link that opens the room, with the token in it; for LiveKit the server to connect to. Absent "
                + "while the room is not open"),
        "token": FieldNote(
            "The secret that admits only you to this room (RFC 7519). Absent while the room is not open: join "
                + "again then"),
        "opensAt": FieldNote("From when the room can be joined"),
        "closesAt": FieldNote("Until when the room can be joined: the end of the consult"),
    ]
}

extension ColleagueList: Described {
    static let notes: [String: FieldNote] = [
        "colleagues": FieldNote("The further specialists in the case, in the order in which they were brought in")
    ]
}

extension ColleagueRequest: Described {
    package static let notes: [String: FieldNote] = [
        "specialist": FieldNote("The account of a specialist of the directory (`GET /v1/specialists`)")
    ]
}

extension Colleague: Described {
    package static let notes: [String: FieldNote] = [
        "specialist": FieldNote("The account of a specialist who was brought into the case beside its own"),
        "since": FieldNote("Since when they can read the case and sit in its panels"),
    ]
}
