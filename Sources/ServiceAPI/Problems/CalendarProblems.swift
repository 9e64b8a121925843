package import HTTPServer
import HTTPTypes
package import Scheduling

extension ProblemKind {
    package static let tooManyFeeds = ProblemKind(
        "too-many-feeds", .conflict, "You have the most calendar feeds that are allowed",
        "Revoke one that no program uses any more; `fetchedAt` says when each was last fetched.")
    package static let tooManyCalendars = ProblemKind(
        "too-many-calendars", .conflict, "You have linked the most calendars that are allowed", "Unlink one first.")
}

extension LinkRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .notFound: Problem(.notFound)
        case .tooMany: Problem(.tooManyCalendars)
        }
    }
}

extension CalendarFeedRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .notFound: Problem(.notFound)
        case .tooMany: Problem(.tooManyFeeds)
        }
    }
}
