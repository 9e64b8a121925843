/// The parts that may see who has read a case (P10): the patient's side, and the coordinators, who are responsible for
/// the programme.
package struct ReadsAccessLog: Sendable {
    package init() {}

    package func allows(_ part: CasePart) -> Bool {
        switch part {
        case .patient, .caregiver, .coordinator: true
        case .candidate, .specialist, .colleague, .treatingClinician, .emergency: false
        }
    }
}
