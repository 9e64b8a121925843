import Clinic
package import HTTPServer
import HTTPTypes
package import Matching

extension ProblemKind {
    package static let conditionMissing = ProblemKind(
        "condition-missing", .conflict, "The case names no condition yet",
        "A match needs a condition with its ICD-10-CM code in the intake.")
    package static let alreadyAsked = ProblemKind(
        "already-asked", .conflict, "This specialist was asked from this menu before",
        "Nobody is asked twice from one menu: choose another of it, or make a new match.")
    package static let menuExhausted = ProblemKind(
        "menu-exhausted", .conflict, "Nobody on this menu is left",
        "Everybody on it was asked, takes no cases now, or has no open lane: make a new match.")
    package static let specialistUnavailable = ProblemKind(
        "specialist-unavailable", .conflict, "The specialist takes no more cases now",
        "The specialist takes no new cases, or has taken as many in seven days as they take a week.")
    package static let offerClosed = ProblemKind(
        "offer-closed", .conflict, "The offer was answered already", "`state` says how it ended.")
    package static let offerExpired = ProblemKind(
        "offer-expired", .conflict, "The time to answer is over",
        "The clock of the offer ran out; the case goes to the next of the menu by itself.")
    package static let laneNotOpen = ProblemKind(
        "lane-not-open", .conflict, "The licence lane is not open",
        "The specialist may not lawfully consult in the lane of the case; `obstacle` says why.")
}

extension MatchingRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .notFound: Problem(.notFound)
        case .notAllowed: Problem(.notYourPart)
        case .caseNotReady(let state): Problem(.wrongState).with("state", state.rawValue)
        case .conditionMissing: Problem(.conditionMissing)
        case .consentMissing: Problem(.consentMissing)
        case .notOnMenu:
            Problem(
                .invalidFields,
                errors: [.at("/specialist", rule: "on_menu", "Must be one of the candidates of this match.")])
        case .alreadyAsked: Problem(.alreadyAsked)
        case .menuExhausted: Problem(.menuExhausted)
        case .notAccepting: Problem(.specialistUnavailable, "The specialist takes no new cases.")
        case .capacityReached: Problem(.specialistUnavailable, "The specialist's week is full.")
        case .offerClosed(let state): Problem(.offerClosed).with("state", state.rawValue)
        case .offerExpired: Problem(.offerExpired)
        case .laneClosed(let obstacle): Problem(.laneNotOpen).with("obstacle", obstacle.rawValue)
        }
    }
}
