package import Clinic
package import FoundationEssentials

/// A time as somebody's own clock shows it, by PostgreSQL with the system's tzdata.
package struct WallClockTime: Codable, Sendable, Hashable {
    package let local: LocalTime
    /// An IANA zone, as `America/Vancouver`.
    package let timeZone: String
}

/// A start that can be booked now, as both people's clocks show it.
package struct Opening: Codable, Sendable, Hashable {
    package let specialist: AccountID
    package let visitType: String
    package let startsAt: Date
    package let endsAt: Date
    package let specialistTime: WallClockTime
    /// By the clock of the party: the patient, or in the peer-to-peer lane the treating clinician.
    package let partyTime: WallClockTime
}

extension WallClockTime {
    package static let specialistExample = WallClockTime(local: time("2027-03-15T06:30"), timeZone: "America/Vancouver")
    package static let partyExample = WallClockTime(local: time("2027-03-15T09:30"), timeZone: "America/New_York")

    private static func time(_ text: StaticString) -> LocalTime {
        guard let time = LocalTime("\(text)") else { preconditionFailure("a time that exists") }
        return time
    }
}

extension Opening {
    package static let example = Opening(
        specialist: ExampleValues.Consult.specialist, visitType: VisitType.usual,
        startsAt: ExampleValues.Consult.start, endsAt: ExampleValues.Consult.end, specialistTime: .specialistExample,
        partyTime: .partyExample)
}
