package import Clinic
package import FoundationEssentials

/// One notification of an account.
package struct NotificationEntry: Codable, Sendable, Equatable {
    package var id: NoticeID
    /// The template's word, as `appointment_booked`.
    package var template: String
    package var `case`: CaseID?
    package var appointment: AppointmentID?
    package var offer: OfferID?
    package var createdAt: Date
    /// The state of its mail: `pending`, `sent`, `suppressed` (not wanted), `dropped` (no longer true when it could be sent)
    /// or `failed`.
    package var mail: String

    package static let example = NotificationEntry(
        id: ExampleValues.id(0x42), template: "appointment_booked", case: ExampleValues.id(0x42),
        appointment: ExampleValues.id(0x42), offer: nil, createdAt: Date(timeIntervalSince1970: 1_796_000_000),
        mail: "sent")
}
