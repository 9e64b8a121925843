import HTTPServer
package import JSON
import Scheduling

// What the OpenAPI document says of the fields of visit types and their policies.

extension VisitTypeList: Described {
    static let notes: [String: FieldNote] = [
        "visitTypes": FieldNote("The kinds of consult that can be booked, shortest first")
    ]
}

extension VisitType: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("The name of the kind of consult, as `consult-45`"),
        "version": FieldNote("Counts the changes of its policy; `PUT /v1/visit-types/{id}` names it in `If-Match`"),
        "policy": FieldNote("What holds for consults that are booked now; earlier ones keep the policy of then"),
    ]
}

extension VisitPolicy: Described {
    package static let notes: [String: FieldNote] = [
        "durationMinutes": FieldNote("How long a consult lasts, in minutes"),
        "bufferBeforeMinutes": FieldNote("Minutes that the specialist's calendar keeps free before each consult"),
        "bufferAfterMinutes": FieldNote("Minutes that the specialist's calendar keeps free after each consult"),
        "granularityMinutes": FieldNote(
            "Consults start at multiples of so many minutes by the specialist's clock, counted from midnight"),
        "noticeMinutes": FieldNote("The fewest minutes between the booking of a consult and its start"),
        "horizonDays": FieldNote("How many days ahead a consult can start, at most"),
        "holdMinutes": FieldNote("For how many minutes a hold keeps an opening, and each renewal of it"),
        "mostPerDay": FieldNote(
            "The most consults of this kind, booked or held, that a specialist has on one of their days; left out, no limit"
        ),
        "mostPerWeek": FieldNote(
            "The most of this kind, booked or held, in one of the specialist's weeks, which begin on Monday; left out, "
                + "no limit"),
        "bookedBy": FieldNote(
            "Who books: `party` is the patient's side, or in the peer-to-peer lane the treating clinician; and the "
                + "`coordinator`"),
        "rescheduledBy": FieldNote("Who may move a consult; the party's side only until `rescheduleUntilMinutes`"),
        "cancelledBy": FieldNote("Who may cancel a consult"),
        "rescheduleUntilMinutes": FieldNote("Until how many minutes before the start the party's side may move it"),
        "cancelUntilMinutes": FieldNote(
            "Until how many minutes before the start the party's side may cancel it without a consequence"),
        "lateCancelConsequence": FieldNote(
            "The programme's code for what a later cancellation by the party's side brings, as `fee-50`; left out, they "
                + "cannot cancel any more then"),
        "noShowConsequence": FieldNote(
            "The programme's code for what not coming brings, as `fee-50`; left out, it brings nothing"),
        "noShowGraceMinutes": FieldNote(
            "How many minutes after the start the party counts as late, before it can be marked as not come"),
        "joinBeforeMinutes": FieldNote("How many minutes before the start one can join"),
    ]
}
