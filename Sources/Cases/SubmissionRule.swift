package import Clinic

/// What a case needs before it can be submitted.
package enum SubmissionRule {
    /// The consents that a lane needs, in the order in which they are asked for. In the peer-to-peer lane the patient
    /// agrees first that the specialist consults with her clinician (P5).
    package static func consents(for lane: Lane) -> [ConsentKind] {
        let always: [ConsentKind] = [.secondOpinion, .telehealth, .recordsRelease]
        return lane == .peerToPeer ? always + [.peerToPeer] : always
    }

    /// What is missing, in order; empty when the case can be submitted.
    package static func missing(
        reason: String, hasCondition: Bool, lane: Lane, consents given: Set<ConsentKind>
    ) -> [CaseRefusal.Missing] {
        var missing: [CaseRefusal.Missing] = []
        if reason.unicodeScalars.allSatisfy(\.properties.isWhitespace) { missing.append(.reason) }
        if !hasCondition { missing.append(.condition) }
        return missing + consents(for: lane).filter { !given.contains($0) }.map { .consent($0) }
    }
}
