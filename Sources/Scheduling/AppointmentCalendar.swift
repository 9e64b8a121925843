import CLibIcal
package import Clinic
import FoundationEssentials
package import Postgres

extension Scheduler {
    /// An appointment as one entry for a calendar program (RFC 5545), with a UID that never changes and a SEQUENCE that
    /// rises with every move. It carries no clinical word and no name.
    /// - Throws: `BookingRefusal.notFound`.
    package func calendarEntry(
        of id: AppointmentID, by caller: Caller, in tx: Transaction
    ) async throws -> String {
        let clock = tx.readClock()
        let appointment = try await appointment(id, by: caller, in: tx)
        let now = try await clock.first()?.decode(Date.self)
        return AppointmentCalendar(appointment, stampedAt: now ?? appointment.bookedAt).text
    }
}

/// The owner of one libical component tree.
struct AppointmentCalendar: ~Copyable {
    private let calendar: OpaquePointer

    init(_ appointment: Appointment, stampedAt now: Date) {
        calendar = icalcomponent_new(ICAL_VCALENDAR_COMPONENT)
        // A property and a component that were added belong to their parent, which frees them.
        icalcomponent_add_property(calendar, icalproperty_new_version("2.0"))
        icalcomponent_add_property(calendar, icalproperty_new_prodid("-//Consilium//Consilium//EN"))
        icalcomponent_add_property(calendar, icalproperty_new_method(ICAL_METHOD_PUBLISH))
        let event = icalcomponent_new(ICAL_VEVENT_COMPONENT)
        icalcomponent_add_component(calendar, event)
        icalcomponent_add_property(event, icalproperty_new_uid("\(appointment.id)@consilium"))
        icalcomponent_add_property(event, icalproperty_new_dtstamp(Self.time(now)))
        icalcomponent_add_property(event, icalproperty_new_dtstart(Self.time(appointment.startsAt)))
        icalcomponent_add_property(event, icalproperty_new_dtend(Self.time(appointment.endsAt)))
        icalcomponent_add_property(event, icalproperty_new_sequence(Int32(clamping: appointment.sequence)))
        icalcomponent_add_property(event, icalproperty_new_summary("Video consult"))
        icalcomponent_add_property(
            event,
            icalproperty_new_status(appointment.state == .cancelled ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED))
    }

    deinit { icalcomponent_free(calendar) }

    /// Folded, with CRLF.
    var text: String {
        // "_r": the caller frees the buffer.
        guard let buffer = icalcomponent_as_ical_string_r(calendar) else { return "" }
        defer { icalmemory_free_buffer(buffer) }
        return String(cString: buffer)
    }

    /// An instant in UTC, whole seconds.
    private static func time(_ instant: Date) -> icaltimetype {
        icaltime_from_timet_with_zone(
            time_t(instant.timeIntervalSince1970.rounded(.down)), 0, icaltimezone_get_utc_timezone())
    }
}
