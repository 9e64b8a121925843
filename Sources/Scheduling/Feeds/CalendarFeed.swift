package import Clinic
package import FoundationEssentials

/// A person's consults as a calendar that programs fetch from a secret URL.
package struct CalendarFeed: Codable, Sendable, Hashable {
    package let id: CalendarFeedID
    package let createdAt: Date
    /// When a program last fetched it, to the hour; nil before the first time.
    package let fetchedAt: Date?
    /// The secret path, `/v1/calendars/….ics`; only in the reply to the request that made the feed.
    package let path: String?

    /// The most feeds of one person.
    package static let most = 10
    /// How many days consults that are over stay in a feed.
    package static let pastDays = 90
}

/// Why a feed is not made, revoked or read.
package enum CalendarFeedRefusal: Error, Equatable, Sendable {
    /// The caller has no such feed, or no feed has such a secret.
    case notFound
    /// The person has as many feeds as one may.
    case tooMany
}

/// The content of a feed.
package struct CalendarFeedContent: Sendable, Equatable {
    /// RFC 5545.
    package let text: String
    /// An entity tag: the same for the same text.
    package let tag: String
    /// How many consults it has.
    package let consults: Int
}

extension CalendarFeed {
    package static let example = CalendarFeed(
        id: ExampleValues.id(7, .consults), createdAt: ExampleValues.Consult.start, fetchedAt: nil,
        path: "/v1/calendars/\(ExampleValues.Consult.token).ics")
    /// As it is listed once a program has it.
    package static let fetched = CalendarFeed(
        id: ExampleValues.id(7, .consults), createdAt: ExampleValues.Consult.start,
        fetchedAt: ExampleValues.Consult.end, path: nil)
}
