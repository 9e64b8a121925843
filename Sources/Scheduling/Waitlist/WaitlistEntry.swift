package import Clinic
package import FoundationEssentials
import Postgres

/// What a case waits for.
package struct WaitlistRequest: Codable, Sendable, Hashable {
    package let `case`: CaseID
    /// The booked consult that the party would have earlier; any opening where nil.
    package let appointment: AppointmentID?
    /// Where nil the appointment's, or the usual one without an appointment.
    package let visitType: String?
    /// The first start that suits; now where nil.
    package let earliest: Date?
    /// The starts that suit lie before this; where nil before the appointment's own, or as far ahead as can be booked.
    package let latest: Date?
    /// The days that suit, by the party's own clock. ISO 8601: Monday is 1. Every day where nil.
    package let weekdays: [Int]?
    /// The hours within which a start suits, by the party's own clock; the whole day where nil.
    package let between: HoursOfDay?
}

/// The states of a place on the waitlist; the legal moves are rows of the database's `transition` table.
package enum WaitlistState: String, Codable, Sendable, CaseIterable, SQLValue {
    case waiting, served, left
    /// Because its case ended, or its party or its consult is no longer what it was.
    case ended
}

/// A place on the waitlist for a specialist's openings.
package struct WaitlistEntry: Codable, Sendable, Hashable, Identifiable {
    package let id: WaitlistID
    package let `case`: CaseID
    package let specialist: AccountID
    package let visitType: String
    package let appointment: AppointmentID?
    package let earliest: Date
    package let latest: Date?
    /// The days that suit. ISO 8601: Monday is 1.
    package let weekdays: [Int]
    /// The hours within which a start suits, by the party's own clock.
    package let between: HoursOfDay
    package let state: WaitlistState
    package let joinedAt: Date
    /// How many wait for this specialist up to this place, including it; nil when it waits no more. Those before it may
    /// wait for other times.
    package let position: Int?
    /// The hold that is offered to it now.
    package let offered: HoldID?
    /// Until when nothing is offered to it, because an offer was declined or lapsed.
    package let pausedUntil: Date?
}

extension WaitlistEntry {
    /// - Parameter row: of `WaitlistSQL.select`.
    init(_ row: Row) throws {
        id = try row.decode("id")
        self.case = try row.decode("case_id")
        specialist = try row.decode("specialist_id")
        visitType = try row.decode("visit_type")
        appointment = try row.decode("appointment_id")
        earliest = try row.decode("earliest")
        latest = try row.decode("latest")
        weekdays = try row.decode("weekdays")
        between = HoursOfDay(starts: try row.decode("hours_from"), ends: try row.decode("hours_to"))
        state = try row.decode("state")
        joinedAt = try row.decode("joined_at")
        position = try row.decode("position")
        offered = try row.decode("offered")
        pausedUntil = try row.decode("paused_until")
    }
}

extension WaitlistRequest: Ruled {
    package static let rules: [String: FieldRule] = [
        "visitType": .text(.form(.word)), "weekdays": TimePreference.weekdaysRule,
    ]
}

extension WaitlistRequest {
    package static let example = WaitlistRequest(
        case: ExampleValues.Consult.caseID, appointment: ExampleValues.Consult.appointment, visitType: nil,
        earliest: nil, latest: nil, weekdays: [1, 2, 3, 4, 5], between: HoursOfDay(starts: "08:00", ends: "18:30"))
}

extension WaitlistEntry {
    package static let example = WaitlistEntry(
        id: ExampleValues.id(8, .consults), case: ExampleValues.Consult.caseID,
        specialist: ExampleValues.Consult.specialist, visitType: VisitType.usual,
        appointment: ExampleValues.Consult.appointment,
        earliest: ExampleValues.Consult.start.addingTimeInterval(-604_800), latest: ExampleValues.Consult.start,
        weekdays: [1, 2, 3, 4, 5], between: HoursOfDay(starts: "08:00", ends: "18:30"), state: .waiting,
        joinedAt: ExampleValues.Consult.start.addingTimeInterval(-604_800), position: 1, offered: nil,
        pausedUntil: nil)
}
