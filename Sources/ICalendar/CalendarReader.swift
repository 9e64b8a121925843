import CLibIcal
import Clinic

/// Reads a foreign iCalendar document (RFC 5545), which may be anything. What is cancelled or transparent, or an invitation
/// that she declined, blocks nothing; a consult of this house that has come back in it is no other business.
package enum CalendarReader {
    /// - Parameter addresses: her mail addresses, in lower case. An invitation to any other is taken for accepted.
    /// - Throws: `CalendarFault`.
    package static func read(
        _ bytes: [UInt8], of addresses: Set<String> = []
    ) throws(CalendarFault) -> ForeignCalendar {
        let text = try ContentLines.sifted(bytes, answersOf: addresses)
        // Once: an error of the document is no reason to abort.
        _ = isPatient
        guard let root = icalparser_parse_string(text) else { throw .notCalendar }
        defer { icalcomponent_free(root) }
        var reading = Reading()
        // Several calendars in one document stand below a root of no kind.
        let calendars =
            icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT
            ? [root] : children(of: root).filter { icalcomponent_isa($0) == ICAL_VCALENDAR_COMPONENT }
        guard !calendars.isEmpty else { throw .notCalendar }
        for component in calendars.flatMap(children) {
            switch icalcomponent_isa(component) {
            case ICAL_VEVENT_COMPONENT: reading.add(event: properties(of: component))
            case ICAL_VFREEBUSY_COMPONENT: reading.add(freeBusy: properties(of: component))
            case ICAL_VTIMEZONE_COMPONENT:
                reading.add(
                    zone: properties(of: component), children(of: component).flatMap(properties))
            default: break
            }
        }
        return try reading.calendar()
    }

    private static let isPatient: Bool = {
        icalerror_set_errors_are_fatal(0)
        return true
    }()

    private static func children(of component: OpaquePointer) -> [OpaquePointer] {
        var children: [OpaquePointer] = []
        var next = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT)
        while let child = next {
            children.append(child)
            next = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT)
        }
        return children
    }

    private static func properties(of component: OpaquePointer) -> [ForeignProperty] {
        var properties: [ForeignProperty] = []
        var next = icalcomponent_get_first_property(component, ICAL_ANY_PROPERTY)
        while let property = next {
            properties.append(ForeignProperty(property))
            next = icalcomponent_get_next_property(component, ICAL_ANY_PROPERTY)
        }
        return properties
    }
}

/// One property as text, free of libical.
struct ForeignProperty {
    let name: String
    let value: String
    /// The value of an X- property without the escapes that libical writes into it.
    var text: String { value.filter { $0 != "\\" } }
    let zone: WallMoment.Zone
    /// RANGE=THISANDFUTURE.
    let isOfAllThatFollow: Bool
    /// FBTYPE=FREE.
    let isFree: Bool

    init(_ property: OpaquePointer) {
        // "_r": the caller frees the buffer.
        func text(_ buffer: UnsafeMutablePointer<CChar>?) -> String {
            guard let buffer else { return "" }
            defer { icalmemory_free_buffer(buffer) }
            return String(cString: buffer)
        }
        name = text(icalproperty_get_property_name_r(property)).uppercased()
        value = text(icalproperty_get_value_as_string_r(property))
        let tzid = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER).flatMap(icalparameter_get_tzid)
        zone = tzid.map { .named(String(cString: $0).filter { $0 != "\"" }) } ?? .floating
        let range = icalproperty_get_first_parameter(property, ICAL_RANGE_PARAMETER)
        isOfAllThatFollow = range.map { icalparameter_get_range($0) == ICAL_RANGE_THISANDFUTURE } ?? false
        let busy = icalproperty_get_first_parameter(property, ICAL_FBTYPE_PARAMETER)
        isFree = busy.map { icalparameter_get_fbtype($0) == ICAL_FBTYPE_FREE } ?? false
    }
}
