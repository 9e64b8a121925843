import Clinic
package import FoundationEssentials

/// Why nothing was held, booked, moved or joined.
package enum BookingRefusal: Error, Equatable, Sendable {
    /// No such case, hold or appointment, or none that the caller may know of.
    case notFound
    /// The caller's part in the case does not include this.
    case notAllowed
    /// Only a case with a specialist who accepted it can have consults, and only until it is closed.
    case caseNotBookable
    /// The peer-to-peer lane has no treating clinician yet who consults.
    case noParty
    /// The start cannot be booked (any more). What can be instead comes with it.
    case taken(next: [Opening])
    /// The hold was booked, released or lapsed.
    case holdOver
    /// The token is not this hold's.
    case wrongToken
    /// A hold can be renewed so often and no more.
    case renewedTooOften
    /// The consult would not be lawful in this lane (P5).
    case laneClosed(LaneCheck)
    /// The patient's side could move or cancel until then.
    case tooLateToChange(until: Date)
    /// The appointment is in a state from which this does not lead on.
    case wrongState(AppointmentState)
    /// It has not begun.
    case notBegun(startsAt: Date)
    /// The party may still come, by the policy's grace.
    case stillAwaited(until: Date)
    /// The party's side has joined, and so did not fail to come.
    case partyCame
    /// Joining and checking in are possible between these instants.
    case outsideJoinWindow(opensAt: Date, closesAt: Date)
    /// The patient has not agreed that further specialists are brought into her case.
    case consentNeeded
    /// She has a part in the case already.
    case hasPart
    /// She keeps as many openings at once as one may, over all her cases.
    case tooManyHolds
    /// The hold was asked for: its token books it.
    case notOffered
    /// The case waits in the line already.
    case alreadyWaiting
    /// The place in the line was served, left or ended.
    case notWaiting
}
