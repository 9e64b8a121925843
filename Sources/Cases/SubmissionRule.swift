package import Clinic

/// What a case needs before it can be submitted.
package enum SubmissionRule {
    /// The consents that a lane needs, in the order in which they are asked for. A patient who meets the specialist by
    /// video agrees to that. In the peer-to-peer lane the clinician meets the specialist, and the patient agrees to
    /// that first (P5).
    package static func consents(for lane: Lane) -> [ConsentKind] {
        switch lane {
        case .licensed: [.secondOpinion, .telehealth, .recordsRelease]
        case .peerToPeer: [.secondOpinion, .recordsRelease, .peerToPeer]
        }
    }

    /// What is missing, in order; empty when the case can be submitted.
    package static func missing(
        reason: String, condition: StatedCondition, sex: Sex?, lane: Lane, consents given: Set<ConsentKind>
    ) -> [CaseRefusal.Missing] {
        var missing: [CaseRefusal.Missing] = []
        if reason.unicodeScalars.allSatisfy(\.properties.isWhitespace) { missing.append(.reason) }
        switch condition {
        case .none: missing.append(.condition)
        case .uncoded(let place): missing.append(.conditionCode(place))
        case .billable: break
        }
        if sex == nil { missing.append(.sex) }
        return missing + consents(for: lane).filter { !given.contains($0) }.map { .consent($0) }
    }
}

/// The condition that an intake states. Specialists are found by a billable code; a category, as `C50`, finds nobody.
package enum StatedCondition: Hashable, Sendable {
    /// The intake has no condition.
    case none
    /// The part in this place of the intake has no code, or one that is not billable.
    case uncoded(place: Int)
    case billable
}
