/// The parts that decide on the patient's side: the patient, and caregivers with the patient's grant.
package struct ActsForPatient: Sendable {
    package init() {}

    package func allows(_ part: CasePart) -> Bool { part == .patient || part == .caregiver }
}
