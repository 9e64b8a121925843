package import Clinic
package import FoundationEssentials
import Postgres

/// The states of a hold; the legal moves are rows of the database's `transition` table.
package enum HoldState: String, Codable, Sendable, CaseIterable, SQLValue {
    case active, booked, released, lapsed
}

/// Whether an opening is kept because somebody asked for it.
package enum HoldKind: String, Codable, Sendable, CaseIterable, SQLValue {
    case asked
    /// In place of a consult that was called off, or from the waitlist.
    case offered
}

/// The states of an appointment; a reschedule keeps its state.
package enum AppointmentState: String, Codable, Sendable, CaseIterable, SQLValue {
    case booked
    case checkedIn = "checked_in"
    case completed, cancelled
    case noShow = "no_show"

    /// Whether the consult may still happen.
    package var isOpen: Bool { self == .booked || self == .checkedIn }
}

/// A time as the clock on somebody's wall shows it, read by PostgreSQL with the system's tzdata.
package struct WallTime: Codable, Sendable, Hashable {
    package let local: LocalTime
    /// An IANA zone, as `America/Vancouver`.
    package let timeZone: String

    package init(local: LocalTime, timeZone: String) {
        self.local = local
        self.timeZone = timeZone
    }
}

/// A start that can be booked now, and how both people's clocks show it.
package struct Opening: Codable, Sendable, Hashable {
    package let specialist: AccountID
    package let visitType: String
    package let startsAt: Date
    package let endsAt: Date
    package let specialistTime: WallTime
    /// The clock of whoever will sit opposite: the patient, or in the peer-to-peer lane the treating clinician.
    package let partyTime: WallTime

    package init(
        specialist: AccountID, visitType: String, startsAt: Date, endsAt: Date, specialistTime: WallTime,
        partyTime: WallTime
    ) {
        self.specialist = specialist
        self.visitType = visitType
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.specialistTime = specialistTime
        self.partyTime = partyTime
    }
}
