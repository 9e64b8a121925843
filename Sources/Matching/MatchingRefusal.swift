package import Clinic

/// Why matching refuses.
package enum MatchingRefusal: Error, Equatable, Sendable {
    /// It does not exist, or the caller may not know of it.
    case notFound
    /// The caller's part lets them see it, but not do this to it.
    case notAllowed
    /// The case is not in the state that this needs.
    case caseNotReady(CaseState)
    /// The intake names no condition yet.
    case conditionMissing
    /// The patient has withdrawn, or not given, a consent that the lane needs.
    case consentMissing
    /// The specialist is not on the menu of this match.
    case notOnMenu
    /// The specialist was asked from this menu before.
    case alreadyAsked
    /// Nobody who is left on the menu can take the case.
    case menuExhausted
    /// The specialist takes no new cases now.
    case notAccepting
    /// The specialist has taken as many cases in seven days as they take per week.
    case capacityReached
    /// The offer was answered, or withdrawn.
    case offerClosed(OfferState)
    /// The time to answer is over.
    case offerExpired
    /// The lane that the patient asked for is not open with this specialist.
    case laneClosed(LaneRule.Obstacle)
}
