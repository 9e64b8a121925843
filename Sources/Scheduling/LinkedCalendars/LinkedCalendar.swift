package import Clinic
package import FoundationEssentials
package import ICalendar

/// A calendar elsewhere whose busy times remove a specialist's openings.
package struct LinkedCalendar: Codable, Sendable, Hashable, Identifiable {
    package enum State: String, Codable, Sendable, CaseIterable {
        /// It has not been read yet.
        case waiting
        /// The last poll succeeded.
        case current
        /// The last poll failed; its last content still counts.
        case failing
    }

    package let id: LinkedCalendarID
    /// The host; the rest of its address is secret.
    package let host: String
    package let createdAt: Date
    package let state: State
    /// When it last answered.
    package let checkedAt: Date?
    /// Since when it fails, and why, as a stable word.
    package let failingSince: Date?
    package let problem: String?
    /// When it is fetched next; nil where it is no longer fetched.
    package let nextPollAt: Date?
    /// How many time ranges it takes from now on.
    package let busyTimes: Int
    /// Events that may block too much time: their rule cannot be read with certainty, or their zone is unknown.
    package let unclearRules: Int
    package let unclearZones: Int
    /// Events whose times cannot be read: they block nothing.
    package let unreadable: Int
    /// The first of all those events by their time, at most `mostUnclear`.
    package let unclearEvents: [UnclearEvent]
    /// Booked consults to come at a time that it takes.
    package let conflicts: [AppointmentID]

    /// The most calendars that one specialist links.
    package static let most = 5
    /// The most bytes of a document that are fetched. Only what says when something takes place is held in memory.
    package static let mostBytes = 50_000_000
    /// The most time ranges that one calendar takes in the time that matters.
    package static let mostTimes = 20_000
    /// How many days ahead busy times are kept: somewhat beyond the farthest that can be booked.
    package static let days = 400
    /// The most uncertain events that are listed.
    package static let mostUnclear = 20
}

/// An uncertain event of a linked calendar, which its owner finds by its time.
package struct UnclearEvent: Codable, Sendable, Hashable {
    package let reason: UncertainEvent.Reason
    /// Its first time by its own clock, as `2026-12-24` or `2026-12-24T09:00:00`.
    package let starts: String?
    /// Its UID (RFC 5545 §3.8.4.7), of which at most 200 Unicode scalars are kept.
    package let uid: String?
}

/// A calendar to be linked.
package struct LinkRequest: Codable, Sendable, Hashable {
    /// `https` or `webcal`.
    package let url: String
}

/// Why a calendar is not linked or unlinked.
package enum LinkRefusal: Error, Equatable, Sendable {
    /// The caller has no such calendar, or is not this specialist.
    case notFound
    /// The specialist has linked as many as one may.
    case tooMany
}

extension LinkRequest: Ruled {
    package static let rules: [String: FieldRule] = ["url": .text(FeedURL.rule)]
}

extension LinkRequest {
    package static let example = LinkRequest(url: "https://calendar.example.com/private-5f1d/basic.ics")
}

extension LinkedCalendar {
    package static let waiting = made(.waiting)
    package static let current = made(
        .current, checkedAt: ExampleValues.Consult.start, busyTimes: 1,
        conflicts: [ExampleValues.Consult.appointment])
    package static let failing = made(
        .failing, checkedAt: ExampleValues.Consult.start, failingSince: ExampleValues.Consult.end,
        problem: "status_404", busyTimes: 12, unclearEvents: [.example],
        conflicts: [ExampleValues.Consult.appointment])

    private static func made(
        _ state: State, checkedAt: Date? = nil, failingSince: Date? = nil, problem: String? = nil, busyTimes: Int = 0,
        unclearEvents: [UnclearEvent] = [], conflicts: [AppointmentID] = []
    ) -> LinkedCalendar {
        LinkedCalendar(
            id: ExampleValues.id(8, .consults), host: "calendar.example.com", createdAt: ExampleValues.Consult.start,
            state: state, checkedAt: checkedAt, failingSince: failingSince, problem: problem,
            nextPollAt: ExampleValues.Consult.end, busyTimes: busyTimes, unclearRules: unclearEvents.count,
            unclearZones: 0, unreadable: 0, unclearEvents: unclearEvents, conflicts: conflicts)
    }
}

extension UnclearEvent {
    package static let example = UnclearEvent(
        reason: .rule, starts: "2026-12-24T09:00:00", uid: "7c1d1f0a-4a3f-4f7e-9b60-2d3f1f5f8a11@calendar.example.com")
}
