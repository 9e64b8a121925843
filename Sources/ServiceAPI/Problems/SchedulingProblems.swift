package import Clinic
import FoundationEssentials
package import HTTPServer
import HTTPTypes
package import Scheduling

extension ProblemKind {
    package static let notYourConsult = ProblemKind(
        "not-your-consult", .forbidden, "Your part in the case does not allow this",
        "Times are asked for by the consult's party and the coordinator; a consult is closed by its specialist.")
    package static let caseNotBookable = ProblemKind(
        "case-not-bookable", .conflict, "The case cannot have consults now",
        "A case can be booked from its acceptance by a specialist until it is closed.")
    package static let noParty = ProblemKind(
        "no-party", .conflict, "Nobody can sit opposite the specialist yet",
        "In the peer-to-peer lane the treating clinician is the party and must accept an invitation to consult first.")
    package static let openingTaken = ProblemKind(
        "opening-taken", .conflict, "This start cannot be booked any more",
        "Somebody else has it, or a rule took it away. `nextOpenings` lists the next that can be booked.")
    package static let holdOver = ProblemKind(
        "hold-over", .conflict, "The hold is over",
        "It was booked, released, replaced or lapsed: hold an opening again.")
    package static let wrongToken = ProblemKind(
        "wrong-token", .forbidden, "The token does not belong to this hold",
        "Only the token in the answer that made the hold books it.")
    package static let renewedTooOften = ProblemKind(
        "renewed-too-often", .conflict, "The hold cannot be renewed again", "Book it, or let it lapse and hold again.")
    package static let laneClosed = ProblemKind(
        "lane-closed", .conflict, "The consult would not be lawful",
        "`obstacle` says why: `no_licence`, `licence_expired`, `specialist_consults_no_peers`, "
            + "`no_treating_clinician`, or `no_consent`.")
    package static let tooLateToChange = ProblemKind(
        "too-late-to-change", .conflict, "It is too late to move or cancel",
        "The party could until `changeUntil`; the specialist or a coordinator still can.")
    package static let wrongAppointmentState = ProblemKind(
        "wrong-appointment-state", .conflict, "The appointment's state does not allow this",
        "`state` names the state that it is in.")
    package static let notBegun = ProblemKind(
        "not-begun", .conflict, "The consult has not begun", "It begins at `startsAt`.")
    package static let stillAwaited = ProblemKind(
        "still-awaited", .conflict, "The party may still come", "It counts as not come from `until` on.")
    package static let partyCame = ProblemKind(
        "party-came", .conflict, "The party came",
        "Who joined the consult, were it only its waiting room, has not failed to come: complete or cancel it.")
    package static let outsideJoinWindow = ProblemKind(
        "outside-join-window", .conflict, "The consult cannot be joined now",
        "Its room is open from `opensAt` until `closesAt`.")
    package static let consentNeeded = ProblemKind(
        "consent-needed", .conflict, "The patient has not agreed to this",
        "Further specialists are brought into a case while its patient's consent `panel` is in force.")
    package static let tooManyHolds = ProblemKind(
        "too-many-holds", .conflict, "Too many openings are kept at once",
        "A patient keeps at most \(Hold.mostAtOnce) openings that they asked for, over all their cases: book or release one."
    )
    package static let notOffered = ProblemKind(
        "not-offered", .conflict, "The hold was asked for", "Its token books it, by `POST /v1/appointments`.")
    package static let alreadyWaiting = ProblemKind(
        "already-waiting", .conflict, "The case waits already", "A case has one place in the line: leave it first.")
    package static let notWaiting = ProblemKind(
        "not-waiting", .conflict, "The place in the line is over", "It was served, left, or ended with its case.")
    package static let hasPart = ProblemKind(
        "has-part", .conflict, "They have a part in the case already",
        "A person has one part in a case: a colleague cannot be its patient, its specialist, or asked to become that.")
}

extension BookingRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .notFound: Problem(.notFound)
        case .notAllowed: Problem(.notYourConsult)
        case .caseNotBookable: Problem(.caseNotBookable)
        case .noParty: Problem(.noParty)
        case .taken(let next): Problem(.openingTaken).with("nextOpenings", next)
        case .holdOver: Problem(.holdOver)
        case .wrongToken: Problem(.wrongToken)
        case .renewedTooOften: Problem(.renewedTooOften)
        case .laneClosed(let check): Problem(.laneClosed).with("obstacle", check.obstacle)
        case .tooLateToChange(let until): Problem(.tooLateToChange).with("changeUntil", until)
        case .wrongState(let state): Problem(.wrongAppointmentState).with("state", state)
        case .notBegun(let startsAt): Problem(.notBegun).with("startsAt", startsAt)
        case .stillAwaited(let until): Problem(.stillAwaited).with("until", until)
        case .partyCame: Problem(.partyCame)
        case .outsideJoinWindow(let opensAt, let closesAt):
            Problem(.outsideJoinWindow).with("opensAt", opensAt).with("closesAt", closesAt)
        case .consentNeeded: Problem(.consentNeeded)
        case .hasPart: Problem(.hasPart)
        case .tooManyHolds: Problem(.tooManyHolds)
        case .notOffered: Problem(.notOffered)
        case .alreadyWaiting: Problem(.alreadyWaiting)
        case .notWaiting: Problem(.notWaiting)
        }
    }
}

extension AvailabilityRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .notFound: Problem(.notFound)
        case .bookedMeanwhile: Problem(.conflict)
        }
    }
}

extension Problem {
    /// The refusal of a search whose fields are query parameters.
    package static func parameters(_ refusal: FieldRefusal) -> Problem {
        let name = String(refusal.pointer.drop { $0 == "/" })
        return Problem(
            .invalidParameters, errors: [FieldError(.parameter(name), rule: refusal.rule, refusal.detail)])
    }
}
