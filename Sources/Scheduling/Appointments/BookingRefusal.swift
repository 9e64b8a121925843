package import Clinic
package import FoundationEssentials

/// Why nothing was held, booked, moved or joined.
package enum BookingRefusal: Error, Equatable, Sendable {
    /// No such case, hold or appointment, or none that the caller may know of.
    case notFound
    /// The caller's part in the case does not allow this.
    case notAllowed
    /// A case can have consults from its acceptance by a specialist until it is closed.
    case caseNotBookable
    /// The peer-to-peer lane has no treating clinician yet who consults.
    case noParty
    /// The start cannot be booked (any more). The next that can are named.
    case taken(next: [Opening])
    /// The hold was booked, released or lapsed.
    case holdOver
    /// The token does not belong to this hold.
    case wrongToken
    /// The hold cannot be renewed again.
    case renewedTooOften
    /// The consult would not be lawful in this lane (P5).
    case laneClosed(LaneCheck)
    /// The patient's side could move or cancel until then.
    case tooLateToChange(until: Date)
    /// The appointment's state does not allow this.
    case wrongState(AppointmentState)
    /// The consult has not begun.
    case notBegun(startsAt: Date)
    /// The party may still come, by the policy's grace.
    case stillAwaited(until: Date)
    /// The party's side has joined, so that it did come.
    case partyCame
    /// The consult cannot be joined at this time.
    case outsideJoinWindow(opensAt: Date, closesAt: Date)
    /// The patient's consent to further specialists is not in force.
    case consentNeeded
    /// The person has another part in the case.
    case hasPart
    /// The patient keeps as many openings as one may.
    case tooManyHolds
    /// The hold was asked for: its token books it.
    case notOffered
    /// The case is on the waitlist.
    case alreadyWaiting
    /// The place on the waitlist was served, left or ended.
    case notWaiting
}
