import Postgres

/// The states of an appointment; the legal moves are rows of the database's `transition` table. A reschedule keeps the
/// state.
package enum AppointmentState: String, Codable, Sendable, CaseIterable, SQLValue {
    case booked
    case checkedIn = "checked_in"
    case completed, cancelled
    case noShow = "no_show"

    /// Whether the consult may still happen.
    package var isOpen: Bool { self == .booked || self == .checkedIn }
}
