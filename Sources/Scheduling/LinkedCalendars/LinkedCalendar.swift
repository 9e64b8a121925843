package import Clinic
package import FoundationEssentials

/// A calendar elsewhere whose busy times take a specialist's openings.
package struct LinkedCalendar: Codable, Sendable, Hashable, Identifiable {
    package enum State: String, Codable, Sendable, CaseIterable {
        /// It was not read yet.
        case waiting
        /// The last poll reached it.
        case current
        /// The last polls did not; what it said before still counts.
        case failing
    }

    package let id: LinkedCalendarID
    /// Where it is; the rest of its address is a secret.
    package let host: String
    package let createdAt: Date
    package let state: State
    /// When it last answered.
    package let checkedAt: Date?
    /// Since when it fails, and why, by a word.
    package let failingSince: Date?
    package let problem: String?
    /// When it is fetched next; nil where it is not fetched any more.
    package let nextPollAt: Date?
    /// How many stretches of time it takes from now on.
    package let busyTimes: Int
    /// Events that block more time than they may need: their rule cannot be read for certain, or nobody knows their zone.
    package let unclearRules: Int
    package let unclearZones: Int
    /// Events without times that can be read: they block nothing.
    package let unreadable: Int
    /// The first of those events, by when they are: at most `mostUnclear`.
    package let unclearEvents: [UnclearEvent]
    /// Booked consults to come at a time that it takes.
    package let conflicts: [AppointmentID]

    package init(
        id: LinkedCalendarID, host: String, createdAt: Date, state: State, checkedAt: Date?, failingSince: Date?,
        problem: String?, nextPollAt: Date?, busyTimes: Int, unclearRules: Int, unclearZones: Int, unreadable: Int,
        unclearEvents: [UnclearEvent], conflicts: [AppointmentID]
    ) {
        self.id = id
        self.host = host
        self.createdAt = createdAt
        self.state = state
        self.checkedAt = checkedAt
        self.failingSince = failingSince
        self.problem = problem
        self.nextPollAt = nextPollAt
        self.busyTimes = busyTimes
        self.unclearRules = unclearRules
        self.unclearZones = unclearZones
        self.unreadable = unreadable
        self.unclearEvents = unclearEvents
        self.conflicts = conflicts
    }

    /// The most that one specialist links.
    package static let most = 5
    /// The most bytes of a document that are fetched; of them only what says when something is matters, and is held.
    package static let mostBytes = 50_000_000
    /// The most stretches of time that one takes in the time that is looked at.
    package static let mostTimes = 20_000
    /// How many days ahead busy times are kept: somewhat beyond the farthest that can be booked.
    package static let days = 400
    /// The most events that are named because they are not read for certain.
    package static let mostUnclear = 20
}

/// An event of a linked calendar that is not read for certain: by when it is, its owner finds it.
package struct UnclearEvent: Codable, Sendable, Hashable {
    package enum Reason: String, Codable, Sendable, CaseIterable {
        /// Its rule cannot be read for certain: it blocks every time that it may have.
        case rule
        /// Nobody knows its time zone: it blocks every time that it may have.
        case zone
        /// Its times cannot be read: it blocks nothing.
        case times
    }

    package let reason: Reason
    /// Its first time as its own clock shows it, `2026-12-24` or `2026-12-24T09:00:00`.
    package let starts: String?
    /// Its UID (RFC 5545 §3.8.4.7), at most 200 Unicode scalars of it.
    package let uid: String?

    package init(reason: Reason, starts: String?, uid: String?) {
        self.reason = reason
        self.starts = starts
        self.uid = uid
    }
}

/// A calendar to be linked.
package struct LinkRequest: Codable, Sendable, Hashable {
    /// `https` or `webcal`.
    package let url: String

    package init(url: String) { self.url = url }
}

/// Why no calendar is linked or unlinked.
package enum LinkRefusal: Error, Equatable, Sendable {
    /// No such specialist or calendar of the caller's.
    case notFound
    /// She has linked as many as one may.
    case tooMany
}

extension LinkRequest: Ruled {
    package static let rules: [String: FieldRule] = ["url": .text(FeedURL.rule)]
}
