/// Who decides on the patient's side: she herself, and a caregiver whom she let act for her.
package struct ActsForPatient: Sendable {
    package init() {}

    package func allows(_ part: CasePart) -> Bool { part == .patient || part == .caregiver }
}
