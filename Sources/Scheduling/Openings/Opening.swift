package import Clinic
package import FoundationEssentials

/// A time as somebody's own clock shows it, by PostgreSQL with the system's tzdata.
package struct WallTime: Codable, Sendable, Hashable {
    package let local: LocalTime
    /// An IANA zone, as `America/Vancouver`.
    package let timeZone: String

    package init(local: LocalTime, timeZone: String) {
        self.local = local
        self.timeZone = timeZone
    }
}

/// A start that can be booked now, as both people's clocks show it.
package struct Opening: Codable, Sendable, Hashable {
    package let specialist: AccountID
    package let visitType: String
    package let startsAt: Date
    package let endsAt: Date
    package let specialistTime: WallTime
    /// By the clock of the party: the patient, or in the peer-to-peer lane the treating clinician.
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
