package import Clinic
package import FoundationEssentials

/// A consult as one event of a calendar (RFC 5545 §3.6.1). It has no field for a name or clinical text.
package struct ConsultEntry: Sendable, Hashable {
    package let appointment: AppointmentID
    /// RFC 5545 §3.8.7.4: rises with every move and with the cancellation, so that programs take them over.
    package let sequence: Int
    /// RFC 5545 §3.8.7.2: when a message was written, or in a feed when the consult last changed.
    package let stampedAt: Date
    package let startsAt: Date
    package let endsAt: Date
    package let isCancelled: Bool

    package init(
        appointment: AppointmentID, sequence: Int, stampedAt: Date, startsAt: Date, endsAt: Date, isCancelled: Bool
    ) {
        self.appointment = appointment
        self.sequence = sequence
        self.stampedAt = stampedAt
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.isCancelled = isCancelled
    }

    /// RFC 5545 §3.8.4.7: the same in every feed and mail, for as long as the consult exists.
    package var uid: String { "\(appointment)\(Self.domain)" }

    /// The consult of an event by its UID; nil for any other event.
    package static func appointment(of uid: String) -> AppointmentID? {
        uid.hasSuffix(domain) ? AppointmentID(String(uid.dropLast(domain.count))) : nil
    }

    private static let domain = "@consilium"
}

/// A person in a calendar message, by their mail address (RFC 5545 §3.3.3).
package struct CalendarAddress: Sendable, Hashable {
    let uri: String
    let name: String?

    /// - Parameters:
    ///   - address: `local@domain`, printable ASCII without spaces, quotes and angle brackets.
    ///   - name: what is shown in place of the address.
    package init(address: String, name: String? = nil) {
        uri = "mailto:\(address)"
        self.name = name
    }
}
