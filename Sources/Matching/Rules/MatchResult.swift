package import Clinic

/// A ranking with its reasons, and the excluded specialists with theirs.
package struct MatchResult: Codable, Hashable, Sendable {
    package let rulesVersion: Int
    /// All who could take the case, the best first; the menu is the first ``menuSize`` of them.
    package let ranking: [Ranked]
    /// By id.
    package let excluded: [Excluded]

    /// The length of the menu. A short menu serves patients better than a long list.
    package static let menuSize = 3

    /// What the patient chooses from.
    package var menu: ArraySlice<Ranked> { ranking.prefix(MatchResult.menuSize) }

    package struct Ranked: Codable, Hashable, Sendable {
        package let specialist: AccountID
        /// The sum of the reasons' points.
        package let score: Int
        package let reasons: [MatchReason]
    }

    package struct Excluded: Codable, Hashable, Sendable {
        package let specialist: AccountID
        /// All that apply; at least one.
        package let reasons: [ExclusionReason]
    }
}

/// Why a specialist has their place in a ranking.
package struct MatchReason: Codable, Hashable, Sendable {
    package let code: Code
    package let points: Int
    /// People per year, days, or cases, depending on the code.
    package var number: Int?
    /// The part of the condition's code that the number is about.
    package var prefix: String?

    package enum Code: String, Codable, Sendable, CaseIterable {
        /// They see so many people per year with conditions under the prefix.
        case conditionVolume = "condition_volume"
        case usualSpecialty = "usual_specialty"
        case relatedSpecialty = "related_specialty"
        case generalSpecialty = "general_specialty"
        case languageShared = "language_shared"
        case interpreterNeeded = "interpreter_needed"
        /// Their next opening is in so many days.
        case soonOpening = "soon_opening"
        /// They are working on so many cases.
        case openCases = "open_cases"
        /// An earlier offer of this case was left unanswered.
        case leftUnanswered = "left_unanswered"
    }
}

/// Why a specialist is not in a ranking.
package enum ExclusionReason: String, Codable, Sendable, CaseIterable {
    case notAccepting = "not_accepting"
    case noCapacity = "no_capacity"
    case otherSpecialty = "other_specialty"
    case noLicence = "no_licence"
    case licenceExpired = "licence_expired"
    case consultsNoPeers = "consults_no_peers"
    case noPeerConsent = "no_peer_consent"
    /// They have another part in the case.
    case conflictOfInterest = "conflict_of_interest"
    case declinedBefore = "declined_before"
    /// They had the case, and it was taken back.
    case reassigned
}
