package import Clinic

/// A date that exists, as `2026-03-01`.
package func date(_ text: String) -> CivilDate {
    guard let date = CivilDate(rawValue: text) else { preconditionFailure("\(text) is no date") }
    return date
}
