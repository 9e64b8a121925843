import CLibIcal
import FoundationEssentials

/// An iCalendar document (RFC 5545). It owns its libical component tree.
package struct CalendarDocument: ~Copyable {
    // An added property or component belongs to its parent, which frees it.
    private let calendar: OpaquePointer

    /// How often a program should fetch a feed.
    private static let refresh = "PT15M"

    private init() {
        calendar = icalcomponent_new(ICAL_VCALENDAR_COMPONENT)
        icalcomponent_add_property(calendar, icalproperty_new_version("2.0"))
        icalcomponent_add_property(calendar, icalproperty_new_prodid("-//Consilium//Consilium//EN"))
    }

    /// A document of one entry, to be imported.
    package init(entry: ConsultEntry) {
        self.init()
        _ = add(entry)
    }

    /// A feed that a program fetches again and again. It names the calendar and how often to fetch it (RFC 7986 §5.1, §5.7,
    /// and the older names that Outlook and Apple read).
    package init(feed entries: [ConsultEntry]) {
        self.init()
        icalcomponent_add_property(calendar, icalproperty_new_name("Consilium"))
        icalcomponent_add_property(
            calendar, icalproperty_new_refreshinterval(icaldurationtype_from_string(Self.refresh)))
        for (name, value) in [("X-WR-CALNAME", "Consilium"), ("X-PUBLISHED-TTL", Self.refresh)] {
            let property = icalproperty_new_x(value)
            icalproperty_set_x_name(property, name)
            icalcomponent_add_property(calendar, property)
        }
        for entry in entries { _ = add(entry) }
    }

    /// A message of a consult to one person's calendar (RFC 5546): REQUEST (§3.2.2), which is an update where the same UID
    /// has a higher sequence, or CANCEL (§3.2.5) once it is cancelled. That person is the only attendee.
    /// - Parameter place: a link to the consult's page.
    package init(message entry: ConsultEntry, from organizer: CalendarAddress, to attendee: String, place: String) {
        self.init()
        icalcomponent_add_property(
            calendar, icalproperty_new_method(entry.isCancelled ? ICAL_METHOD_CANCEL : ICAL_METHOD_REQUEST))
        let event = add(entry)
        let host = icalproperty_new_organizer(organizer.uri)
        if let name = organizer.name { icalproperty_add_parameter(host, icalparameter_new_cn(name)) }
        icalcomponent_add_property(event, host)
        let guest = icalproperty_new_attendee(CalendarAddress(address: attendee).uri)
        // The person booked the consult or offered the hours: there is nothing to answer.
        icalproperty_add_parameter(guest, icalparameter_new_role(ICAL_ROLE_REQPARTICIPANT))
        icalproperty_add_parameter(guest, icalparameter_new_partstat(ICAL_PARTSTAT_ACCEPTED))
        icalproperty_add_parameter(guest, icalparameter_new_rsvp(ICAL_RSVP_FALSE))
        icalcomponent_add_property(event, guest)
        icalcomponent_add_property(event, icalproperty_new_location(place))
    }

    deinit { icalcomponent_free(calendar) }

    /// The document's text, with folded lines and CRLF.
    package var text: String {
        // The functions in "_r" leave the buffer to the caller to free.
        guard let buffer = icalcomponent_as_ical_string_r(calendar) else { return "" }
        defer { icalmemory_free_buffer(buffer) }
        return String(cString: buffer)
    }

    private func add(_ entry: ConsultEntry) -> OpaquePointer? {
        let event = icalcomponent_new(ICAL_VEVENT_COMPONENT)
        icalcomponent_add_component(calendar, event)
        icalcomponent_add_property(event, icalproperty_new_uid(entry.uid))
        icalcomponent_add_property(event, icalproperty_new_dtstamp(Self.time(entry.stampedAt)))
        icalcomponent_add_property(event, icalproperty_new_dtstart(Self.time(entry.startsAt)))
        icalcomponent_add_property(event, icalproperty_new_dtend(Self.time(entry.endsAt)))
        icalcomponent_add_property(event, icalproperty_new_sequence(Int32(clamping: entry.sequence)))
        icalcomponent_add_property(event, icalproperty_new_summary("Video consult"))
        icalcomponent_add_property(
            event, icalproperty_new_status(entry.isCancelled ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED))
        return event
    }

    /// An instant in UTC, in whole seconds.
    private static func time(_ instant: Date) -> icaltimetype {
        icaltime_from_timet_with_zone(
            time_t(instant.timeIntervalSince1970.rounded(.down)), 0, icaltimezone_get_utc_timezone())
    }
}
