extension MatchReason {
    /// The reason in plain words, for a patient.
    package var text: String {
        switch code {
        case .conditionVolume:
            "Sees about \(number ?? 0) people a year with this or a closely related condition (\(prefix ?? ""))"
        case .usualSpecialty: "Works in the specialty that usually treats this condition"
        case .relatedSpecialty: "Works in a specialty that often treats this condition"
        case .generalSpecialty: "Works in a general specialty that also treats this condition"
        case .languageShared: "Speaks your language"
        case .interpreterNeeded: "Does not speak your language: an interpreter can join the consult"
        // Counted in whole days from now: the date depends on the reader's time zone.
        case .soonOpening:
            number == 0 ? "Has a free consult within a day" : "Has a free consult within \((number ?? 0) + 1) days"
        case .openCases: number == 1 ? "Is working on one other case" : "Is working on \(number ?? 0) other cases"
        case .leftUnanswered: "Did not answer in time when asked before"
        }
    }
}

extension ExclusionReason {
    /// The reason in plain words, for a patient.
    package var text: String {
        switch self {
        case .notAccepting: "Takes no new cases now"
        case .noCapacity: "Has taken as many cases this week as they can"
        case .otherSpecialty: "Works in another specialty"
        case .noLicence: "Is not licensed where you live"
        case .licenceExpired: "Their licence where you live has expired"
        case .consultsNoPeers: "Does not consult with other clinicians"
        case .noPeerConsent: "A consult between clinicians needs your consent first"
        case .conflictOfInterest: "Already takes part in your case in another way"
        case .declinedBefore: "Declined your case before"
        case .reassigned: "Had your case before and gave it back"
        }
    }
}
