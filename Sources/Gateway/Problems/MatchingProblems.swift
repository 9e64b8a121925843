import Clinic
import HTTPTypes
package import Matching

extension ProblemKind {
    package static let caseNotReady = ProblemKind(
        "case-not-ready", .conflict, "The case is in another state",
        "The route needs the case in the state that its description names; `state` says which it is in.")
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
        "She takes no new cases, or has taken as many in seven days as she takes a week.")
    package static let offerClosed = ProblemKind(
        "offer-closed", .conflict, "The offer was answered already", "`state` says how it ended.")
    package static let offerExpired = ProblemKind(
        "offer-expired", .conflict, "The time to answer is over",
        "The clock of the offer ran out; the case goes to the next of the menu by itself.")
    package static let laneNotOpen = ProblemKind(
        "lane-not-open", .conflict, "The licence lane is not open",
        "The specialist may not lawfully consult in the lane of the case; `obstacle` says why.")
    package static let noPart = ProblemKind(
        "no-part", .forbidden, "Your part does not allow this",
        "You may see this, and your part in it does not let you do this to it.")
}

extension MatchingRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .notFound: Problem(.notFound)
        case .notAllowed: Problem(.noPart)
        case .caseNotReady(let state): Problem(.caseNotReady).adding("state", state)
        case .conditionMissing: Problem(.conditionMissing)
        case .notOnMenu:
            Problem(
                .invalidFields,
                errors: [.at("/specialist", rule: "on_menu", "Must be one of the candidates of this match.")])
        case .alreadyAsked: Problem(.alreadyAsked)
        case .menuExhausted: Problem(.menuExhausted)
        case .notAccepting: Problem(.specialistUnavailable, "She takes no new cases.")
        case .capacityReached: Problem(.specialistUnavailable, "Her week is full.")
        case .offerClosed(let state): Problem(.offerClosed).adding("state", state)
        case .offerExpired: Problem(.offerExpired)
        case .laneClosed(let obstacle): Problem(.laneNotOpen).adding("obstacle", obstacle)
        case .stale: Problem(.changedMeanwhile)
        }
    }
}

extension Problem {
    /// The same refusal with an extension member that is a word.
    fileprivate func adding<Word: RawRepresentable>(_ name: String, _ word: Word) -> Problem
    where Word.RawValue == String {
        var copy = self
        copy.members = members.with(name, .string(word.rawValue))
        return copy
    }
}
